//! `events`: prints events as they happen.
//!
//! It ends when the server has been unreachable for too long, when the output's reader is gone or,
//! with `--no-follow`, after the events that the server has kept. If the stream breaks, it
//! reconnects and resumes after the last event that it printed.

use std::io::{self, BufRead, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::event_line;
use super::proxies;
use crate::args::client::Events;
use crate::cli::api::client::ApiClient;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::format::OutputFormat;
use crate::cli::output::terminal;
use crate::util::text::escape;
use crate::wire::Ready;

const DOING: &str = "failed to follow the events: ";
/// How long to try to reconnect to a server that has gone away.
const RECONNECT_LIMIT: Duration = Duration::from_secs(10);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a stream of events ended, apart from errors.
enum StreamEnd {
    /// The output's reader is gone.
    NoReader,
    /// The server ended the stream, or the connection broke.
    Closed,
}

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    wanted: &Events,
) -> Result<String, CommandError> {
    let api = context.api();
    let format = context.format();
    // With --after, a deleted proxy may still have events; without it, none will come.
    if let (Some(proxy), None) = (&wanted.proxy, &wanted.after) {
        proxies::get(&api, proxy).map_err(|error| error.in_doing(DOING))?;
    }
    let mut after = wanted.after.clone();
    let mut disconnected: Option<Instant> = None;
    loop {
        match follow(&api, wanted, &mut after, format) {
            Ok(StreamEnd::NoReader) => return Ok(String::new()),
            Ok(StreamEnd::Closed) if wanted.no_follow => return Ok(String::new()),
            Ok(StreamEnd::Closed) => disconnected = Some(Instant::now()),
            // Reconnect only to a server that has answered before.
            Err(error) => {
                let may_return =
                    disconnected.is_some_and(|since| since.elapsed() < RECONNECT_LIMIT);
                if !may_return || !matches!(error, RequestError::NoAnswer { .. }) {
                    return Err(error.in_doing(DOING));
                }
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Prints the events after `after`, and advances `after` past them.
fn follow(
    api: &ApiClient,
    wanted: &Events,
    after: &mut Option<String>,
    format: OutputFormat,
) -> Result<StreamEnd, RequestError> {
    let mut query = Vec::new();
    let parameters = [
        ("proxy", wanted.proxy.as_ref()),
        ("about", wanted.about.as_ref()),
        ("after", after.as_ref()),
    ];
    for (key, value) in parameters {
        query.extend(value.map(|value| (key, value.as_str())));
    }
    if wanted.no_follow {
        query.push(("follow", "false"));
    }
    let stream = api.stream("/events", &query)?;
    for line in io::BufReader::new(stream).lines() {
        let Ok(line) = line else {
            return Ok(StreamEnd::Closed);
        };
        if let Some(id) = line.strip_prefix("id: ") {
            *after = Some(id.to_owned());
        }
        let event = line
            .strip_prefix("data: ")
            .map(serde_json::from_str::<Value>);
        let Some(Ok(event)) = event else {
            continue;
        };
        if event.get("event").and_then(Value::as_str) == Some(Ready::NAME) {
            print_ready(api, wanted, format);
        } else if print(&event, format).is_err() {
            return Ok(StreamEnd::NoReader);
        }
    }
    Ok(StreamEnd::Closed)
}

/// Reports on standard error that the connection is established, since no event may come for a long
/// time.
fn print_ready(api: &ApiClient, wanted: &Events, format: OutputFormat) {
    if format == OutputFormat::Json || wanted.no_follow {
        return;
    }
    let what = match &wanted.proxy {
        Some(proxy) => format!("the events of proxy {}", escape(proxy)),
        None => "events".to_owned(),
    };
    let text = format!("following {what} at {}; Ctrl-C ends it", api.base());
    // Standard error may be closed; that is not an error of this command.
    let _ = writeln!(io::stderr(), "{text}");
}

fn print(event: &Value, format: OutputFormat) -> io::Result<()> {
    let text = match (format, terminal::width()) {
        (OutputFormat::Json, _) => event.to_string(),
        (OutputFormat::Table, Some(width)) => event_line::wrapped(event, width),
        _ => event_line::line(event),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
