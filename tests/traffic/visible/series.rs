//! Prometheus series of toxics: their number is bounded, and they exist only while there is something
//! to report.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::metrics::{Series, parse};
use support::rig::{PATIENCE, Peer, Rig, TOXICS, call, create};
use support::{Kind, Server};

fn series(server: &Server) -> Vec<Series> {
    let answer = call(server, "GET", "/metrics", &Value::Null);
    assert_eq!(answer.status, 200);
    let all = parse(&answer.text()).into_iter();
    all.filter(|one| one.name.starts_with("aconite_toxic"))
        .collect()
}

/// So many toxics that look at bytes and let them pass.
fn many(count: usize) -> Value {
    let toxic = |number| json!({"name": format!("t{number}"), "type": "limit_data", "stream": "upstream", "attributes": {"bytes": 1_000_000}});
    (0..count).map(toxic).collect()
}

fn left_out(series: &[Series]) -> Option<f64> {
    let found = series
        .iter()
        .find(|one| one.name == "aconite_toxics_left_out");
    found.map(|one| one.value)
}

#[test]
fn a_thousand_toxics_have_series_and_the_rest_are_counted() {
    let rig = Rig::with_args(Kind::Echo, &["-proxy-metrics"]);
    let shown = call(&rig.server, "GET", "/proxies/p", &Value::Null).json();
    let other = create(&rig.server, "q", &rig.upstream.addr());
    let entry = |name: &str, listen: &str, count| json!({"name": name, "listen": listen, "upstream": rig.upstream.addr(), "toxics": many(count)});
    let list = json!([
        entry("p", shown["listen"].as_str().unwrap(), 1000),
        entry("q", &other, 20)
    ]);
    let answer = call(&rig.server, "POST", "/populate", &list);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(series(&rig.server).is_empty(), "nothing was touched yet");
    assert!(rig.connect().echoes());
    let of_one = series(&rig.server);
    assert_eq!(left_out(&of_one), Some(0.0));
    assert!(Peer::to(&other).echoes());
    let of_both = series(&rig.server);
    assert_eq!(left_out(&of_both), Some(20.0));
    for name in ["connections", "bytes", "delayed", "closed", "reset"] {
        let name = format!("aconite_toxic_{name}_total");
        let count = |all: &[Series]| all.iter().filter(|one| one.name == name).count();
        assert_eq!((count(&of_one), count(&of_both)), (1000, 1000), "{name}");
    }
}

#[test]
fn series_appear_with_the_first_touch_and_end_with_the_toxic() {
    let rig = Rig::with_args(Kind::Echo, &["-proxy-metrics"]);
    rig.add(&json!({"name": "slow", "type": "latency", "attributes": {"latency": 2}}));
    assert!(series(&rig.server).is_empty());
    let client = rig.connect();
    assert!(client.echoes());
    let touched = series(&rig.server);
    let value = |name: &str, quantile: Option<&str>| {
        let mut named = touched.iter().filter(|one| one.name == name);
        let found = named.find(|one| one.labels.get("quantile").map(String::as_str) == quantile);
        found.unwrap_or_else(|| panic!("{name} {quantile:?}")).value
    };
    assert_eq!(value("aconite_toxic_delayed_total", None), 1.0);
    assert!([0.0, 1.0].contains(&value("aconite_toxic_accurate", None)));
    let [half, most, all] = ["0.5", "0.99", "1"]
        .map(|quantile| value("aconite_toxic_lateness_seconds", Some(quantile)));
    assert!(
        0.0 <= half && half <= most && most <= all && all < 10.0,
        "{half} {most} {all}"
    );
    rig.toxic("DELETE", "slow", &Value::Null);
    assert!(series(&rig.server).is_empty());
    // A new one of its name begins with nothing.
    rig.add(&json!({"name": "slow", "type": "latency", "attributes": {"latency": 2}}));
    assert!(series(&rig.server).is_empty());
    // Nor does it count a connection that was there before it and merely ends.
    drop(client);
    let get = |path: &str| call(&rig.server, "GET", path, &Value::Null).json();
    let deadline = Instant::now() + PATIENCE;
    while get("/proxies/p/connections")["connections"] != json!([]) {
        assert!(Instant::now() < deadline, "the connection stays");
        std::thread::sleep(Duration::from_millis(10));
    }
    let stats = get(&format!("{TOXICS}/slow/stats"));
    assert_eq!(stats["hits"]["connections"], 0);
    assert_eq!(stats["accuracy"], "unknown");
    assert_eq!(
        call(
            &rig.server,
            "GET",
            &format!("{TOXICS}/other/stats"),
            &Value::Null
        )
        .status,
        404
    );
}

/// What `promtool check metrics` minds, without it.
fn lint(text: &str) {
    let mut kinds = std::collections::BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        assert!(kinds.insert(name, kind).is_none(), "{name} is there twice");
        let help = format!("# HELP {name} ");
        assert!(text.contains(&help), "{name} has no help");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
    }
    for one in parse(text) {
        let mut parts = ["_sum", "_count", "_bucket"].iter();
        let family = parts.find_map(|part| one.name.strip_suffix(part));
        let kind = kinds.get(one.name.as_str()).or_else(|| kinds.get(family?));
        let kind = kind.unwrap_or_else(|| panic!("{} has no type", one.name));
        let quantile = one.labels.contains_key("quantile");
        assert!(!quantile || *kind == "summary", "{} is a {kind}", one.name);
    }
    for (name, _) in kinds.iter().filter(|(_, kind)| **kind == "summary") {
        for part in ["_sum", "_count"] {
            assert!(text.contains(&format!("\n{name}{part}{{")), "{name}{part}");
        }
    }
}

/// The same by the tool itself, where it is installed.
fn promtool(text: &str) {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]);
    tool.stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut child) = tool.spawn() else {
        eprintln!("skipped: there is no promtool");
        return;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && told.is_empty(), "{told}");
}

#[test]
fn metrics_follow_the_rules_of_prometheus() {
    let rig = Rig::with_args(Kind::Echo, &["-proxy-metrics", "-runtime-metrics"]);
    rig.add(&json!({"name": "slow", "type": "latency", "attributes": {"latency": 2}}));
    let client = rig.connect();
    assert!(client.echoes());
    let nowhere = create(&rig.server, "nowhere", "127.0.0.1:1");
    assert!(!Peer::to(&nowhere).echoes());
    let text = || call(&rig.server, "GET", "/metrics", &Value::Null).text();
    let value = |name: &str, proxy: &str, reason: Option<&str>| {
        let all = parse(&text()).into_iter();
        let label = |one: &Series, name: &str| one.labels.get(name).cloned();
        let mut named = all.filter(|one| {
            one.name == name
                && label(one, "proxy").as_deref() == Some(proxy)
                && label(one, "reason").as_deref() == reason
        });
        named.next().map(|one| one.value)
    };
    let until = |name: &str, proxy: &str, reason: Option<&str>, expected: f64| {
        let deadline = Instant::now() + PATIENCE;
        while value(name, proxy, reason) != Some(expected) {
            assert!(
                Instant::now() < deadline,
                "{name} {proxy} {reason:?}: {}",
                text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let ended = "aconite_proxy_connections_ended_total";
    until("aconite_proxy_connections_open", "p", None, 1.0);
    until("aconite_proxy_connections_total", "p", None, 1.0);
    until("aconite_proxy_dial_failures_total", "p", None, 0.0);
    until("aconite_proxy_dial_failures_total", "nowhere", None, 1.0);
    until(ended, "nowhere", Some("upstream_unreachable"), 1.0);
    drop(client);
    until(ended, "p", Some("client_closed"), 1.0);
    until("aconite_proxy_connections_open", "p", None, 0.0);
    let text = text();
    let build = format!(
        "aconite_build_info{{version=\"{}\"}} 1",
        env!("CARGO_PKG_VERSION")
    );
    assert!(text.contains(&build), "{text}");
    assert!(
        text.contains("\naconite_toxic_lateness_seconds_count{"),
        "{text}"
    );
    lint(&text);
    promtool(&text);
}
