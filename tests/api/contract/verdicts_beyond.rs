//! The document and the executable agree on which of aconite's additional keys are valid. Each of
//! many values is sent next to a toxic's fields, among its attributes, in an update, and in proxies
//! and sessions.

use serde_json::{Value, json};

use super::document::Document;
use support::Server;

const TOXICS: &str = "/proxies/p/toxics";

/// Durations. None is longer than 292 years, because the pattern cannot express that limit.
fn spans() -> Vec<Value> {
    let texts = [
        "30s", "1m30s", "0", "0s", "0.0ms0s", "", ".5s", "1.s", ".s", ".", "5", "-1s", "1d", "1 s",
        "1s ", "1e3s", "NaN", "1µs", "1μs", "100us", "2562047h", "1h1h", "S", "1S",
    ];
    let mut values = texts.map(Value::from).to_vec();
    values.extend([
        json!(0),
        json!(1),
        json!(9_223_372_036_854_u64),
        json!(9_223_372_036_855_u64),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(f64::MAX),
    ]);
    values
}

fn numbers() -> Vec<Value> {
    vec![
        json!(0),
        json!(1),
        json!(u64::MAX),
        json!(u64::MAX as f64 * 2.0),
        json!(i64::MIN),
        json!(-1),
        json!(1.5),
        json!("7"),
    ]
}

fn replays() -> Vec<Value> {
    let mut values: Vec<Value> = numbers();
    values.extend(numbers().into_iter().map(|n| json!({"connection": n})));
    values.extend([
        json!({"connection": null}),
        json!({"connection": 1, "more": []}),
        json!({"more": 1}),
    ]);
    values
}

fn scopes() -> Vec<Value> {
    let networks = [
        "10.0.0.0/8",
        "10.1.2.3/8",
        "0.0.0.0/0",
        "255.255.255.255/32",
        "1.2.3.4",
        "1.2.3.4/33",
        "1.2.3.4/",
        "1.2.3",
        "1.2.3.256",
        "01.2.3.4",
        "::",
        "::/0",
        "::1/128",
        "::1/129",
        "fe80::1",
        "::ffff:1.2.3.4",
        "localhost",
        "",
        " 1.2.3.4",
        "*",
        "1.2.3.4:80",
    ];
    let ordinals = [
        "1",
        "1-3",
        "1-3,7,10-",
        " 1 - 3 , 7 ",
        "1-",
        "007",
        "0",
        "",
        ",",
        "1,",
        "-3",
        "1-2-3",
        "+1",
        "1.5",
        "a",
        "1–3",
        "18446744073709551615",
    ];
    let mut values = vec![json!({"client": networks}), json!({"client": ["::1", 5]})];
    for one in networks {
        values.push(json!({"client": one}));
        values.push(json!({"client": ["::1", one]}));
    }
    for one in ordinals {
        values.push(json!({"connections": one, "client": []}));
    }
    for other in [
        json!(4),
        json!(0),
        json!(-4),
        json!(1.5),
        json!(null),
        json!([]),
        json!({}),
        json!(true),
        json!(u64::MAX),
    ] {
        values.push(json!({"connections": other}));
        values.push(json!({"client": other}));
        values.push(json!({"clients": other}));
        values.push(other);
    }
    values
}

/// Values of `match.http`, key by key. What a regular expression may be is not in the schema.
fn requests() -> Vec<Value> {
    let long = "a".repeat(1025);
    let tokens = [
        "GET",
        "X-A",
        "!#$%&'*+-.^_`|~",
        "",
        "a b",
        "a:b",
        "ä",
        long.as_str(),
    ];
    let patterns = ["/v1/*", "", "~^/v[12]/", &long[..1024], long.as_str()];
    let numbers = [
        json!(0),
        json!(1),
        json!(u64::MAX),
        json!(-1),
        json!(1.5),
        json!("1"),
    ];
    let statuses = [
        "503",
        "500-599",
        "5xx",
        "2XX",
        " 429 , 500- ",
        "500 - 599",
        "",
        "99",
        "600",
        "101",
        "5x",
        "1xx",
        "500-600",
        "-500",
        "500,",
        "0503",
    ];
    let after = [
        json!({"bytes": 0}),
        json!({"events": u64::MAX}),
        json!({}),
        json!({"bytes": 1, "events": 1}),
        json!({"lines": 1}),
        json!({"bytes": -1}),
        json!({"bytes": "1"}),
    ];
    let other = [
        json!(null),
        json!(5),
        json!(true),
        json!([]),
        json!({}),
        json!(["x"]),
        json!("events"),
        json!("request"),
        json!("connection"),
    ];
    let mut values = Vec::new();
    let mut of = |key: &str, all: Vec<Value>| {
        let all = all.into_iter().chain(other.clone());
        values.extend(all.map(|value| json!({"http": {key: value}})));
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect::<Vec<_>>();
    let lists = tokens.map(|token| json!(["GET", token]));
    of(
        "method",
        [
            texts(&tokens),
            lists.to_vec(),
            vec![json!(vec!["A"; 100]), json!(vec!["A"; 101])],
        ]
        .concat(),
    );
    for key in ["host", "path", "query", "content_type"] {
        of(key, texts(&patterns));
    }
    let headers = tokens
        .iter()
        .flat_map(|name| [json!({*name: "1"}), json!({*name: 5})]);
    let headers =
        headers.chain(patterns.map(|pattern| json!({"a": pattern, "b": true, "c": null})));
    of("headers", headers.collect());
    of(
        "requests",
        vec![json!("1-2,5-"), json!("0"), json!(4), json!("x")],
    );
    of("nth", numbers.to_vec());
    of("per", vec![json!("toxic")]);
    of(
        "status",
        [
            texts(&statuses),
            vec![json!(200), json!(599), json!(199), json!(600)],
        ]
        .concat(),
    );
    of("after", after.to_vec());
    of("split", vec![json!("lines")]);
    of("nothing", Vec::new());
    values.extend(other.map(|value| json!({"http": value})));
    values
}

/// Every key with values to try. Rules that a schema cannot express are not covered: `every` with a
/// shorter duration, a descending range, a session that does not exist.
fn keys() -> Vec<(&'static str, Vec<Value>)> {
    let mut keys = vec![
        ("duration", spans()),
        ("start_after", spans()),
        ("every", spans()),
        ("seed", numbers()),
        ("replay", replays()),
        ("match", [scopes(), requests()].concat()),
        ("session", vec![json!("s"), json!(5)]),
        ("expires_in", vec![json!("never"), json!(5)]),
        ("active", vec![json!("never"), json!(5)]),
    ];
    for (_, values) in &mut keys {
        values.extend([json!(null), json!([]), json!([1]), json!({}), json!(true)]);
    }
    keys
}

struct Judges {
    document: Document,
    server: Server,
}

impl Judges {
    fn start() -> Self {
        let judges = Self {
            document: Document::load(),
            server: Server::start(&[]),
        };
        let session = json!({"name": "s", "ttl": "24h"});
        judges.post(201, "/sessions", &session);
        let proxy = json!({"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
        judges.post(201, "/proxies", &proxy);
        judges
    }

    fn post(&self, status: u16, path: &str, body: &Value) {
        let answer = self.server.api("POST", path, &body.to_string());
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text());
    }

    /// Sends the body, and expects the document and the server to agree. Returns whether it is
    /// valid.
    fn judge(&self, (method, path): (&str, &str), schema: &str, body: &Value) -> bool {
        let answer = self.server.api(method, path, &body.to_string());
        let good = answer.status < 300;
        assert!(
            good || answer.status == 400,
            "{method} {path} {body}: {}",
            answer.status
        );
        let taken = self.document.takes(&self.document.schema(schema), body);
        assert_eq!(taken, good, "{method} {path} {body}: {}", answer.text());
        good
    }

    fn delete(&self, path: &str) {
        assert_eq!(self.server.api("DELETE", path, "").status, 204, "{path}");
    }
}

/// Together with the other keys that it requires.
fn with(mut body: Value, key: &str, value: &Value) -> Value {
    if key == "every" {
        body["duration"] = "1ns".into();
    }
    body[key] = value.clone();
    body
}

#[test]
fn keys_of_toxics_are_judged_alike() {
    let judges = Judges::start();
    for (key, values) in keys() {
        for value in values {
            let base = json!({"type": "noop", "name": "t"});
            let beside = with(base.clone(), key, &value);
            let mut among = base.clone();
            among["attributes"] = with(json!({}), key, &value);
            for body in [beside, among] {
                if judges.judge(("POST", TOXICS), "NewToxic", &body) {
                    judges.delete(&format!("{TOXICS}/t"));
                }
            }
            let beside = with(json!({}), key, &value);
            let among = json!({"attributes": beside});
            for body in [beside, among] {
                judges.post(200, TOXICS, &base);
                let path = format!("{TOXICS}/t");
                judges.judge(("PATCH", &path), "ToxicChange", &body);
                judges.delete(&path);
            }
        }
    }
}

#[test]
fn keys_of_proxies_and_sessions_are_judged_alike() {
    let judges = Judges::start();
    for (key, values) in [("seed", numbers()), ("session", vec![json!("s"), json!(5)])] {
        for value in values
            .into_iter()
            .chain([json!(null), json!([]), json!({}), json!(true)])
        {
            let mut new = json!({"name": "n", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
            new[key] = value.clone();
            if judges.judge(("POST", "/proxies"), "NewProxy", &new) {
                judges.delete("/proxies/n");
            }
            if judges.judge(("POST", "/populate"), "PopulateList", &json!([new])) {
                judges.delete("/proxies/n");
            }
            judges.judge(("PATCH", "/proxies/p"), "ProxyChange", &json!({key: value}));
        }
    }
    let names = [
        "n", "", "a/b", ".", "..", ".a", "...", "..a", "ä \"?", "a.b", "/",
    ]
    .map(Value::from);
    let names = names.into_iter().chain([json!(5), json!([]), json!(true)]);
    let names = names.map(|name| json!({"name": name}));
    let spans = spans()
        .into_iter()
        .chain([json!([]), json!({}), json!(true), json!(null)]);
    for body in names.chain(spans.map(|ttl| json!({"ttl": ttl}))) {
        judges.judge(("POST", "/sessions"), "NewSession", &body);
        if body.get("ttl").is_some() {
            // A session renewed for an instant no longer exists for the next request.
            let session = judges.server.api("POST", "/sessions", "{}").json();
            let path = format!("/sessions/{}/renew", session["name"].as_str().unwrap());
            judges.judge(("POST", &path), "SessionRenewal", &body);
        }
    }
}
