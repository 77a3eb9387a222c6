//! The log of this process.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format as fields;

use super::format::{escaped, safe_json};
use super::level::level;
use super::lines::Lines;
use super::output;
use super::panics::log_panics;
use crate::util::text::escape;

/// The environment variable that sets the log level.
const VARIABLE: &str = "LOG_LEVEL";

thread_local! {
    /// The record that the writing thread itself logs: the count of dropped lines. It is written
    /// next, before all lines that wait.
    static COUNT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    output: Arc<Lines>,
    errors: Arc<Lines>,
}

impl Log {
    /// Starts logging for the rest of the process, at the level of `LOG_LEVEL`.
    ///
    /// An unknown level is logged as an error and means `info`, as in Toxiproxy: a log setting is
    /// no reason to leave a test suite without its proxy.
    ///
    /// # Errors
    ///
    /// The system cannot start threads.
    pub fn start() -> io::Result<Self> {
        let log = Log {
            output: Lines::start("log", output::output(), dropped_lines)?,
            errors: Lines::start("errors", output::errors(), |_| Vec::new())?,
        };
        let value = std::env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
        let level = level(value.as_deref());
        let lines = Arc::clone(&log.output);
        let builder = tracing_subscriber::fmt()
            .with_max_level(*level.as_ref().unwrap_or(&LevelFilter::INFO))
            .log_internal_errors(false);
        // Fails on a second start, which only tests do, and which changes nothing.
        let _ = if io::stdout().is_terminal() {
            let fields = fields::debug_fn(escaped).delimited(" ");
            let builder = builder.fmt_fields(fields).with_target(false);
            let text = move || Queued {
                lines: Arc::clone(&lines),
                json: false,
            };
            builder.with_writer(text).try_init()
        } else {
            let json = move || Queued {
                lines: Arc::clone(&lines),
                json: true,
            };
            let builder = builder.json().flatten_event(true);
            builder.with_writer(json).try_init()
        };
        if let Err(unknown) = level {
            tracing::error!("{unknown}");
        }
        log_panics(Arc::clone(&log.errors));
        Ok(log)
    }

    /// Reports why the process fails: the first line in the log, and all lines on standard error,
    /// because the user may not look at the log. If both are the same file, nothing is printed
    /// twice.
    pub fn fail(&self, problem: &str) {
        let mut lines = problem.lines();
        let first = lines.next().unwrap_or_default();
        let rest = lines.map(|line| format!("{}\n", escape(line)));
        let rest: Vec<String> = rest.collect();
        match rest.is_empty() {
            true => tracing::error!("{first}"),
            false => tracing::error!("{first}; standard error has them"),
        }
        if !output::are_same() {
            let first = format!("aconite: {}\n", escape(first));
            self.errors.push(first.as_bytes());
        }
        for line in rest {
            self.errors.push(line.as_bytes());
        }
    }

    /// Waits until everything has been written, but no longer than `limit`, because nothing may be
    /// reading.
    pub fn finish(self, limit: Duration) {
        let deadline = Instant::now() + limit;
        self.errors.finish(deadline);
        self.output.finish(deadline);
    }
}

/// The record about dropped lines, in the format of the log.
fn dropped_lines(lost: u64) -> Vec<u8> {
    COUNT.set(Some(Vec::new()));
    tracing::warn!(
        lines = lost,
        "lines of the log were dropped because standard output did not take them"
    );
    COUNT.take().unwrap_or_default()
}

/// Queues records, one per write.
struct Queued {
    lines: Arc<Lines>,
    json: bool,
}

impl io::Write for Queued {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let safe = match self.json {
            true => safe_json(line).into(),
            false => Cow::Borrowed(line),
        };
        let is_count = COUNT.with_borrow_mut(|count| {
            let count = count.as_mut();
            count.map(|count| count.extend_from_slice(&safe)).is_some()
        });
        if !is_count {
            self.lines.push(&safe);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
