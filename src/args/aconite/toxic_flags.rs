//! The flags for options of a toxic that only aconite has.

use std::convert::Infallible;
use std::time::Duration;

use clap::Args;

use crate::args::client::{After, BodySource, HeaderTest, RequestMatch, ToxicOptions};
use crate::args::{request_match, values};

/// When a toxic acts, and by which choices.
#[derive(Debug, Args)]
pub(super) struct Timing {
    /// How long the toxic acts before it is removed, such as 30s or 1m30s; 0s in an update: no end
    #[arg(long = "for", value_name = "TIME", value_parser = values::duration)]
    duration: Option<Duration>,
    /// How long the toxic waits before it acts, such as 500ms
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    start_after: Option<Duration>,
    /// How often it acts again, from start to start; each time for as long as --for says
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    every: Option<Duration>,
    /// The seed of its random choices [default: the proxy's, else the server's]
    #[arg(long, value_name = "N", value_parser = values::seed)]
    seed: Option<u64>,
    /// Choose on every connection as on the Nth one
    #[arg(long, value_name = "N", value_parser = values::connection)]
    replay: Option<u64>,
}

/// Which connections a toxic may touch.
#[derive(Debug, Args)]
pub(super) struct Scope {
    /// Touch connections from this network only, such as 10.0.0.0/8; may be repeated
    #[arg(long, value_name = "NETWORK", value_delimiter = ',', value_parser = values::network)]
    match_client: Option<Vec<String>>,
    /// Touch these connections of the proxy only, counted from 1, such as 1-3,7,10-
    #[arg(long, value_name = "RANGES", value_delimiter = ',')]
    match_connections: Option<Vec<String>>,
}

/// Which requests a toxic acts on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests that it acts on")]
pub(super) struct Requests {
    /// Requests with this method only, such as POST; may be repeated
    #[arg(long, value_name = "METHOD", value_delimiter = ',')]
    match_method: Option<Vec<String>>,
    /// Requests whose path fits, such as '/v1/*' or '~^/v1/.*chat'
    #[arg(long, value_name = "PATTERN")]
    match_path: Option<String>,
    /// Requests whose host fits, such as 'api.*'
    #[arg(long, value_name = "PATTERN")]
    match_host: Option<String>,
    /// Requests whose query fits, such as '*page=2*'
    #[arg(long, value_name = "PATTERN")]
    match_query: Option<String>,
    /// Requests with such a header: 'NAME: PATTERN', NAME if it must be there, !NAME if not; may be repeated
    #[arg(long, value_name = "HEADER", value_parser = request_match::header)]
    match_header: Option<Vec<(String, HeaderTest)>>,
    /// Of the requests that match, these only, counted from 1 over all connections, such as 1-2,5-
    #[arg(long, value_name = "RANGES", value_delimiter = ',')]
    match_requests: Option<Vec<String>>,
    /// Of the requests that match, every Nth only
    #[arg(long, value_name = "N", value_parser = request_match::nth)]
    match_nth: Option<u64>,
    /// What the toxicity is drawn for: request or connection [default: request]
    #[arg(long, value_name = "WHAT", value_parser = request_match::per)]
    match_per: Option<String>,
    /// Answers with this status only, such as 500-599 or 5xx
    #[arg(long, value_name = "RANGES", value_delimiter = ',')]
    match_status: Option<Vec<String>>,
    /// Answers of this media type only, such as text/event-stream
    #[arg(long, value_name = "PATTERN")]
    match_type: Option<String>,
    /// Act from this place in the answer's body on, such as bytes:1000 or events:5
    #[arg(long, value_name = "PLACE", value_parser = request_match::after)]
    match_after: Option<After>,
    /// Act on each event of a stream of server-sent events for itself
    #[arg(long, value_name = "events", value_parser = request_match::split)]
    match_split: Option<bool>,
}

/// What types of toxic that write HTTP take.
#[derive(Debug, Args)]
pub(super) struct Message {
    /// A header to send, as in 'Retry-After: 2', or !NAME for one to remove; may be repeated
    #[arg(long, value_name = "HEADER", value_parser = request_match::field)]
    pub(super) header: Vec<(String, Option<String>)>,
    /// A body to send: a text, or @FILE
    #[arg(long, value_name = "TEXT|@FILE", value_parser = body)]
    pub(super) body: Option<BodySource>,
}

fn body(text: &str) -> Result<BodySource, Infallible> {
    Ok(values::body(text))
}

impl From<Requests> for Option<Box<RequestMatch>> {
    /// `None`: no flag was given.
    fn from(given: Requests) -> Self {
        let is_given = [
            given.match_method.is_some(),
            given.match_path.is_some(),
            given.match_host.is_some(),
            given.match_query.is_some(),
            given.match_header.is_some(),
            given.match_requests.is_some(),
            given.match_nth.is_some(),
            given.match_per.is_some(),
            given.match_status.is_some(),
            given.match_type.is_some(),
            given.match_after.is_some(),
            given.match_split.is_some(),
        ];
        if !is_given.contains(&true) {
            return None;
        }
        let text = |value: Option<String>| value.filter(|value| !value.is_empty());
        Some(Box::new(RequestMatch {
            methods: present(given.match_method).unwrap_or_default(),
            host: text(given.match_host),
            path: text(given.match_path),
            query: given.match_query,
            headers: given.match_header.unwrap_or_default(),
            requests: present(given.match_requests).unwrap_or_default(),
            nth: given.match_nth,
            per: given.match_per,
            statuses: present(given.match_status).unwrap_or_default(),
            content_type: text(given.match_type),
            after: given.match_after,
            split_events: given.match_split.unwrap_or_default(),
        }))
    }
}

/// All options but the requests.
pub(super) fn of(session: Option<String>, timing: Timing, scope: Scope) -> ToxicOptions {
    ToxicOptions {
        duration: timing.duration,
        start_after: timing.start_after,
        every: timing.every,
        session,
        seed: timing.seed,
        replay: timing.replay,
        clients: present(scope.match_client),
        connections: present(scope.match_connections),
        requests: None,
    }
}

/// The options, with the requests.
pub(super) fn on(requests: Requests, options: ToxicOptions) -> ToxicOptions {
    ToxicOptions {
        requests: requests.into(),
        ..options
    }
}

/// A list without empty entries.
fn present(list: Option<Vec<String>>) -> Option<Vec<String>> {
    list.map(|list| list.into_iter().filter(|part| !part.is_empty()).collect())
}
