//! Observing a server: connections, what toxics did, when they act; and sessions.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::run::{Client, Seen};
use crate::cli::runner::Rig;

/// The output of a command that must succeed, with nothing on standard error.
fn output(seen: Seen) -> String {
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{seen:?}");
    seen.output
}

fn said(client: &Client, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    output(client.piped(&words))
}

fn shown(client: &Client, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    output(client.run(&words, &[("NO_COLOR", "1")], true))
}

fn json_of(client: &Client, line: &str) -> Value {
    serde_json::from_str(&said(client, &format!("{line} --json"))).unwrap()
}

fn fault(client: &Client, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let seen = client.piped(&words);
    assert_eq!((seen.code, seen.output.as_str()), (1, ""), "{seen:?}");
    seen.errors
}

/// The same without the heading.
fn rows(client: &Client, line: &str) -> String {
    let text = said(client, line);
    let (_, rows) = text.split_once('\n').expect("a heading");
    rows.to_owned()
}

fn cells(line: &str) -> Vec<&str> {
    line.split('\t').collect()
}

/// The list of connections once it is as expected, or as it still is after a while: a byte is
/// counted after its receiver has it.
fn settled(client: &Client, within_tolerance: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let list = rows(client, "connections web");
        if within_tolerance(&list) || Instant::now() > deadline {
            return list;
        }
    }
}

#[test]
fn connections_are_listed_and_kill_ends_one() {
    let rig = Rig::new();
    let client = &rig.client;
    assert_eq!(
        shown(client, "connections web"),
        "There are no connections.\n"
    );
    assert_eq!(rows(client, "connections web"), "");
    rig.server.api(
        "POST",
        "/proxies/web/toxics",
        r#"{"type": "latency", "name": "slow", "attributes": {"latency": 1}}"#,
    );
    rig.server.api(
        "POST",
        "/proxies/web/toxics",
        r#"{"type": "noop", "name": "never", "toxicity": 0}"#,
    );
    let mut first = rig.touch(b"12345");
    let _second = rig.touch(b"1");
    let list = settled(client, |list| {
        list.lines().all(|line| cells(line)[5] == cells(line)[6])
    });
    let line = cells(list.lines().next().unwrap());
    let local = first.local_addr().unwrap().to_string();
    assert_eq!(
        (line[0], line[1], line[3]),
        ("1", local.as_str(), "open"),
        "{list}"
    );
    assert_eq!((line[5], line[6], line[7]), ("5", "5", "slow"), "{list}");
    assert_eq!(list.lines().count(), 2);
    let table = shown(client, "conns web --limit 1");
    assert!(table.starts_with("ID  CLIENT"), "{table}");
    assert!(table.contains("These are 1 of 2;"), "{table}");
    let rest = json_of(client, "connections web --after 1");
    assert_eq!(rest["connections"][0]["id"], json!(2));

    assert_eq!(
        said(client, "kill web 1"),
        "Ended connection 1 of proxy web\n"
    );
    first
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    assert_eq!(first.read(&mut [0]).unwrap(), 0);
    assert_eq!(
        json_of(client, "kill web 2 --rst"),
        json!({"proxy": "web", "connection": 2, "how": "rst"})
    );
    for (line, words) in [
        (
            "kill web 99",
            "Failed to end connection 99 of proxy web: HTTP 404: connection not found",
        ),
        ("kill web 0", "from 1 on"),
        ("connections none", "HTTP 404: proxy not found"),
        ("connections web --limit 0", "limit is \"0\""),
    ] {
        assert!(fault(client, line).contains(words), "{line}");
    }
}

#[test]
fn stats_show_asked_and_achieved_delays() {
    let rig = Rig::new();
    let client = &rig.client;
    assert_eq!(shown(client, "stats web"), "It has no toxics.\n");
    said(client, "toxic add web -t latency -n slow -a latency=20");
    said(client, "toxic add web -t noop -n none");
    let _stream = rig.touch(b"12345");
    let line = rows(client, "stats web slow");
    let line = cells(line.trim_end());
    assert_eq!(
        line[..8],
        ["slow", "latency", "downstream", "1", "5", "1", "0", "0"]
    );
    assert!(
        line[8].starts_with("20.0/") && line[8].ends_with(" ms"),
        "{line:?}"
    );
    let achieved: f64 = line[9].split('/').next().unwrap().parse().unwrap();
    assert!(achieved >= 20.0, "{line:?}");
    assert_eq!(rows(client, "stats web").lines().count(), 2);
    assert!(shown(client, "stats web").starts_with("TOXIC  TYPE"));
    let all = json_of(client, "stats web");
    let one = json_of(client, "stats web slow");
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .any(|stats| stats["name"] == one["name"])
    );
    assert_eq!(one["hits"]["bytes"], json!(5));
    assert!(fault(client, "stats web nope").contains("toxic not found"));
    assert!(fault(client, "stats nope").contains("proxy not found"));
}

#[test]
fn inspect_shows_when_a_toxic_acts() {
    let rig = Rig::new();
    let client = &rig.client;
    said(client, "toxic add web -t noop -n plain");
    let plain = shown(client, "inspect web");
    assert!(
        !plain.contains("WHEN") && !plain.contains("SETTINGS"),
        "{plain}"
    );
    said(
        client,
        "toxic add web -t noop -n once --for 1h --seed 7 --match-connections 1-3,7",
    );
    said(
        client,
        "toxic add web -t noop -n late --start-after 1h --replay 17 --match-client ::1",
    );
    said(client, "toxic add web -t noop -n again --for 1m --every 1h");
    let table = shown(client, "inspect web");
    // What does not fit into 80 columns follows below the row.
    for row in [
        "plain  noop  downstream  1         -\nonce",
        "\n    when: acting, gone in ",
        "\n    settings: seed=7 connections=1-3,7\nlate",
        "\n    when: waiting, start after 1h0m0s  settings: replay=17 client=::1/128\n",
        "again  noop  downstream  1         -\n    when: acting, 1m0s every 1h0m0s\n",
    ] {
        assert!(table.contains(row), "{row}: {table}");
    }
    // The output for scripts written for Toxiproxy's client is unchanged.
    let theirs = Client::new("toxiproxy-cli", rig.server.port());
    let piped = said(&theirs, "inspect web");
    assert!(
        !piped.contains("gone in") && !piped.contains("seed"),
        "{piped}"
    );
}

#[test]
fn toxic_update_changes_times_and_match() {
    let rig = Rig::new();
    let client = &rig.client;
    said(
        client,
        "toxic add web -t noop -n x --for 1h --match-client ::1",
    );
    said(
        client,
        "toxic update web -n x --for 0s --match-client= --seed 9",
    );
    let toxic = &rig.toxics()[0];
    assert_eq!(toxic["seed"], json!(9));
    for gone in ["duration", "expires_in", "match"] {
        assert_eq!(toxic.get(gone), None, "{toxic}");
    }
    let refused = fault(client, "toxic add web -t latency -a duration=5");
    assert!(refused.contains("option of the toxic"), "{refused}");
}

#[test]
fn session_end_removes_its_toxics() {
    let rig = Rig::new();
    let client = &rig.client;
    assert_eq!(shown(client, "session list"), "There are no sessions.\n");
    let name = said(client, "session start --ttl 1m");
    let name = name.trim_end();
    let told = shown(client, "session start mine --ttl 1h");
    assert_eq!(
        told,
        "Started session mine; it ends after 1h0m0s unless it is renewed\n"
    );
    said(
        client,
        &format!("toxic add web -t noop -n a --session {name}"),
    );
    said(client, "toxic add web -t noop -n b --session mine");
    let listed = rows(client, "session list");
    let names: Vec<&str> = listed.lines().map(|line| cells(line)[0]).collect();
    assert_eq!(names, ["mine", name]);
    assert_eq!(
        json_of(client, "session renew mine --ttl 2h")["ttl"],
        "2h0m0s"
    );
    assert_eq!(
        said(client, "reset --session mine"),
        "Reset: everything that was made in session mine is undone\n"
    );
    assert_eq!(rig.toxics().len(), 1);
    let create = "create its -l 127.0.0.1:0 -u 127.0.0.1:9 --session mine --seed 7";
    let proxy = json_of(client, create);
    assert_eq!(
        (&proxy["session"], &proxy["seed"]),
        (&json!("mine"), &json!(7))
    );
    assert_eq!(
        said(client, &format!("session end {name}")),
        format!("Ended session {name}\n")
    );
    assert_eq!(said(client, "session end mine"), "Ended session mine\n");
    rig.assert_clean("the sessions");
    assert!(fault(client, "inspect its").contains("proxy not found"));
    for line in [
        "session end mine",
        "session renew mine",
        "reset --session mine",
    ] {
        assert!(fault(client, line).contains("session not found"), "{line}");
    }
    assert!(fault(client, "toxic add web -t noop --session none").contains("there is none"));
}

#[test]
fn toggle_with_session_disables_until_the_session_ends() {
    let rig = Rig::new();
    let client = &rig.client;
    let is_enabled = || json_of(client, "inspect web")["enabled"] == true;
    assert!(fault(client, "toggle web --session mine").contains("there is none"));
    said(client, "session start mine --ttl 1h");
    assert_eq!(
        said(client, "toggle web --session mine"),
        "Proxy web is now disabled until session mine ends\n"
    );
    assert!(!is_enabled());
    let refused = fault(client, "toggle web --session mine");
    assert!(refused.contains("is disabled already"), "{refused}");
    assert!(!is_enabled());
    said(client, "session end mine");
    assert!(is_enabled());
    assert_eq!(said(client, "toggle web"), "Proxy web is now disabled\n");
}

#[test]
fn toxiproxy_cli_takes_options_among_attributes() {
    let rig = Rig::new();
    let client = Client::new("toxiproxy-cli", rig.server.port());
    said(&client, "toxic add web -t noop -n x -a duration=1h,seed=7");
    said(&client, "toxic add web -t noop -n y --for 1h --seed 7");
    let toxics = rig.toxics();
    for part in ["duration", "seed"] {
        assert_eq!(toxics[0][part], toxics[1][part], "{toxics:?}");
        assert!(!toxics[0][part].is_null(), "{toxics:?}");
    }
}
