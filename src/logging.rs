//! Where the log goes and what it looks like.
//!
//! To standard output, as Toxiproxy's: lines for people on a terminal, JSON lines otherwise.
//! Names and addresses in it come from whoever can reach the API, so no control character of
//! theirs gets through. Nobody who logs waits for a write: `lines` has a queue and a thread for each
//! of standard output and standard error. May know: `util`.

mod lines;
mod output;
mod writer;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::fmt::{self, Write};
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::{Duration, Instant};

use thiserror::Error;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{self, Writer};

use crate::util::text::{escape, is_unsafe};
use lines::Lines;

/// The environment's variable that says what is logged.
const VARIABLE: &str = "LOG_LEVEL";

/// A `LOG_LEVEL` that names no level.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown LOG_LEVEL value {0:?}: logging at info; use panic, fatal, error, warn, info, debug or trace"
)]
pub struct UnknownLevel(String);

thread_local! {
    /// What is logged on the thread that writes the log goes here and is written next, in front of
    /// all that waits: it is the count of lines that are missing.
    static COUNT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    output: Arc<Lines>,
    errors: Arc<Lines>,
}

impl Log {
    /// Starts logging for the rest of the process, as the environment asks.
    ///
    /// An unknown level is logged as an error and means `info`: Toxiproxy goes on as well, and a
    /// log setting is no reason to leave a test suite without its proxy.
    ///
    /// # Errors
    ///
    /// When the system gives no threads.
    pub fn start() -> io::Result<Self> {
        let log = Log {
            output: Lines::start("log", output::output(), count)?,
            errors: Lines::start("errors", output::errors(), |_| Vec::new())?,
        };
        let value = std::env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
        let level = level(value.as_deref());
        let lines = Arc::clone(&log.output);
        let builder = tracing_subscriber::fmt()
            .with_max_level(*level.as_ref().unwrap_or(&LevelFilter::INFO))
            .log_internal_errors(false);
        // A second start changes nothing, which only a test would notice.
        let _ = if io::stdout().is_terminal() {
            let fields = format::debug_fn(escaped).delimited(" ");
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

    /// Says why the process fails: the first line in the log, and all of it on standard error, since
    /// whoever started the process may not look at the log. Where both are one, nothing comes twice.
    pub fn fail(&self, problem: &str) {
        let mut lines = problem.lines();
        let first = lines.next().unwrap_or_default();
        let rest = lines.map(|line| format!("{}\n", escape(line)));
        let rest: Vec<String> = rest.collect();
        match rest.is_empty() {
            true => tracing::error!("{first}"),
            false => tracing::error!("{first}; standard error has them"),
        }
        if !output::are_one() {
            let first = format!("aconite: {}\n", escape(first));
            self.errors.push(first.as_bytes());
        }
        for line in rest {
            self.errors.push(line.as_bytes());
        }
    }

    /// Waits until everything is written, at most so long: the places may take nothing.
    pub fn finish(self, limit: Duration) {
        let deadline = Instant::now() + limit;
        self.errors.finish(deadline);
        self.output.finish(deadline);
    }
}

/// The record that says how many are missing, as this process writes records.
fn count(lost: u64) -> Vec<u8> {
    COUNT.set(Some(Vec::new()));
    tracing::warn!(
        lines = lost,
        "lines of the log were dropped, since standard output did not take them"
    );
    COUNT.take().unwrap_or_default()
}

/// A defect is told of in the log as well: standard error may go nowhere. The usual hook writes
/// there itself and would wait for a reader, on a thread that serves connections.
fn log_panics(errors: Arc<Lines>) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        let text = panic.payload().downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.payload().downcast_ref().map(String::as_str));
        let why = text.unwrap_or("no message");
        tracing::error!(place, why, "a defect of aconite; please report this");
        errors.push(usual(panic).as_bytes());
    }));
}

/// What the usual hook writes.
fn usual(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let trace = Backtrace::capture();
    match trace.status() {
        BacktraceStatus::Captured => format!("thread '{name}' {panic}\n{trace}\n"),
        _ => format!("thread '{name}' {panic}\n"),
    }
}

/// Reads a `LOG_LEVEL`, in any case. Nothing in this process logs above `error`, so `fatal` and
/// `panic` silence it, as they all but do in the reference.
///
/// # Errors
///
/// When the value names no level.
pub fn level(value: Option<&str>) -> Result<LevelFilter, UnknownLevel> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(LevelFilter::INFO);
    };
    Ok(match value.to_ascii_lowercase().as_str() {
        "panic" | "fatal" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" | "warning" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return Err(UnknownLevel(value.to_owned())),
    })
}

/// Writes one field for people.
fn escaped(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{field}=")?;
    }
    write!(Escaper(writer), "{value:?}")
}

/// Passes text on with what a terminal would obey, or what would fake a line, escaped.
struct Escaper<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&escape(text))
    }
}

/// Takes what is logged, a record at a time.
struct Queued {
    lines: Arc<Lines>,
    json: bool,
}

impl io::Write for Queued {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let safe = match self.json {
            true => safe_json(line).into(),
            false => std::borrow::Cow::Borrowed(line),
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

/// JSON whose writer leaves the upper control characters as they are. They can only stand in
/// strings, where JSON has an escape for each.
fn safe_json(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != '\n' && is_unsafe(letter) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(letter));
        } else {
            safe.push(letter);
        }
    }
    safe.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_in_any_case() {
        assert_eq!(level(None), Ok(LevelFilter::INFO));
        assert_eq!(level(Some("")), Ok(LevelFilter::INFO));
        assert_eq!(level(Some("WARNING")), level(Some("warn")));
        assert_eq!(level(Some("Trace")), Ok(LevelFilter::TRACE));
        assert_eq!(level(Some("fatal")), Ok(LevelFilter::OFF));
        let unknown = level(Some("bogus")).unwrap_err().to_string();
        assert!(unknown.contains("\"bogus\""), "{unknown}");
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let mut text = String::new();
        let mut writer = Writer::new(&mut text);
        let name = "a\u{1b}[2J\r\nb\u{9b}\u{202e}é";
        write!(Escaper(&mut writer), "{name}\t.").unwrap();
        assert_eq!(text, "a\\u{1b}[2J\\r\\nb\\u{9b}\\u{202e}é\\t.");
    }
}
