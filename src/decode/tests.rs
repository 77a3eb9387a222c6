//! Tests of [`super`].

use super::*;
use crate::control::Value as Given;

fn message<T>(result: Result<T, DecodeError>) -> String {
    result.err().expect("an error").to_string()
}

fn given(name: &str, value: impl Into<Given>) -> (String, Given) {
    (name.into(), value.into())
}

#[test]
fn of_repeated_fields_the_last_counts_and_null_leaves_it() {
    let new = new_proxy(br#"{"name":"a","NAME":"b","name":null,"enabled":false}"#).unwrap();
    assert_eq!(new.name.as_deref(), Some("b"));
    assert_eq!(new.enabled, Some(false));
    assert_eq!(new.listen, None);
    let text = message(new_proxy(br#"{"name":5,"name":"b"}"#));
    assert_eq!(text, "name is 5, expected a string");
}

#[test]
fn null_is_nothing_given() {
    assert_eq!(new_proxy(b"null").unwrap().name, None);
    assert_eq!(new_toxic(b"null").unwrap().kind, "");
    assert_eq!(proxy_change(b" null x").unwrap().enabled, None);
    assert!(read_proxies(b"null").unwrap().is_empty());
    assert_eq!(read_proxies(b"[null]").unwrap().len(), 1);
}

#[test]
fn toxics_are_taken_on_creation_and_not_looked_at_on_update() {
    let new = new_proxy(br#"{"toxics":[{"type":"noop"},{"TYPE":"latency","name":"l"}]}"#).unwrap();
    assert_eq!(new.toxics.len(), 2);
    assert_eq!(new.toxics[1].kind, "latency");
    assert!(new_proxy(br#"{"toxics":null}"#).unwrap().toxics.is_empty());
    assert!(new_proxy(br#"{"toxics":[]}"#).unwrap().toxics.is_empty());
    let text = message(new_proxy(br#"{"toxics":{"a":1}}"#));
    assert_eq!(text, "toxics is {\"a\":1}, expected a list of toxics");
    assert!(proxy_change(br#"{"toxics":5}"#).is_ok());
    assert!(proxy_change(br#"{"name":5}"#).is_err());
}

#[test]
fn attributes_keep_their_text_and_order() {
    let body =
        br#"{"attributes":{"Latency":100.0,"x":[ 1 ]},"attributes":{"jitter":null,"latency":1e3},
        "attributes":null}"#;
    let written = |value, text: &str| Given::Written {
        value,
        text: text.into(),
    };
    let expected = [
        given("latency", written(100.0, "100.0")),
        given("x", vec![1]),
        given("latency", written(1000.0, "1e3")),
    ];
    assert_eq!(new_toxic(body).unwrap().attributes, expected);
    assert_eq!(toxic_change(body).unwrap().attributes, expected);
    let text = message(toxic_change(br#"{"attributes":[]}"#));
    assert_eq!(text, "attributes is [], expected an object");
}

#[test]
fn an_update_of_a_toxic_looks_at_attributes_and_toxicity_only() {
    let change = toxic_change(br#"{"name":5,"type":[],"stream":{},"toxicity":0.25}"#).unwrap();
    assert_eq!(change.toxicity, Some(0.25));
    assert!(change.attributes.is_empty());
}

#[test]
fn toxicity_is_a_float32() {
    let toxicity = |json: &str| {
        let body = format!("{{\"toxicity\":{json}}}");
        new_toxic(body.as_bytes()).map(|new| new.toxicity)
    };
    assert_eq!(toxicity("1"), Ok(Some(1.0)));
    assert_eq!(toxicity("0.1"), Ok(Some(0.1_f32)));
    assert_eq!(toxicity("1e-60"), Ok(Some(0.0)));
    assert_eq!(toxicity("null"), Ok(None));
    for bad in ["1e39", "-1e400", "\"1\"", "true", "[]"] {
        assert!(toxicity(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_list_says_which_entry_is_wrong() {
    let text = br#"[{"name":"a"},{"name":"b","toxics":[{},{"toxicity":"high"}]}]"#;
    assert_eq!(
        message(read_proxies(text)),
        "proxy 2: toxics[1].toxicity is \"high\", \
         expected a number that fits 32-bit floating point"
    );
    assert_eq!(
        message(read_proxies(b"[5]")),
        "proxy 1 is 5, expected an object"
    );
    assert_eq!(
        message(read_proxies(b"{}")),
        "the JSON value is {}, expected a list of proxies"
    );
    assert_eq!(
        message(read_proxies(b" \n")),
        "it is empty, expected a list of proxies"
    );
    let text = message(read_proxies(b"[{\"name\": \"a\",}]"));
    assert!(
        text.starts_with("not valid JSON: ") && text.contains("line 1"),
        "{text}"
    );
}

proptest::proptest! {
    #[test]
    fn no_body_is_a_panic(body: Vec<u8>) {
        let _ = read_proxies(&body);
        let _ = new_toxic(&body);
    }
}
