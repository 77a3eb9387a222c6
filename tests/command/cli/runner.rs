//! `aconite run`: the command's exit code, what its toxics touched, and that nothing is left
//! behind.

mod ends;
#[path = "runner/running.rs"]
pub mod running;

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::cli::run::Client;
use running::Running;
use support::upstream::{self, Upstream};
use support::{ScratchFile, Server, free_port};

/// A server with a proxy `web` in front of an echo.
pub struct Rig {
    pub server: Server,
    pub client: Client,
    port: u16,
    _echo: Upstream,
}

impl Rig {
    pub fn new() -> Self {
        let server = Server::start(&[]);
        let echo = upstream::echo();
        let port = free_port();
        let body =
            json!({"name": "web", "listen": format!("127.0.0.1:{port}"), "upstream": echo.addr()});
        let made = server.api("POST", "/proxies", &body.to_string());
        assert_eq!(made.status, 201, "{made:?}");
        Rig {
            client: Client::new("aconite", server.port()),
            server,
            port,
            _echo: echo,
        }
    }

    /// The current toxics of `web`.
    pub fn toxics(&self) -> Vec<Value> {
        let toxics = self.server.api("GET", "/proxies/web/toxics", "").json();
        toxics.as_array().unwrap().clone()
    }

    /// No toxics or sessions are left.
    pub fn assert_clean(&self, after: &str) {
        assert_eq!(self.toxics(), [] as [Value; 0], "after {after}");
        let sessions = self.server.api("GET", "/sessions", "").json();
        assert_eq!(sessions, json!({"sessions": []}), "after {after}");
    }

    /// A connection through `web` that has carried some bytes in both directions.
    pub fn touch(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(bytes).unwrap();
        let mut back = vec![0; bytes.len()];
        stream.read_exact(&mut back).unwrap();
        assert_eq!(back, bytes);
        stream
    }
}

const NOOP: [&str; 3] = ["run", "--toxic", "web:noop"];

#[test]
fn run_exits_with_the_code_of_its_command() {
    let rig = Rig::new();
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -s TERM $$", 143)] {
        let seen = rig
            .client
            .piped(&[&NOOP[..], &["--", "sh", "-c", script]].concat());
        assert_eq!(seen.code, code, "{script}: {seen:?}");
        assert_eq!(
            seen.errors,
            "aconite run: run-noop_downstream on web: touched nothing\n"
        );
        rig.assert_clean(script);
    }
}

#[test]
fn command_of_a_run_sees_the_toxics() {
    let rig = Rig::new();
    let ourselves = rig.client.path().to_str().unwrap();
    let toxics = [
        "run",
        "--toxic",
        "web:latency@upstream:latency=5,seed=7,duration=1h",
        "--toxic",
        "web:noop:name=mine",
        "--for",
        "2h",
    ];
    // Flags after `--` are the command's.
    let command = ["--", ourselves, "inspect", "web", "--json"];
    let seen = rig.client.piped(&[&toxics[..], &command].concat());
    assert_eq!(seen.code, 0, "{seen:?}");
    let proxy: Value = serde_json::from_str(&seen.output).unwrap();
    let toxic = |name: &str| {
        let toxics = proxy["toxics"].as_array().unwrap().iter();
        toxics.clone().find(|toxic| toxic["name"] == name).unwrap()
    };
    let latency = toxic("run-latency_upstream");
    assert_eq!(latency["attributes"]["latency"], 5);
    assert_eq!(
        (&latency["seed"], &latency["duration"]),
        (&json!(7), &json!("1h0m0s"))
    );
    assert_eq!(toxic("mine")["duration"], "2h0m0s");
    let session = latency["session"].as_str().unwrap();
    assert!(session.starts_with("run-"), "{session}");
    assert_eq!(toxic("mine")["session"], session);
    rig.assert_clean("the command");
}

#[test]
fn report_lists_what_each_toxic_touched() {
    let rig = Rig::new();
    let file = ScratchFile::absent("json");
    let args = [
        "run",
        "--toxic",
        "web:latency:latency=20",
        "--report",
        &file.path(),
        "--expect-hit",
        "--",
        "cat",
    ];
    let running = Running::start(&rig, &args);
    running.wait_for_toxics(&rig, 1);
    rig.touch(b"12345");
    rig.touch(b"678");
    let seen = running.finish();
    assert_eq!(seen.code, 0, "{seen:?}");
    let begins = "aconite run: run-latency_downstream on web: connections 2, bytes 8, delayed ";
    assert!(seen.errors.starts_with(begins), "{seen:?}");
    assert!(seen.errors.contains(", closed 0, reset 0"), "{seen:?}");
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(file.path()).unwrap()).unwrap();
    assert_eq!(
        (&report["touched"], &report["exit_code"]),
        (&json!(true), &json!(0))
    );
    let toxic = &report["toxics"][0];
    assert_eq!(
        (&toxic["proxy"], &toxic["touched"]),
        (&json!("web"), &json!(true))
    );
    assert_eq!(
        (&toxic["hits"]["connections"], &toxic["hits"]["bytes"]),
        (&json!(2), &json!(8))
    );
    assert!(
        toxic["delay_ms"]["achieved"]["p50"].as_f64().unwrap() >= 20.0,
        "{report}"
    );
    rig.assert_clean("the command");
}

#[test]
fn expect_hit_fails_when_a_toxic_touched_nothing() {
    let rig = Rig::new();
    let args = [
        "run",
        "--expect-hit",
        "--toxic",
        "web:latency:name=hits,latency=1",
        "--toxic",
        "web:noop:name=misses,toxicity=0",
        "--",
    ];
    for (command, code) in [("cat", 86), ("cat; exit 7", 7)] {
        let running = Running::start(&rig, &[&args[..], &["sh", "-c", command]].concat());
        running.wait_for_toxics(&rig, 2);
        rig.touch(b"1");
        let seen = running.finish();
        assert_eq!(seen.code, code, "{seen:?}");
        let told = "--expect-hit: nothing was touched by misses on web\n";
        assert_eq!(seen.errors.contains(told), code == 86, "{seen:?}");
        assert!(
            seen.errors.contains("misses on web: touched nothing\n"),
            "{seen:?}"
        );
        rig.assert_clean(command);
    }
}

#[test]
fn toxic_with_a_duration_ends_while_the_command_runs() {
    let rig = Rig::new();
    let args = [
        "run", "--json", "--toxic", "web:noop", "--for", "300ms", "--", "cat",
    ];
    let running = Running::start(&rig, &args);
    running.wait_for_toxics(&rig, 1);
    running.wait_for_toxics(&rig, 0);
    let seen = running.finish();
    assert_eq!(seen.code, 0, "{seen:?}");
    // What it touched is known nevertheless.
    let report: Value = serde_json::from_str(&seen.errors).unwrap();
    assert_eq!(
        report["toxics"][0]["hits"]["connections"],
        json!(0),
        "{report}"
    );
    rig.assert_clean("the command");
}

#[test]
fn two_runs_at_once_do_not_disturb_each_other() {
    let rig = Rig::new();
    let args = [&NOOP[..], &["--", "cat"]].concat();
    let first = Running::start(&rig, &args);
    first.wait_for_toxics(&rig, 1);
    let second = Running::start(&rig, &args);
    second.wait_for_toxics(&rig, 2);
    let mut names: Vec<String> = rig
        .toxics()
        .iter()
        .map(|toxic| toxic["name"].to_string())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["\"run-noop_downstream\"", "\"run-noop_downstream-2\""]
    );
    let seen = first.finish();
    assert!(
        seen.errors.contains("run-noop_downstream on web"),
        "{seen:?}"
    );
    assert_eq!(rig.toxics()[0]["name"], "run-noop_downstream-2");
    let seen = second.finish();
    assert!(
        seen.errors.contains("run-noop_downstream-2 on web"),
        "{seen:?}"
    );
    rig.assert_clean("both");
}

#[test]
fn report_ignores_a_toxic_of_another_run_with_the_same_name() {
    let rig = Rig::new();
    let toxic = ["run", "--toxic", "web:latency:latency=1"];
    let short = [&toxic[..], &["--for", "300ms", "--", "cat"]].concat();
    let first = Running::start(&rig, &short);
    first.wait_for_toxics(&rig, 1);
    first.wait_for_toxics(&rig, 0);
    let second = Running::start(&rig, &[&toxic[..], &["--", "cat"]].concat());
    second.wait_for_toxics(&rig, 1);
    rig.touch(b"12345");
    let seen = first.finish();
    assert!(!seen.errors.contains("bytes 5"), "{seen:?}");
    let seen = second.finish();
    assert!(
        seen.errors
            .contains("run-latency_downstream on web: connections 1, bytes 5"),
        "{seen:?}"
    );
    rig.assert_clean("both");
}

#[test]
fn run_that_fails_before_its_command_leaves_nothing_behind() {
    let rig = Rig::new();
    let plain = ScratchFile::with("txt", "no program");
    let taken = "{\"name\": \"mine\", \"type\": \"noop\"}";
    let dead = format!("127.0.0.1:{}", free_port());
    for (args, code, words) in [
        (
            ["--toxic", "web:noop", "--", "no-such-command"].as_slice(),
            127,
            "no-such-command cannot be run: ",
        ),
        (
            &["--toxic", "web:noop", "--", &plain.path()],
            126,
            " cannot be run: ",
        ),
        (
            &["--toxic", "web:noop", "--toxic", "wob:noop", "--", "true"],
            125,
            "to proxy wob: HTTP 404: proxy not found\nno proxy is named",
        ),
        (
            &[
                "--toxic",
                "web:noop",
                "--toxic",
                "web:latancy",
                "--",
                "true",
            ],
            125,
            "Did you mean latency?",
        ),
        (
            &["--toxic", "web:latency:latency=-1x", "--", "true"],
            125,
            "HTTP 400: ",
        ),
        (
            &["--toxic", "web:latency:latancy=1", "--", "true"],
            125,
            "Did you mean latency?",
        ),
        (
            &["--toxic", "web:noop", "--for", "0s", "--", "true"],
            125,
            "duration is 0s",
        ),
        (
            &["--toxic", "web:noop", "--for", "30", "--", "true"],
            125,
            "30s",
        ),
        (
            &["--toxic", "web:noop:session=x", "--", "true"],
            125,
            "belong to the run",
        ),
        (
            &["--toxic", "web:noop", "--report", "/", "--", "true"],
            125,
            "/ cannot be written: ",
        ),
        (
            &["--toxic", "web:noop", "--host", &dead, "--", "true"],
            125,
            "Is the server running?",
        ),
        (&["--toxic", "web:noop", "true"], 125, "-- COMMAND"),
        (&["--toxic", "web:noop"], 125, "COMMAND"),
        (&["--toxic", "web", "--", "true"], 125, "PROXY:TYPE"),
        (&["--", "true"], 125, "--toxic"),
    ] {
        let seen = rig.client.piped(&[&["run"], args].concat());
        assert_eq!(
            (seen.code, seen.output.as_str()),
            (code, ""),
            "{args:?}: {seen:?}"
        );
        assert!(seen.errors.contains(words), "{args:?}: {seen:?}");
        rig.assert_clean(&args.join(" "));
    }
    // A name that was given is used unchanged.
    rig.server.api("POST", "/proxies/web/toxics", taken);
    let seen = rig
        .client
        .piped(&["run", "--toxic", "web:noop:name=mine", "--", "true"]);
    assert!(
        seen.code == 125 && seen.errors.contains("There is a toxic of that name"),
        "{seen:?}"
    );
    assert_eq!(rig.toxics().len(), 1);
}
