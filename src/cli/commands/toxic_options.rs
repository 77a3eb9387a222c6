//! The options of a toxic that only aconite has, as the API takes them.

use serde_json::{Map, Value, json};

use crate::args::client::ToxicOptions;
use crate::util::duration;

/// Their names in the API.
pub(crate) const NAMES: [&str; 7] = [
    "duration",
    "start_after",
    "every",
    "session",
    "seed",
    "replay",
    "match",
];

/// Puts the options that were given into the body of a request for a toxic.
pub(crate) fn put(options: &ToxicOptions, body: &mut Value) {
    let Some(fields) = body.as_object_mut() else {
        return;
    };
    let times = [
        ("duration", options.duration),
        ("start_after", options.start_after),
        ("every", options.every),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            fields.insert(name.into(), duration::text(time).into());
        }
    }
    put_session_and_seed(options.session.as_deref(), options.seed, fields);
    if let Some(connection) = options.replay {
        fields.insert("replay".into(), json!({ "connection": connection }));
    }
    if let Some(scope) = scope(options) {
        fields.insert("match".into(), scope.into());
    }
}

/// The same for a proxy, which has fewer.
pub(crate) fn put_of_proxy(session: Option<&str>, seed: Option<u64>, body: &mut Value) {
    if let Some(fields) = body.as_object_mut() {
        put_session_and_seed(session, seed, fields);
    }
}

fn put_session_and_seed(session: Option<&str>, seed: Option<u64>, fields: &mut Map<String, Value>) {
    if let Some(session) = session {
        fields.insert("session".into(), session.into());
    }
    if let Some(seed) = seed {
        fields.insert("seed".into(), seed.into());
    }
}

/// The connections that the toxic applies to. An empty list that was given means all of them.
fn scope(options: &ToxicOptions) -> Option<Map<String, Value>> {
    if options.clients.is_none() && options.connections.is_none() {
        return None;
    }
    let mut scope = Map::new();
    if let Some(clients) = options.clients.as_ref().filter(|list| !list.is_empty()) {
        scope.insert("client".into(), clients.clone().into());
    }
    if let Some(ranges) = options.connections.as_ref().filter(|list| !list.is_empty()) {
        scope.insert("connections".into(), ranges.join(",").into());
    }
    Some(scope)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn put_into_nothing(options: &ToxicOptions) -> Value {
        let mut body = json!({});
        put(options, &mut body);
        body
    }

    #[test]
    fn only_given_options_are_put_into_the_body() {
        assert_eq!(put_into_nothing(&ToxicOptions::default()), json!({}));
        let options = ToxicOptions {
            duration: Some(Duration::from_secs(90)),
            start_after: Some(Duration::ZERO),
            every: Some(Duration::from_millis(2500)),
            session: Some("s".into()),
            seed: Some(u64::MAX),
            replay: Some(17),
            clients: Some(vec!["::1".into()]),
            connections: Some(vec!["1-3".into(), "7".into()]),
        };
        let expected = json!({
            "duration": "1m30s",
            "start_after": "0s",
            "every": "2.5s",
            "session": "s",
            "seed": u64::MAX,
            "replay": {"connection": 17},
            "match": {"client": ["::1"], "connections": "1-3,7"},
        });
        assert_eq!(put_into_nothing(&options), expected);
    }

    #[test]
    fn empty_list_of_clients_is_sent_as_an_empty_match() {
        let options = ToxicOptions {
            clients: Some(vec![]),
            ..ToxicOptions::default()
        };
        assert_eq!(put_into_nothing(&options), json!({"match": {}}));
    }
}
