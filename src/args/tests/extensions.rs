//! The toxic options that only aconite has, and `run`.

use std::time::Duration;

use super::client::{both, client, run};
use crate::args::client::{Action, Http, NewToxic, OnSession, Run, ToxicOptions};
use crate::args::{Command, toxic_word};

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn toxics_take_times_seeds_and_scopes() {
    let all = "--for 30s --start-after 500ms --every 1m30s --seed 7 --replay 17 \
               --match-client 10.0.0.0/8 --match-client=::1 --match-connections 1-3,7";
    let expected = ToxicOptions {
        duration: Some(Duration::from_secs(30)),
        start_after: Some(Duration::from_millis(500)),
        every: Some(Duration::from_secs(90)),
        session: None,
        seed: Some(7),
        replay: Some(17),
        clients: Some(vec!["10.0.0.0/8".into(), "::1".into()]),
        connections: Some(vec!["1-3".into(), "7".into()]),
        requests: None,
    };
    let added = |line: &str| match both(&words(line)) {
        Action::AddToxic { toxic, .. } => toxic.options,
        other => panic!("{other:?}"),
    };
    assert_eq!(added(&format!("toxic add a -t noop {all}")), expected);
    let with_session = ToxicOptions {
        session: Some("s".into()),
        ..expected.clone()
    };
    let line = format!("toxic add a -t noop --session s {all}");
    assert_eq!(added(&line), with_session);
    match both(&words(&format!("toxic update a -n x --tox 1 {all}"))) {
        Action::UpdateToxic { change, .. } => assert_eq!(change.options, expected),
        other => panic!("{other:?}"),
    }
    let created = "create a -l :1 -u :2 --session s --seed 7 --toxic noop:duration=30s,start_after=500ms,every=90s,seed=7,\
                   replay=17,match_client=10.0.0.0/8,match_client=::1,match_connections=1-3,match_connections=7";
    match both(&words(created)) {
        Action::Create(proxy) => {
            assert_eq!(proxy.toxics[0].options, expected);
            assert_eq!((proxy.session.as_deref(), proxy.seed), (Some("s"), Some(7)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_scope_can_be_taken_away() {
    let line = [
        "toxic",
        "update",
        "a",
        "-n",
        "x",
        "--tox=1",
        "--match-client=",
    ];
    match both(&line) {
        Action::UpdateToxic { change, .. } => assert_eq!(change.options.clients, Some(vec![])),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_that_make_no_sense_are_refused_under_either_name() {
    for flag in [
        "--for=30",
        "--every=x",
        "--start-after=",
        "--seed=-1",
        "--replay=0",
    ] {
        for name in ["aconite", "toxiproxy-cli"] {
            let refused = run(&[name, "toxic", "add", "a", "-t", "noop", flag]);
            assert_eq!(refused.unwrap_err().code(), 1, "{name} {flag}");
        }
    }
    // An update cannot change the session of a toxic.
    assert!(
        run(&[
            "aconite",
            "toxic",
            "update",
            "a",
            "-n",
            "x",
            "--session",
            "s"
        ])
        .is_err()
    );
}

fn ran(line: &[&str]) -> Run {
    match client(&[&["aconite", "run"], line].concat()).action {
        Action::Run(run) => run,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn run_takes_toxics_and_a_command() {
    let run = ran(&[
        "--toxic",
        "pg:latency:latency=500",
        "--toxic=a\\:b:noop@upstream:duration=5s",
        "-for",
        "30s",
        "--expect-hit",
        "--report",
        "out.json",
        "--",
        "npm",
        "-for",
        "--json",
        "--",
        "-h",
    ]);
    let toxic = |text: &str| -> NewToxic { toxic_word::toxic(text).unwrap() };
    let toxics = [
        ("pg".to_owned(), toxic("latency:latency=500,duration=30s")),
        ("a:b".to_owned(), toxic("noop@upstream:duration=5s")),
    ];
    assert_eq!(run.toxics, toxics);
    assert!(run.expect_hit);
    assert_eq!(run.report, Some("out.json".into()));
    // The command's arguments are passed on unchanged, even if they look like aconite's own flags.
    assert_eq!(run.command, ["npm", "-for", "--json", "--", "-h"]);
    let plain = ran(&["--toxic", "pg:noop", "--", "true"]);
    assert!(!plain.expect_hit && plain.report.is_none());
    assert_eq!(plain.toxics[0].1, toxic("noop"));
}

#[test]
fn a_run_that_cannot_be_followed_has_a_code_of_its_own() {
    for line in [
        ["--toxic", "pg:noop", "true"].as_slice(),
        &["--toxic", "pg:noop", "--"],
        &["--toxic", "pg", "--", "true"],
        &["--for", "1s", "--", "true"],
        &["--toxic", "pg:noop", "--for", "soon", "--", "true"],
        &["--toxic", "pg:noop", "--nonsense", "--", "true"],
    ] {
        let refused = run(&[&["aconite", "run"], line].concat());
        assert_eq!(refused.unwrap_err().code(), 125, "{line:?}");
    }
    assert_eq!(run(&["aconite", "create", "run"]).unwrap_err().code(), 1);
    assert!(matches!(
        run(&["aconite", "run", "--help"]),
        Ok(Command::Output(_))
    ));
}

fn action(line: &str) -> Action {
    client(&[&["aconite"], &words(line)[..]].concat()).action
}

#[test]
fn connections_are_listed_and_ended() {
    let listed = |after, limit| Action::Connections {
        proxy: "a".into(),
        after,
        limit,
    };
    let ended = |reset| Action::Kill {
        proxy: "a".into(),
        connection: 17,
        reset,
    };
    let stats = |toxic: Option<&str>| Action::Stats {
        proxy: "a".into(),
        toxic: toxic.map(str::to_owned),
    };
    for (line, expected) in [
        ("connections a", listed(0, None)),
        ("conns a --after 5 --limit 2", listed(5, Some(2))),
        ("kill a 17", ended(false)),
        ("kill a 17 -rst", ended(true)),
        ("stats a", stats(None)),
        ("stats a x", stats(Some("x"))),
    ] {
        assert_eq!(action(line), expected, "{line}");
    }
}

#[test]
fn sessions_are_started_renewed_and_ended() {
    let ttl = Some(Duration::from_secs(60));
    let name = || "s".to_owned();
    let start = |name: Option<String>, ttl| OnSession::Start { name, ttl };
    for (line, expected) in [
        ("session list", OnSession::List),
        ("session start", start(None, None)),
        ("session start s --ttl 1m", start(Some(name()), ttl)),
        (
            "session renew s --ttl=60s",
            OnSession::Renew { name: name(), ttl },
        ),
        ("session end s", OnSession::End { name: name() }),
        ("reset --session s", OnSession::Reset { name: name() }),
    ] {
        assert_eq!(action(line), Action::Session(expected), "{line}");
    }
}

#[test]
fn what_lacks_something_is_refused() {
    for line in [
        "kill a",
        "kill a 0",
        "kill a x",
        "stats",
        "connections",
        "session start --ttl 60",
        "session end",
    ] {
        let refused = run(&[&["aconite"], &words(line)[..]].concat());
        assert_eq!(refused.unwrap_err().code(), 1, "{line}");
    }
}

#[test]
fn create_and_update_take_http() {
    let create = |flags: &[&str]| {
        let line = ["aconite", "create", "a", "-l", ":1", "-u", ":2"];
        match client(&[&line, flags].concat()).action {
            Action::Create(new) => new.http,
            other => panic!("{other:?}"),
        }
    };
    let update =
        |flags: &[&str]| match client(&[&["aconite", "update", "a"], flags].concat()).action {
            Action::UpdateProxy { change, .. } => change.http,
            other => panic!("{other:?}"),
        };
    let on = |host: Option<&str>| {
        let host = host.map(str::to_owned);
        Some(Http::On { host })
    };
    assert_eq!((create(&[]), update(&["--seed", "1"])), (None, None));
    for flags in [
        &["--http"][..],
        &["--http-host", "b:1"],
        &["--http", "--http-host=b:1"],
    ] {
        let expected = on((flags != ["--http"]).then_some("b:1"));
        assert_eq!((create(flags), update(flags)), (expected.clone(), expected));
    }
    assert_eq!(update(&["--no-http"]), Some(Http::Off));
    for bad in ["--http", "--http-host=b"] {
        assert!(run(&["aconite", "update", "a", "--no-http", bad]).is_err());
    }
}
