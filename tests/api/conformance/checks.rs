//! Tests of the runner itself: it must notice small differences from a recording.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::body;
use super::exceptions::Exceptions;
use super::pattern;
use super::places::Places;
use super::reading;
use super::request::BodyRule;
use super::step::{Data, End, Step};
use super::window::Window;
use support::{Kind, Upstream, upstream, wire};

fn holds(rule: Value, body: &str) -> bool {
    let rule: BodyRule = serde_json::from_value(rule).unwrap();
    let mut places = Places::default();
    places.set("port:p", 12345);
    body::check(&rule, body.as_bytes(), &places).is_ok()
}

#[test]
fn exact_bodies_differ_by_number_kind_newline_order_and_member() {
    let exact = |json: Value| json!({"mode": "exact", "json": json, "newline": false});
    assert!(holds(
        exact(json!({"a": 1, "b": [1.0, 2]})),
        r#"{"b":[1.0,2],"a":1}"#
    ));
    assert!(!holds(exact(json!({"a": 1})), r#"{"a":1.0}"#));
    assert!(!holds(exact(json!({"a": 1.0})), r#"{"a":1}"#));
    assert!(!holds(exact(json!({"a": 1})), "{\"a\":1}\n"));
    assert!(!holds(exact(json!([1, 2])), "[2,1]"));
    assert!(!holds(exact(json!({"a": 1})), r#"{"a":1,"b":null}"#));
    assert!(!holds(exact(json!({"a": 1})), "nonsense"));
}

#[test]
fn logger_and_placeholders_do_not_count() {
    let rule = json!({"mode": "exact", "json": {"Logger": {}, "listen": "h:{port:p}"}});
    assert!(holds(rule.clone(), r#"{"listen":"h:12345"}"#));
    assert!(!holds(rule, r#"{"listen":"h:12346"}"#));
    let text = json!({"mode": "text", "text": r#"{"a":1,"Logger":{},"b":{port:p}}"#});
    assert!(holds(text.clone(), r#"{"a":1,"b":12345}"#));
    assert!(!holds(text, r#"{"a":1, "b":12345}"#));
}

#[test]
fn prefix_keys_and_metrics_bodies_are_told_apart() {
    let prefix = json!({"mode": "prefix", "json": {"error": "bad: ", "status": 400}, "seen": "x"});
    assert!(holds(prefix.clone(), r#"{"error":"bad: y","status":400}"#));
    assert!(!holds(
        prefix.clone(),
        r#"{"error":"worse: y","status":400}"#
    ));
    assert!(!holds(prefix, r#"{"error":"bad: y","status":401}"#));
    let keys = json!({"mode": "keys", "json": {"a": "string", "b": ["number"], "c": "null"}});
    assert!(holds(keys.clone(), r#"{"a":"x","b":[1.5],"c":null}"#));
    assert!(!holds(keys.clone(), r#"{"a":"x","b":["1"],"c":null}"#));
    assert!(!holds(keys, r#"{"a":"x","b":[1.5]}"#));
    let metrics =
        json!({"mode": "metrics", "lines": ["# TYPE toxiproxy_a counter", "toxiproxy_a 1"]});
    let text = "# HELP toxiproxy_a x\n# TYPE toxiproxy_a counter\ntoxiproxy_a 1\ngo_b 2\n";
    assert!(holds(metrics.clone(), text));
    assert!(!holds(metrics, &text.replace("a 1", "a 2")));
}

#[test]
fn patterns_match_all_of_a_value() {
    let type_of_metrics = r"text/plain; version=0\.0\.4; charset=utf-8(; escaping=\w+)?";
    let cases = [
        ("[0-9a-v]{20}", "d4v0aaaabbbbccccdddd", true),
        ("[0-9a-v]{20}", "d4v0aaaabbbbccccdddz", false),
        ("[0-9a-v]{20}", "d4v0aaaabbbbccccddddd", false),
        (
            type_of_metrics,
            "text/plain; version=0.0.4; charset=utf-8",
            true,
        ),
        (
            type_of_metrics,
            "text/plain; version=0.0.4; charset=utf-8; escaping=values",
            true,
        ),
        (
            type_of_metrics,
            "text/plain; version=0x0.4; charset=utf-8",
            false,
        ),
        ("(a|bc)*d", "abcad", true),
        ("(a*)*b", "aaaaaaaaaaaaaaaac", false),
        (r"[^\d-]{2,3}", "xyz", true),
        (r"[^\d-]{2,3}", "x-z", false),
        ("^a.$", "a\u{e9}", true),
    ];
    for (pattern, text, wanted) in cases {
        let got = pattern::matches(pattern, text);
        assert_eq!(got, Ok(wanted), "{pattern} and {text}");
    }
    assert!(pattern::matches("(a", "a").is_err());
    assert!(pattern::matches("a)", "a").is_err());
}

#[test]
fn steps_with_unknown_members_are_refused() {
    let step = |value: Value| Step::from_json(value.as_object().cloned().unwrap_or(Map::new()));
    let known = json!({"op": "quiet", "conn": "c", "for_ms": 5, "within_ms": [0, 1]});
    assert!(step(known).is_ok());
    assert!(step(json!({"op": "quiet", "conn": "c", "for_ms": 5, "or_ms": 6})).is_err());
    assert!(step(json!({"op": "dance", "conn": "c"})).is_err());
    assert_eq!(
        Data::Hex("00ff 7F".to_owned()).bytes(),
        Ok(vec![0, 255, 127])
    );
    assert_eq!(Data::Pattern(250, 3).bytes(), Ok(vec![250, 0, 1]));
    assert!(Data::Hex("0".to_owned()).bytes().is_err());
}

#[test]
fn exceptions_need_a_known_defect_and_a_recording() {
    let list = Exceptions::parse("# why\n\nsome-name 7  half-close is kept\n").unwrap();
    assert!(list.reason("some-name").is_some() && list.reason("other").is_none());
    assert_eq!(list.without_scenario(&[]).len(), 1);
    for wrong in ["name 19 reason", "name 0 reason", "name 3", "a 1 x\na 2 y"] {
        assert!(Exceptions::parse(wrong).is_err(), "{wrong}");
    }
}

fn window(low: u32, high: u32) -> Window {
    let bounds = serde_json::from_value(json!([low, high])).unwrap();
    Window::new(Some(bounds), Instant::now())
}

#[test]
fn reading_notices_other_bytes_other_ends_and_wrong_times() {
    let source = upstream::source(100);
    let open = || wire::connect(&source.addr(), std::time::Duration::from_secs(5)).unwrap();
    let wanted = upstream::pattern(0, 100);
    let end = |bytes: &[u8], end, window| reading::recv_end(&open(), bytes, end, &window);
    assert_eq!(end(&wanted, End::Eof, window(0, 5000)), Ok(()));
    assert!(end(&wanted, End::Rst, window(0, 5000)).is_err());
    assert!(end(&wanted[..99], End::Any, window(0, 5000)).is_err());
    assert!(end(&upstream::pattern(0, 101), End::Any, window(0, 5000)).is_err());
    assert!(end(&upstream::pattern(1, 100), End::Any, window(0, 5000)).is_err());
    assert!(reading::recv(&open(), &wanted, &window(4000, 5000)).is_err());
    assert!(reading::recv(&open(), &upstream::pattern(0, 101), &window(0, 5000)).is_err());
}

#[test]
fn an_upstream_can_be_replaced_and_ends_its_connections() {
    let mut echo = upstream::echo();
    let limit = std::time::Duration::from_secs(5);
    let stream = wire::connect(&echo.addr(), limit).unwrap();
    let stop = false.into();
    wire::write_all_by(&stream, b"ping", Instant::now() + limit, &stop).unwrap();
    assert_eq!(reading::recv(&stream, b"ping", &window(0, 5000)), Ok(()));
    echo.replace(None, Kind::Refuse).unwrap();
    assert_eq!(
        reading::recv_end(&stream, b"", End::Any, &window(0, 5000)),
        Ok(())
    );
    assert!(wire::connect(&echo.addr(), limit).is_err());
    echo.replace(None, Kind::Manual).unwrap();
    let _client = wire::connect(&echo.addr(), limit).unwrap();
    assert!(Upstream::accept(&echo, limit).is_some());
}
