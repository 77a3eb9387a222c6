//! What only aconite has of a toxic, and `run`.

use std::time::Duration;

use super::client::{Action, Extras, NewToxic, OnSession, Run};
use super::client_tests::{both, client, run};
use super::*;

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn toxics_take_times_seeds_and_scopes() {
    let all = "--for 30s --start-after 500ms --every 1m30s --seed 7 --replay 17 \
               --match-client 10.0.0.0/8 --match-client=::1 --match-connections 1-3,7";
    let expected = Extras {
        duration: Some(Duration::from_secs(30)),
        start_after: Some(Duration::from_millis(500)),
        every: Some(Duration::from_secs(90)),
        session: None,
        seed: Some(7),
        replay: Some(17),
        clients: Some(vec!["10.0.0.0/8".into(), "::1".into()]),
        connections: Some(vec!["1-3".into(), "7".into()]),
    };
    let added = |line: &str| match both(&words(line)) {
        Action::AddToxic { toxic, .. } => toxic.extras,
        other => panic!("{other:?}"),
    };
    assert_eq!(added(&format!("toxic add a -t noop {all}")), expected);
    let with_session = Extras {
        session: Some("s".into()),
        ..expected.clone()
    };
    let line = format!("toxic add a -t noop --session s {all}");
    assert_eq!(added(&line), with_session);
    match both(&words(&format!("toxic update a -n x --tox 1 {all}"))) {
        Action::UpdateToxic { change, .. } => assert_eq!(change.extras, expected),
        other => panic!("{other:?}"),
    }
    let created = "create a -l :1 -u :2 --session s --seed 7 --toxic noop:duration=30s,start_after=500ms,every=90s,seed=7,\
                   replay=17,match_client=10.0.0.0/8,match_client=::1,match_connections=1-3,match_connections=7";
    match both(&words(created)) {
        Action::Create(proxy) => {
            assert_eq!(proxy.toxics[0].extras, expected);
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
        Action::UpdateToxic { change, .. } => assert_eq!(change.extras.clients, Some(vec![])),
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
    // A toxic keeps the session that it was made in.
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
    let toxic = |text: &str| -> NewToxic { short::toxic(text).unwrap() };
    let toxics = [
        ("pg".to_owned(), toxic("latency:latency=500,duration=30s")),
        ("a:b".to_owned(), toxic("noop@upstream:duration=5s")),
    ];
    assert_eq!(run.toxics, toxics);
    assert!(run.expect_hit);
    assert_eq!(run.report, Some("out.json".into()));
    // As they were written, whatever they mean to us.
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

#[test]
fn connections_stats_and_sessions() {
    let action = |line: &str| client(&[&["aconite"], &words(line)[..]].concat()).action;
    let minute = Some(Duration::from_secs(60));
    let (proxy, name) = (|| "a".to_owned(), || "s".to_owned());
    for (line, expected) in [
        (
            "connections a",
            Action::Connections {
                proxy: proxy(),
                after: 0,
                limit: None,
            },
        ),
        (
            "conns a --after 5 --limit 2",
            Action::Connections {
                proxy: proxy(),
                after: 5,
                limit: Some(2),
            },
        ),
        (
            "kill a 17",
            Action::Kill {
                proxy: proxy(),
                connection: 17,
                reset: false,
            },
        ),
        (
            "kill a 17 -rst",
            Action::Kill {
                proxy: proxy(),
                connection: 17,
                reset: true,
            },
        ),
        (
            "stats a",
            Action::Stats {
                proxy: proxy(),
                toxic: None,
            },
        ),
        (
            "stats a x",
            Action::Stats {
                proxy: proxy(),
                toxic: Some("x".into()),
            },
        ),
        ("session list", Action::Session(OnSession::List)),
        (
            "session start",
            Action::Session(OnSession::Start {
                name: None,
                ttl: None,
            }),
        ),
        (
            "session start s --ttl 1m",
            Action::Session(OnSession::Start {
                name: Some(name()),
                ttl: minute,
            }),
        ),
        (
            "session renew s --ttl=60s",
            Action::Session(OnSession::Renew {
                name: name(),
                ttl: minute,
            }),
        ),
        (
            "session end s",
            Action::Session(OnSession::End { name: name() }),
        ),
        (
            "reset --session s",
            Action::Session(OnSession::Reset { name: name() }),
        ),
        ("reset", Action::Reset),
    ] {
        assert_eq!(action(line), expected, "{line}");
    }
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
