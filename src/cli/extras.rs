//! What aconite adds to a toxic, as the API takes it.

use serde_json::{Map, Value, json};

use crate::args::client::ToxicOptions;
use crate::util::duration;

/// What the API calls them.
pub(super) const NAMES: [&str; 7] = [
    "duration",
    "start_after",
    "every",
    "session",
    "seed",
    "replay",
    "match",
];

/// Puts it beside what else a body says of a toxic; what is not given is not put.
pub(super) fn put(extras: &ToxicOptions, body: &mut Value) {
    let Some(fields) = body.as_object_mut() else {
        return;
    };
    let times = [
        ("duration", extras.duration),
        ("start_after", extras.start_after),
        ("every", extras.every),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            fields.insert(name.into(), duration::text(time).into());
        }
    }
    put_whose(extras.session.as_deref(), extras.seed, fields);
    if let Some(connection) = extras.replay {
        fields.insert("replay".into(), json!({ "connection": connection }));
    }
    if let Some(scope) = scope(extras) {
        fields.insert("match".into(), scope.into());
    }
}

/// The same for a proxy, which can be told less.
pub(super) fn put_of_proxy(session: Option<&str>, seed: Option<u64>, body: &mut Value) {
    if let Some(fields) = body.as_object_mut() {
        put_whose(session, seed, fields);
    }
}

fn put_whose(session: Option<&str>, seed: Option<u64>, fields: &mut Map<String, Value>) {
    if let Some(session) = session {
        fields.insert("session".into(), session.into());
    }
    if let Some(seed) = seed {
        fields.insert("seed".into(), seed.into());
    }
}

/// Every connection, if what was said of them is empty.
fn scope(extras: &ToxicOptions) -> Option<Map<String, Value>> {
    if extras.clients.is_none() && extras.connections.is_none() {
        return None;
    }
    let mut scope = Map::new();
    if let Some(clients) = extras.clients.as_ref().filter(|list| !list.is_empty()) {
        scope.insert("client".into(), clients.clone().into());
    }
    if let Some(ranges) = extras.connections.as_ref().filter(|list| !list.is_empty()) {
        scope.insert("connections".into(), ranges.join(",").into());
    }
    Some(scope)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn put_into_nothing(extras: &ToxicOptions) -> Value {
        let mut body = json!({});
        put(extras, &mut body);
        body
    }

    #[test]
    fn what_is_given_is_put_beside_the_rest() {
        assert_eq!(put_into_nothing(&ToxicOptions::default()), json!({}));
        let extras = ToxicOptions {
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
        assert_eq!(put_into_nothing(&extras), expected);
    }

    #[test]
    fn an_empty_scope_is_said() {
        let extras = ToxicOptions {
            clients: Some(vec![]),
            ..ToxicOptions::default()
        };
        assert_eq!(put_into_nothing(&extras), json!({"match": {}}));
    }
}
