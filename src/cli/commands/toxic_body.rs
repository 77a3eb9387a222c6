//! Converts toxics and their options from the command line to the API's JSON.

use super::attribute_values;
use crate::args::client::{Dialect, NewToxic, ToxicOptions};
use crate::cli::error::CommandError;
use crate::wire::{self, Match, Replay, Span};

/// A new toxic as the API takes it.
pub(crate) fn new_toxic(dialect: Dialect, new: &NewToxic) -> Result<wire::NewToxic, CommandError> {
    let attributes = attribute_values::placed(dialect, &new.kind, &new.attributes)?;
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
        scope: scope(given),
        ..wire::ToxicOptions::default()
    }
}

/// The connections that the toxic applies to. An explicit empty list means all of them.
fn scope(given: &ToxicOptions) -> Option<Match> {
    if given.clients.is_none() && given.connections.is_none() {
        return None;
    }
    let connections = given.connections.as_ref();
    Some(Match {
        client: given.clients.clone().unwrap_or_default(),
        connections: connections
            .map(|ranges| ranges.join(","))
            .unwrap_or_default(),
    })
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
