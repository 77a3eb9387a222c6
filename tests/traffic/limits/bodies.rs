//! What a large body costs: time in proportion to its size, and an answer that is not much larger.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::refusal::taken;
use support::rig::TOXICS;
use support::{Request, Response, Server};

const PATIENCE: Duration = Duration::from_secs(60);
/// How much larger the larger of two bodies is.
const TIMES: usize = 8;
/// How much longer it may take beyond that, on a machine where other tests run. A quadratic cost is
/// beyond it by `TIMES` again.
const SLACK: u32 = 4;
/// What is not measured: two requests may differ by that for no reason.
const NOISE: Duration = Duration::from_millis(200);
/// How much larger than its request an answer may be: a proxy is listed twice at most, and its
/// defaults are spelled out.
const AMPLIFIED: usize = 30;

fn post(server: &Server, path: &str, body: &[u8]) -> (Response, Duration) {
    let request = Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        body: body.to_vec(),
        ..Request::default()
    };
    let start = Instant::now();
    let answer = server.request(&request, PATIENCE);
    let answer = answer.unwrap_or_else(|error| panic!("POST {path}: {error}"));
    (answer, start.elapsed())
}

fn strings(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:07}")).collect()
}

fn members(count: usize, value: &Value) -> Map<String, Value> {
    let names = strings(count).into_iter();
    names.map(|name| (name, value.clone())).collect()
}

fn proxy(name: &str) -> Value {
    json!({"name": name, "listen": "127.0.0.1:0", "upstream": "u:1", "enabled": false})
}

fn toxics(count: usize) -> Value {
    let toxic = |name| json!({"type": "noop", "name": name});
    strings(count).into_iter().map(toxic).collect()
}

/// A path, and a body of a size; a request of either size may be taken or refused.
type Case = (&'static str, &'static str, fn(usize) -> Value);

const CASES: [Case; 13] = [
    ("distinct proxies", "/populate", |size| {
        strings(size).iter().map(|name| proxy(name)).collect()
    }),
    ("one proxy over and over", "/populate", |size| {
        vec![proxy("a"); size].into()
    }),
    ("what is there, over and over", "/populate", |size| {
        let mut same = proxy("many");
        same["listen"] = "127.0.0.1:1".into();
        vec![same; size].into()
    }),
    ("empty entries", "/populate", |size| {
        vec![json!({}); 4 * size].into()
    }),
    ("numbers", "/populate", |size| {
        vec![json!(0); 10 * size].into()
    }),
    ("unknown services", "/populate", |size| {
        let mut odd = proxy("a");
        odd["listen"] = "127.0.0.1:nosuchservice".into();
        let named = |name: String| {
            odd["name"] = name.into();
            odd.clone()
        };
        strings(size).into_iter().map(named).collect()
    }),
    ("toxics of many proxies", "/populate", |size| {
        let mut one = proxy("a");
        one["toxics"] = toxics(8);
        let named = |name: String| {
            one["name"] = name.into();
            one.clone()
        };
        strings(size / 8).into_iter().map(named).collect()
    }),
    ("toxics of one proxy", "/proxies", |size| {
        let mut new = proxy("toxics");
        new["toxics"] = toxics(size / 8);
        new
    }),
    ("unknown members", "/proxies", |size| {
        let mut new = members(size, &json!(0));
        new.extend(proxy("members").as_object().expect("an object").clone());
        new.into()
    }),
    (
        "attributes",
        TOXICS,
        |size| json!({"type": "latency", "name": "a", "attributes": members(size, &json!(0))}),
    ),
    (
        "networks",
        TOXICS,
        |size| json!({"type": "noop", "name": "n", "match": {"client": vec!["10.0.0.0/8"; size]}}),
    ),
    (
        "ranges",
        TOXICS,
        |size| json!({"type": "noop", "name": "r", "match": {"connections": vec!["1-2"; size].join(",")}}),
    ),
    ("unknown members of a session", "/sessions", |size| {
        members(size, &json!("0123456789")).into()
    }),
];

/// Bodies that a limit refuses at once are answered at once; the others in time linear in their size.
#[test]
fn no_body_costs_more_than_in_proportion_to_its_size() {
    let mut told = Vec::new();
    for (what, path, body) in CASES {
        let measured = [1, TIMES].map(|times| {
            let server = Server::start(&["--max-proxies", "100000"]);
            let mut here = proxy("p");
            here["enabled"] = true.into();
            taken(&server, "/proxies", &here);
            let mut many = proxy("many");
            many["listen"] = "127.0.0.1:1".into();
            many["toxics"] = toxics(1000);
            taken(&server, "/proxies", &many);
            let body = body(1000 * times).to_string().into_bytes();
            let (answer, took) = post(&server, path, &body);
            assert!(
                answer.status < 500 || what == "unknown services",
                "{what}: {}",
                answer.status
            );
            let (size, most) = (answer.body.len(), AMPLIFIED * body.len());
            assert!(
                size <= most.max(200_000),
                "{what}: {} bytes are answered with {size}",
                body.len()
            );
            took
        });
        told.push((what, measured));
    }
    for (what, [small, large]) in &told {
        let most = *small * TIMES as u32 * SLACK + NOISE;
        assert!(
            large <= &most,
            "{what}: {small:?}, and {TIMES} times as much {large:?}; {told:?}"
        );
    }
}

#[test]
fn text_that_stands_for_much_memory_is_refused() {
    let server = Server::start(&[]);
    let body = |piece: &str, count: usize| format!("[{}]", vec![piece; count].join(","));
    for text in [body("{}", 3_000_000), body("0", 6_000_000)] {
        let (answer, _) = post(&server, "/populate", text.as_bytes());
        assert_eq!(answer.status, 400);
        assert!(
            answer.text().contains("more than 100000 entries"),
            "{}",
            answer.text()
        );
    }
    let toxics = vec!["{}"; 90_000].join(",");
    let lists = body(&format!("{{\"toxics\":[{toxics}]}}"), 30);
    let (answer, _) = post(&server, "/populate", lists.as_bytes());
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("more than 100000 toxics"),
        "{}",
        answer.text()
    );
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    assert!(peak.is_some_and(|kib: usize| kib < 250_000), "{peak:?} KiB");
}
