//! The flags themselves: what they take, what they say about the rest, and what the help tells.

use std::net::SocketAddr;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::refusal::{refused, taken};
use support::child::{self, Process};
use support::rig::PATIENCE;
use support::{Request, Server, free_port, http, server};

/// Each flag, what it does not take, and a word on what it does take.
const BAD: [(&str, &[&str], &str); 6] = [
    (
        "link-buffer",
        &["0", "-1", "lots", "1KB", "1e30", "nan"],
        "64MiB",
    ),
    (
        "total-buffer",
        &["0", "-1", "lots", "MiB", "1 GiB", "inf"],
        "64MiB",
    ),
    (
        "max-connections",
        &["0", "-1", "1.5", "many", "1k", "18446744073709551616"],
        "whole number",
    ),
    (
        "max-proxies",
        &["0", "-1", "1.5", "many", "+-1"],
        "whole number",
    ),
    (
        "max-toxics",
        &["0", "-1", "1.5", "many", "0x10"],
        "whole number",
    ),
    ("drain", &["-1s", "soon", "5 s", "5d", "25h", "nan"], "30s"),
];

/// What a server says on standard error that must not start; its exit code must not be 0.
pub fn refusal(args: &[&str], environment: &[(String, &str)]) -> String {
    let mut command = server::command();
    command.args(["--host", "127.0.0.1"]).args(args);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = child::run(&mut command, PATIENCE);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    assert!(
        code.is_some_and(|code| code != 0),
        "{args:?} {environment:?}: {code:?} {told}"
    );
    told
}

/// The name in `--name <VALUE>`.
fn flag_name(shown: &str) -> &str {
    let name = shown.trim_start_matches('-').split(' ').next();
    name.unwrap_or_default()
}

/// The flag's name in the environment.
fn twin(flag: &str) -> String {
    format!("ACONITE_{}", flag.replace('-', "_").to_uppercase())
}

#[test]
fn bad_values_are_refused_by_name() {
    for (flag, values, remedy) in BAD {
        for value in values {
            let told = refusal(&["--port", "0", &format!("--{flag}={value}")], &[]);
            for word in [flag, value, remedy] {
                assert!(
                    told.contains(word),
                    "{flag}={value}: {word} is not in {told}"
                );
            }
        }
    }
}

#[test]
fn bad_values_in_the_environment_are_refused_by_name() {
    for (flag, values, remedy) in BAD {
        for value in &values[..2] {
            let told = refusal(&["--port", "0"], &[(twin(flag), value)]);
            for word in [&twin(flag), *value, remedy] {
                assert!(
                    told.contains(word),
                    "{flag}={value}: {word} is not in {told}"
                );
            }
        }
    }
}

fn proxy(name: &str) -> serde_json::Value {
    json!({"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"})
}

/// A server with a limit in its environment, and these words on its command line.
struct Surrounded {
    _process: Process,
    api: SocketAddr,
}

impl Surrounded {
    fn start(args: &[&str]) -> Self {
        let port = free_port();
        let mut command = server::command();
        command
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(args)
            .env("ACONITE_MAX_PROXIES", "1")
            .env("ACONITE_MAX_TOXICS", "")
            .stdout(Stdio::null());
        Self {
            _process: Process::start(&mut command),
            api: SocketAddr::from(([127, 0, 0, 1], port)),
        }
    }

    /// The status of a request to create a proxy, as soon as there is an answer.
    fn create(&self, name: &str) -> u16 {
        let request = Request {
            method: "POST".to_owned(),
            path: "/proxies".to_owned(),
            body: proxy(name).to_string().into_bytes(),
            ..Request::default()
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match http::exchange(self.api, &request, PATIENCE) {
                Ok(answer) => return answer.status,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn the_environment_sets_limits_and_the_command_line_has_the_last_word() {
    let alone = Surrounded::start(&[]);
    assert_eq!(alone.create("a"), 201);
    assert_eq!(alone.create("b"), 400);
    let overruled = Surrounded::start(&["--max-proxies", "2"]);
    assert_eq!(overruled.create("a"), 201);
    assert_eq!(overruled.create("b"), 201);
    assert_eq!(overruled.create("c"), 400);
}

#[test]
fn the_most_and_the_least_that_flags_take_work() {
    let most = usize::MAX.to_string();
    for (size, count, drain) in [
        ("1", "1", "0"),
        ("4096GiB", &most, "24h"),
        ("1.5MiB", "7", "500ms"),
    ] {
        let server = Server::start(&[
            "--link-buffer",
            size,
            "--total-buffer",
            size,
            "--max-connections",
            count,
            "--max-proxies",
            count,
            "--max-toxics",
            count,
            "--drain",
            drain,
        ]);
        taken(&server, "/proxies", &proxy("a"));
        if count == "1" {
            refused(&server, "/proxies", &proxy("b"), &["the limit is 1"]);
        }
    }
}

#[test]
fn the_help_names_all_limits_and_their_defaults() {
    let output = server::command().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (flag, default) in [
        ("--link-buffer <SIZE>", "128MiB"),
        ("--total-buffer <SIZE>", "1GiB"),
        ("--max-connections <COUNT>", "100000"),
        ("--max-proxies <COUNT>", "10000"),
        ("--max-toxics <COUNT>", "1000"),
        ("--drain <TIME>", "0s"),
    ] {
        let (_, behind) = help
            .split_once(flag)
            .unwrap_or_else(|| panic!("no {flag} in {help}"));
        let (about, behind) = behind.split_once("[env: ").unwrap();
        let notes = format!("{}] [default: {default}]", twin(flag_name(flag)));
        assert!(behind.starts_with(&notes), "{flag}: {behind}");
        assert!(
            about.len() > 10 && !about.contains(" --"),
            "{flag}: {about}"
        );
    }
}
