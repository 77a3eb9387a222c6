//! `events`: prints what happens, as it happens.
//!
//! It follows until the server is gone for good, whoever reads has gone, or with `--no-follow` all
//! that is kept was told. When the stream breaks off it takes it up where it was.

mod words;

use std::io::{self, BufRead, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::Api;
use super::context::{CommandContext, OutputFormat};
use super::failure::{Failure, Problem};
use super::paint::harmless;
use super::proxies;
use crate::args::client::Events;

const DOING: &str = "failed to follow the events: ";
/// How long a server may be gone before it is given up.
const GONE: Duration = Duration::from_secs(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Why following came to its end, but for failures.
enum Over {
    /// Whoever read has gone.
    NobodyReads,
    /// The stream broke off, or is at its end.
    Stream,
}

pub(super) fn run(session: &mut CommandContext<'_>, wanted: &Events) -> Result<String, Problem> {
    let api = session.api();
    let as_json = session.look() == OutputFormat::Json;
    // One that is gone may have left events, but none comes of it.
    if let (Some(proxy), None) = (&wanted.proxy, &wanted.after) {
        proxies::get(&api, proxy).map_err(|failure| failure.in_doing(DOING))?;
    }
    let mut place = wanted.after.clone();
    let mut gone: Option<Instant> = None;
    loop {
        match follow(&api, wanted, &mut place, as_json) {
            Ok(Over::NobodyReads) => return Ok(String::new()),
            Ok(Over::Stream) if wanted.no_follow => return Ok(String::new()),
            Ok(Over::Stream) => gone = Some(Instant::now()),
            // Only of a server that has been there it is said that it may come again.
            Err(failure) => {
                let fresh = gone.is_some_and(|since| since.elapsed() < GONE);
                if !fresh || !matches!(failure, Failure::NoAnswer { .. }) {
                    return Err(failure.in_doing(DOING));
                }
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Prints events from `place` on, which moves along.
fn follow(
    api: &Api,
    wanted: &Events,
    place: &mut Option<String>,
    as_json: bool,
) -> Result<Over, Failure> {
    let mut query = Vec::new();
    let settings = [
        ("proxy", wanted.proxy.as_ref()),
        ("about", wanted.about.as_ref()),
        ("after", place.as_ref()),
    ];
    for (key, value) in settings {
        query.extend(value.map(|value| (key, value.as_str())));
    }
    if wanted.no_follow {
        query.push(("follow", "false"));
    }
    let stream = api.stream("/events", &query)?;
    for line in io::BufReader::new(stream).lines() {
        let Ok(line) = line else {
            return Ok(Over::Stream);
        };
        if let Some(id) = line.strip_prefix("id: ") {
            *place = Some(id.to_owned());
        }
        let event = line
            .strip_prefix("data: ")
            .map(serde_json::from_str::<Value>);
        let Some(Ok(event)) = event else {
            continue;
        };
        if event.get("event").and_then(Value::as_str) == Some("ready") {
            say_ready(api, wanted, as_json);
        } else if tell(&event, as_json).is_err() {
            return Ok(Over::NobodyReads);
        }
    }
    Ok(Over::Stream)
}

/// Tells on standard error that the silence is that of the server: nothing may happen for long.
fn say_ready(api: &Api, wanted: &Events, as_json: bool) {
    if as_json || wanted.no_follow {
        return;
    }
    let what = match &wanted.proxy {
        Some(proxy) => format!("the events of proxy {}", harmless(proxy)),
        None => "events".to_owned(),
    };
    let told = format!("following {what} at {}; Ctrl-C ends it", api.base());
    // Nobody may be listening, which is no reason to fail.
    let _ = writeln!(io::stderr(), "{told}");
}

fn tell(event: &Value, as_json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match as_json {
        true => writeln!(out, "{event}")?,
        false => writeln!(out, "{}", words::line(event))?,
    }
    out.flush()
}
