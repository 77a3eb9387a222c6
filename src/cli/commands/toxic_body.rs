//! Converts toxics and their options from the command line to the API's JSON.

use std::borrow::Cow;

use super::{attribute_values, message};
use crate::args::client::{self, Dialect, NewToxic, RequestMatch, ToxicOptions};
use crate::cli::error::CommandError;
use crate::wire::{self, AfterPart, HeaderTest, HttpMatch, Match, Replay, Span};

/// A new toxic as the API takes it.
pub(crate) fn new_toxic(dialect: Dialect, new: &NewToxic) -> Result<wire::NewToxic, CommandError> {
    let mut attributes = attribute_values::placed(dialect, &new.kind, &new.attributes)?;
    let members = message::members(&new.headers, new.body.as_ref())?;
    attributes.beside.0.extend(members);
    Ok(wire::NewToxic {
        name: new.name.clone(),
        kind: new.kind.clone(),
        stream: new.stream.name().to_owned(),
        toxicity: new.toxicity,
        attributes: attributes.inside,
        options: options(&new.options),
        beside: attributes.beside,
    })
}

/// The options that were given.
pub(crate) fn options(given: &ToxicOptions) -> wire::ToxicOptions {
    wire::ToxicOptions {
        duration: given.duration.map(Span),
        start_after: given.start_after.map(Span),
        every: given.every.map(Span),
        session: given.session.clone(),
        seed: given.seed,
        replay: given.replay.map(|connection| Replay { connection }),
        matching: matching(given),
        ..wire::ToxicOptions::default()
    }
}

/// The connections that the toxic applies to, and the requests. An explicit empty list means all of them.
fn matching(given: &ToxicOptions) -> Option<Match> {
    let requests = given.requests.as_deref();
    if given.clients.is_none() && given.connections.is_none() && requests.is_none() {
        return None;
    }
    let connections = given.connections.as_ref();
    Some(Match {
        client: given.clients.clone().unwrap_or_default(),
        connections: connections
            .map(|ranges| ranges.join(","))
            .unwrap_or_default(),
        http: requests.map(http_match).filter(is_restricted),
    })
}

/// Whether it restricts anything. Flags with empty values take a restriction away, as those for
/// connections do; every request is what a pattern such as `*` says.
fn is_restricted(http: &HttpMatch) -> bool {
    *http != HttpMatch::default()
}

fn http_match(given: &RequestMatch) -> HttpMatch {
    let headers = given.headers.iter().map(|(name, test)| {
        let test = match test {
            client::HeaderTest::Present => HeaderTest::IsPresent(true),
            client::HeaderTest::Absent => HeaderTest::IsPresent(false),
            client::HeaderTest::Value(pattern) => HeaderTest::Value(pattern.clone()),
        };
        (Cow::Owned(name.clone()), test)
    });
    HttpMatch {
        method: given.methods.clone(),
        host: given.host.clone(),
        path: given.path.clone(),
        query: given.query.clone(),
        headers: headers.collect(),
        requests: given.requests.join(","),
        nth: given.nth,
        per: given.per.clone(),
        status: given.statuses.join(","),
        content_type: given.content_type.clone(),
        after: given.after.map(|after| match after {
            client::After::Bytes(bytes) => AfterPart::Bytes(bytes),
            client::After::Events(events) => AfterPart::Events(events),
        }),
        split: given.split_events.then(|| "events".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn sent(given: &ToxicOptions) -> Value {
        serde_json::to_value(options(given)).unwrap()
    }

    #[test]
    fn only_given_options_are_sent() {
        assert_eq!(sent(&ToxicOptions::default()), json!({}));
        let given = ToxicOptions {
            duration: Some(Duration::from_secs(90)),
            start_after: Some(Duration::ZERO),
            every: Some(Duration::from_millis(2500)),
            session: Some("s".into()),
            seed: Some(u64::MAX),
            replay: Some(17),
            clients: Some(vec!["::1".into()]),
            connections: Some(vec!["1-3".into(), "7".into()]),
            requests: Some(Box::new(RequestMatch {
                methods: vec!["POST".into()],
                path: Some("/v1/*".into()),
                headers: vec![
                    ("A".into(), client::HeaderTest::Value("1".into())),
                    ("b".into(), client::HeaderTest::Absent),
                ],
                requests: vec!["1-2".into(), "5-".into()],
                after: Some(client::After::Events(5)),
                split_events: true,
                ..RequestMatch::default()
            })),
        };
        let expected = json!({
            "duration": "1m30s",
            "start_after": "0s",
            "every": "2.5s",
            "session": "s",
            "seed": u64::MAX,
            "replay": {"connection": 17},
            "match": {"client": ["::1"], "connections": "1-3,7", "http": {
                "method": ["POST"],
                "path": "/v1/*",
                "headers": {"A": "1", "b": false},
                "requests": "1-2,5-",
                "after": {"events": 5},
                "split": "events",
            }},
        });
        assert_eq!(sent(&given), expected);
    }

    #[test]
    fn empty_list_of_clients_is_sent_as_an_empty_match() {
        let given = ToxicOptions {
            clients: Some(vec![]),
            ..ToxicOptions::default()
        };
        assert_eq!(sent(&given), json!({"match": {}}));
    }
}
