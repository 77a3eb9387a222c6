//! `aconite events`: past and live events, for people and for programs.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::cli::run::Client;
use crate::cli::runner::Rig;

fn kept(client: &Client, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let seen = client.piped(&words);
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{seen:?}");
    seen.output
}

#[test]
fn kept_events_are_printed_and_can_be_filtered() {
    let rig = Rig::new();
    let all = kept(&rig.client, "events --no-follow");
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines.len(), 2, "{all}");
    assert!(
        lines[0].contains("  proxy.created      web  127.0.0.1:"),
        "{all}"
    );
    assert_eq!(kept(&rig.client, "events other --no-follow"), "");
    assert_eq!(
        kept(&rig.client, "events --no-follow --about toxic,session"),
        ""
    );
    let json = kept(&rig.client, "events --no-follow --json");
    let events: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events[1]["event"], "proxy.enabled");
    let first = events[0]["id"].as_str().unwrap();
    let behind = kept(&rig.client, &format!("events --no-follow --after {first}"));
    assert_eq!(behind.lines().count(), 1, "{behind}");
}

#[test]
fn events_are_printed_as_they_happen() {
    let rig = Rig::new();
    let mut command = rig
        .client
        .command(&["events", "--about", "toxic", "--json", "--after", "0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut silent = rig.client.command(&["events", "web"]).spawn().unwrap();
    let mut told = String::new();
    let mut errors = BufReader::new(silent.stderr.take().unwrap());
    errors.read_line(&mut told).unwrap();
    assert!(
        told.starts_with("following the events of proxy web at http://"),
        "{told}"
    );
    silent.kill().unwrap();
    silent.wait().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let toxic = r#"{"type": "noop", "name": "slow"}"#;
    rig.server.api("POST", "/proxies/web/toxics", toxic);
    let added: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        (&added["event"], &added["toxic"]),
        (&"toxic.added".into(), &"slow".into())
    );
    rig.server.api("DELETE", "/proxies/web/toxics/slow", "");
    let removed = lines.next().unwrap().unwrap();
    assert!(removed.contains("toxic.removed"), "{removed}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn events_of_unknown_proxy_topic_or_server_fail() {
    let rig = Rig::new();
    let seen = rig.client.piped(&["events", "--about", "weather"]);
    assert_eq!(seen.code, 1);
    assert!(
        seen.errors.contains("Failed to follow the events: ") && seen.errors.contains("weather"),
        "{seen:?}"
    );
    let seen = rig.client.piped(&["events", "wob"]);
    assert_eq!((seen.code, seen.output.as_str()), (1, ""), "{seen:?}");
    let told = "Failed to follow the events: HTTP 404: proxy not found\nno proxy is named";
    assert!(seen.errors.starts_with(told), "{seen:?}");
    let nobody = Client::new("aconite", support::free_port());
    let seen = nobody.piped(&["events"]);
    assert_eq!(seen.code, 1);
    assert!(seen.errors.contains("no answer from"), "{seen:?}");
}

#[test]
fn event_longer_than_the_terminal_breaks_between_words() {
    let rig = Rig::new();
    let toxic =
        r#"{"type": "latency", "name": "slow", "attributes": {"latency": 1000, "jitter": 10}}"#;
    rig.server.api("POST", "/proxies/web/toxics", toxic);
    let piped = kept(&rig.client, "events --no-follow");
    let shown = rig.client.run(&["events", "--no-follow"], &[], true).output;
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() > piped.lines().count(), "{shown}");
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    assert!(
        shown.split_whitespace().eq(piped.split_whitespace()),
        "{shown}"
    );
}
