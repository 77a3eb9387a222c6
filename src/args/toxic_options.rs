//! The options of a toxic that only aconite has, in both notations: within a one-word toxic
//! (`latency:duration=30s`), and as flags.

use super::request_match;
use super::toxic_values::ToxicOptions;
use super::values::{self, BadValue};

/// Flags, and the settings that they set.
pub(super) const FLAGS: [(&str, &str); 20] = [
    ("for", "duration"),
    ("start-after", "start_after"),
    ("every", "every"),
    ("session", "session"),
    ("seed", "seed"),
    ("replay", "replay"),
    ("match-client", "match_client"),
    ("match-connections", "match_connections"),
    ("match-method", "match_method"),
    ("match-host", "match_host"),
    ("match-path", "match_path"),
    ("match-query", "match_query"),
    ("match-header", "match_header"),
    ("match-requests", "match_requests"),
    ("match-nth", "match_nth"),
    ("match-per", "match_per"),
    ("match-status", "match_status"),
    ("match-type", "match_type"),
    ("match-after", "match_after"),
    ("match-split", "match_split"),
];

/// The settings whose value may have commas within a toxic in one word, as in `match_status=429,503`.
pub(super) const LISTS: [&str; 5] = [
    "match_client",
    "match_connections",
    "match_method",
    "match_requests",
    "match_status",
];

/// Sets an option. Returns whether an option has this name.
pub(super) fn set(options: &mut ToxicOptions, name: &str, value: &str) -> Result<bool, BadValue> {
    match name {
        "duration" => options.duration = Some(values::duration(value)?),
        "start_after" => options.start_after = Some(values::duration(value)?),
        "every" => options.every = Some(values::duration(value)?),
        "session" => options.session = Some(value.to_owned()),
        "seed" => options.seed = Some(values::seed(value)?),
        "replay" => options.replay = Some(values::connection(value)?),
        "match_client" => {
            for network in value.split(',') {
                values::network(network)?;
            }
            add(&mut options.clients, value);
        }
        "match_connections" => add(&mut options.connections, value),
        _ if request_match::is_setting(name) => {
            request_match::set(options.requests.get_or_insert_default(), name, value)?;
        }
        _ => {
            let flag = FLAGS.iter().find(|(flag, _)| *flag == name);
            return flag.map_or(Ok(false), |(flag, setting)| {
                Err(BadValue::Flag { flag, setting })
            });
        }
    }
    Ok(true)
}

/// Adds the entries of a list that is written with commas.
fn add(list: &mut Option<Vec<String>>, value: &str) {
    let entries = value.split(',').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty()).map(str::to_owned);
    list.get_or_insert_default().extend(entries);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::args::toxic_values::RequestMatch;

    #[test]
    fn settings_are_told_from_attributes() {
        let mut options = ToxicOptions::default();
        for (name, value) in [
            ("duration", "30s"),
            ("start_after", "1.5s"),
            ("every", "1m30s"),
            ("session", "x"),
            ("seed", "7"),
            ("replay", "17"),
            ("match_client", "10.0.0.0/8"),
            ("match_client", "::1"),
            ("match_connections", "1-3,7"),
            ("match_path", "/v1/*"),
            ("match_method", "GET,POST"),
        ] {
            assert_eq!(set(&mut options, name, value), Ok(true), "{name}");
        }
        assert_eq!(set(&mut options, "latency", "5"), Ok(false));
        let expected = ToxicOptions {
            duration: Some(Duration::from_secs(30)),
            start_after: Some(Duration::from_millis(1500)),
            every: Some(Duration::from_secs(90)),
            session: Some("x".into()),
            seed: Some(7),
            replay: Some(17),
            clients: Some(vec!["10.0.0.0/8".into(), "::1".into()]),
            connections: Some(vec!["1-3".into(), "7".into()]),
            requests: Some(Box::new(RequestMatch {
                methods: vec!["GET".into(), "POST".into()],
                path: Some("/v1/*".into()),
                ..RequestMatch::default()
            })),
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for (name, value) in [
            // A number without a unit could mean seconds or milliseconds.
            ("duration", "30"),
            ("every", "soon"),
            ("start_after", "-1s"),
            ("seed", "-1"),
            ("seed", "x"),
            ("replay", "0"),
            ("match_client", "foo"),
            // The flag's name.
            ("for", "30s"),
            ("match-connections", "1"),
            ("match-path", "/"),
            ("match_nth", "0"),
        ] {
            let refused = set(&mut ToxicOptions::default(), name, value);
            assert!(refused.is_err(), "{name}={value}: {refused:?}");
        }
    }

    #[test]
    fn an_empty_scope_is_one() {
        let mut options = ToxicOptions::default();
        set(&mut options, "match_client", "").unwrap();
        assert_eq!(options.clients, Some(vec![]));
    }
}
