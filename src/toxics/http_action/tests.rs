//! What toxics of ordinary kinds do with `match.http`, and what contradicts it.

use super::*;
use crate::protocol::http::AfterPart;
use crate::toxics::{Catalogue, Value};

fn http(
    kind: &str,
    given: &[(&str, Value)],
    direction: Direction,
    matching: Option<&HttpMatch>,
) -> Result<Option<Action>, String> {
    let catalogue = Catalogue::default();
    let kind = catalogue.find(kind).unwrap();
    let given = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    let values = kind
        .read(&given.collect::<Vec<_>>())
        .map_err(|error| error.to_string())?;
    kind.build(&values).map_err(|error| error.to_string())?;
    let action = kind.http(&values, direction, matching);
    action.map_err(|error| error.to_string())
}

#[test]
fn ordinary_kinds_mark_answers_only_with_a_match() {
    let matching = HttpMatch {
        after: Some(AfterPart::Events(5)),
        ..HttpMatch::default()
    };
    for kind in [
        "latency",
        "bandwidth",
        "timeout",
        "reset_peer",
        "limit_data",
        "noop",
        "packet_loss",
    ] {
        for direction in Direction::ALL {
            assert_eq!(http(kind, &[], direction, None), Ok(None), "{kind}");
        }
        let marked = http(kind, &[], Direction::Downstream, Some(&matching));
        assert_eq!(marked, Ok(Some(Action::Mark)), "{kind}");
    }
}

#[test]
fn limit_data_ends_a_message_where_a_match_says_of_which_answers() {
    let given = [("bytes", 7.into()), ("end", "message".into())];
    let matching = HttpMatch::default();
    let action = http("limit_data", &given, Direction::Downstream, Some(&matching));
    assert_eq!(action, Ok(Some(Action::Truncate(Truncation { bytes: 7 }))));
    let error = http("limit_data", &given, Direction::Downstream, None).unwrap_err();
    assert!(
        error.starts_with("end is \"message\", but match.http is missing"),
        "{error}"
    );
}

#[test]
fn options_that_count_on_a_connection_contradict_a_match() {
    let matching = HttpMatch::default();
    let after = Value::from([("bytes", 5)]);
    for (kind, given, problem) in [
        (
            "slow_close",
            vec![],
            "match.http does not go with slow_close",
        ),
        (
            "latency",
            vec![("phase", "connect".into())],
            "phase is \"connect\", but match.http",
        ),
        (
            "latency",
            vec![("after", after)],
            "after counts what passes on a connection",
        ),
        (
            "latency",
            vec![("framing", "redis".into())],
            "framing tells messages",
        ),
        (
            "latency",
            vec![("per", "message".into()), ("jitter", 5.into())],
            "match.http does not go with per or cut",
        ),
        (
            "limit_data",
            vec![
                ("cut", Value::from([("message", 1)])),
                ("end", "message".into()),
            ],
            "match.http does not go with per or cut",
        ),
    ] {
        let error = http(kind, &given, Direction::Downstream, Some(&matching)).unwrap_err();
        assert!(error.starts_with(problem), "{kind} {given:?}: {error}");
    }
    let error = http("latency", &[], Direction::Upstream, Some(&matching)).unwrap_err();
    assert_eq!(
        error,
        "stream is \"upstream\", but with match.http latency acts on answers; give \"downstream\""
    );
}

#[test]
fn a_header_of_requests_cannot_wait_for_an_answer() {
    let matching = HttpMatch {
        status: vec![200..=200],
        ..HttpMatch::default()
    };
    let given = [("headers", Value::from([("A", "1")]))];
    assert!(http("header", &given, Direction::Downstream, Some(&matching)).is_ok());
    assert_eq!(
        http("header", &given, Direction::Upstream, Some(&matching)).unwrap_err(),
        "match.http.status is a condition on the answer, but header with stream \"upstream\" changes the request; leave it out"
    );
}
