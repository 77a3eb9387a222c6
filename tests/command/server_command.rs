//! The server's command line with the real executable, under each of its names: flags, the version,
//! and how it exits.

mod refusals;
mod session;
mod start;

use std::fs;
use std::process::{Child, Command, ExitStatus, Output};
use std::time::{Duration, Instant};

use crate::renamed::Renamed;
use support::{ScratchFile, Server, child, free_port};

/// Far more than a busy machine needs for something that takes milliseconds.
const LONG: Duration = Duration::from_secs(20);

/// Runs a command to completion; it must exit on its own.
fn run(command: &mut Command) -> Output {
    child::run(command, LONG)
}

/// Waits until a process has exited on its own.
fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + LONG;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("process {} did not end", child.id());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn aconite(args: &[&str]) -> Output {
    run(Command::new(env!("CARGO_BIN_EXE_aconite")).args(args))
}

/// Output as text, with the system's line endings normalised.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

#[test]
fn help_and_versions_end_well() {
    let toxiproxy = Renamed::new("toxiproxy").run(&["-h"]);
    assert_eq!(toxiproxy.status.code(), Some(0));
    assert!(
        text(&toxiproxy.stderr).starts_with("Usage of "),
        "{toxiproxy:?}"
    );
    for (args, words) in [
        ([].as_slice(), "aconite server -config FILE"),
        (&["--help"], "Usage: aconite <COMMAND>"),
        (&["server", "--help"], "Usage: aconite server"),
        (&["server", "-h"], "--allow-host"),
    ] {
        let seen = aconite(args);
        assert_eq!(seen.status.code(), Some(0), "{args:?}");
        assert!(text(&seen.stdout).contains(words), "{args:?}: {seen:?}");
    }
    let version = format!(
        "aconite version {} (Toxiproxy API 2.12.0)\n",
        env!("CARGO_PKG_VERSION")
    );
    for args in [
        ["-version"].as_slice(),
        &["--version"],
        &["server", "-version"],
    ] {
        assert_eq!(text(&aconite(args).stdout), version, "{args:?}");
    }
    for args in [
        ["nope"].as_slice(),
        &["server", "extra"],
        &["server", "-nope"],
    ] {
        let seen = aconite(args);
        assert_eq!(seen.status.code(), Some(2), "{args:?}: {seen:?}");
        assert!(!seen.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn an_api_on_every_address_answers_on_loopback() {
    let server = Server::start(&["-host", "0.0.0.0"]);
    assert_eq!(server.api("GET", "/version", "").status, 200);
}

#[cfg(unix)]
#[test]
fn signals_end_it_well_though_clients_hang() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&[]);
        // Two clients of the API that never finish: one sends nothing, one stops in the middle of a
        // request.
        let silent = std::net::TcpStream::connect(server.api_addr()).unwrap();
        let mut halfway = std::net::TcpStream::connect(server.api_addr()).unwrap();
        let request = b"POST /proxies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{";
        std::io::Write::write_all(&mut halfway, request).unwrap();
        assert_eq!(server.api("GET", "/version", "").status, 200);
        server.signal(signal).unwrap();
        let status = server.wait_exit(Duration::from_secs(5)).expect("it ends");
        assert_eq!(status.code(), Some(0), "{signal}: {}", server.log_text());
        drop(silent);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_during_the_start_ends_it_well() {
    // A config file that never arrives: a pipe without a writer.
    let pipe = ScratchFile::absent("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(pipe.path())
            .status()
            .unwrap()
            .success()
    );
    let log = ScratchFile::absent("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_aconite"))
        .args([
            "server",
            "-port",
            &free_port().to_string(),
            "-config",
            &pipe.path(),
        ])
        .stdout(fs::File::create(log.path()).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + LONG;
    while !fs::read_to_string(log.path()).unwrap().contains("starting") {
        assert!(Instant::now() < deadline, "no log line");
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-s", "TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(wait(&mut child).code(), Some(0));
}

/// The log of a server that fails to start, at this level.
fn log_at(level: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aconite"));
    let seen = run(command
        .args(["server", "-port", "x", "-seed", "77"])
        .env("LOG_LEVEL", level));
    assert_eq!(seen.status.code(), Some(1), "{level}: {seen:?}");
    assert!(
        text(&seen.stderr).contains("localhost:x"),
        "{level}: {seen:?}"
    );
    text(&seen.stdout)
}

#[test]
fn log_level_says_what_is_logged_and_each_line_is_json() {
    let full = log_at("Info");
    for line in full.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(
            line["message"].is_string() && line["timestamp"].is_string(),
            "{line}"
        );
    }
    assert!(full.contains("\"seed\":77"), "{full}");
    assert_eq!(log_at("warning").lines().count(), 1);
    assert_eq!(log_at("fatal"), "");
    let unknown = log_at("bogus");
    assert!(
        unknown.contains("LOG_LEVEL") && unknown.contains("bogus"),
        "{unknown}"
    );
    assert!(
        unknown.contains("\"seed\":77"),
        "an unknown level means info: {unknown}"
    );
}
