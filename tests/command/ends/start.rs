//! Signals at any moment of the start: 180 of the 200 signals; the others are sent under load.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::signal::{Signal, nth, send};
use support::child::Process;
use support::{ScratchFile, server};

/// How often a test starts the server.
const STARTS: u32 = 60;
/// A signal that is lost never ends the server. How soon one ends it is what other tests are about: here
/// a busy disk may hold the end up, because the log is a file.
const ENDS_AT_ALL: Duration = Duration::from_secs(30);
/// This many proxies make the server take a while to start.
const PROXIES: usize = 150;

/// A server that is not waited for to be ready.
struct Starting {
    process: Process,
    log: ScratchFile,
}

impl Starting {
    fn new(args: &[&str]) -> Self {
        let log = ScratchFile::with("log", "");
        let output = File::options().append(true).open(log.path()).unwrap();
        let mut command = server::command();
        command
            .args(["-host", "127.0.0.1", "-port", "0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        let process = Process::start(&mut command);
        Self { process, log }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Whether it already catches a signal; `None` if the system does not report it.
    fn catches(&self, signal: Signal) -> Option<bool> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let mask = status.lines().find_map(|l| l.strip_prefix("SigCgt:"))?;
        let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
        Some(mask & (1 << (signal.as_raw() - 1)) != 0)
    }

    /// Sends the signal and judges the exit. Returns whether the server itself ended, rather than
    /// the signal's default action before it could catch any.
    fn stop(&mut self, signal: Signal) -> bool {
        let caught = self.catches(signal);
        send(self.process.id(), signal);
        let status = self.process.wait_exit(ENDS_AT_ALL);
        let log = self.log();
        let status = status.unwrap_or_else(|| panic!("{signal:?} does not end it; {log}"));
        if status.code() == Some(0) {
            return true;
        }
        let by_default = status.signal() == Some(signal.as_raw()) && log.is_empty();
        assert!(
            by_default && caught != Some(true),
            "{signal:?}: {status}, caught before: {caught:?}; {log}"
        );
        false
    }
}

fn config() -> ScratchFile {
    let toxics = json!([{"type": "latency", "attributes": {"latency": 10}}, {"type": "noop"}]);
    let proxy = |number: usize| {
        json!({"name": format!("p{number}"), "listen": "127.0.0.1:0",
            "upstream": "127.0.0.1:9", "toxics": toxics})
    };
    let list: Vec<_> = (0..PROXIES).map(proxy).collect();
    ScratchFile::with("json", &json!(list).to_string())
}

/// Delays from 0 to about 30 ms in uneven steps, so that no two are equal.
fn delay(round: u32) -> Duration {
    Duration::from_micros(u64::from(round) * 509)
}

/// Starts and stops a server repeatedly.
fn spread(args: &[&str]) {
    let mut own = 0;
    for round in 0..STARTS {
        let mut server = Starting::new(args);
        thread::sleep(delay(round));
        own += u32::from(server.stop(nth(round)));
    }
    eprintln!("{own} of {STARTS} ended by themselves, the others before they caught signals");
}

#[test]
fn signal_during_the_start_ends_the_server() {
    spread(&[]);
}

#[test]
fn signal_while_a_config_is_loaded_ends_the_server() {
    spread(&["-config", &config().path()]);
}

/// Here only exit code 0 is accepted. Some signals arrive while the config is loaded, some after
/// it.
#[cfg(target_os = "linux")]
#[test]
fn signal_as_soon_as_it_is_caught_exits_with_0() {
    let config = config();
    for round in 0..STARTS {
        let mut server = Starting::new(&["-config", &config.path()]);
        let deadline = Instant::now() + Duration::from_secs(10);
        while server.catches(nth(round)) != Some(true) {
            assert!(Instant::now() < deadline, "no handler; {}", server.log());
        }
        // Half of them at once or nearly so.
        thread::sleep(delay(round.saturating_sub(STARTS / 2)));
        assert!(server.stop(nth(round)), "{}", server.log());
    }
}
