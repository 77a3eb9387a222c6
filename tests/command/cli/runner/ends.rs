//! How a run ends when something other than its command ends it.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::running::Running;
use super::{NOOP, Rig};
use support::ScratchFile;

/// A command that exits with code 9 when it receives this signal, and otherwise on its own after a
/// minute.
fn ends_on(signal: &str) -> String {
    let wait = "i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done";
    format!("trap 'exit 9' {signal}; echo ready; {wait}")
}

/// Whether this process ignores a signal: its children inherit that, and cannot catch it.
fn is_ignored(number: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0) & (1 << (number - 1)) != 0
}

#[test]
fn signals_reach_the_command_and_toxics_are_removed_after_it() {
    let rig = Rig::new();
    for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        if is_ignored(number) {
            eprintln!("SIG{signal} is ignored here");
            continue;
        }
        let script = ends_on(signal);
        let running = Running::start(&rig, &[&NOOP[..], &["--", "sh", "-c", &script]].concat());
        assert_eq!(running.wait_for_line(), "ready");
        assert_eq!(rig.toxics().len(), 1);
        running.signal(signal);
        let seen = running.wait();
        assert_eq!(seen.code, 9, "SIG{signal}: {seen:?}");
        assert!(seen.errors.contains("touched nothing"), "{seen:?}");
        rig.assert_clean(signal);
    }
}

#[test]
fn signal_ends_a_command_that_does_not_handle_it() {
    let rig = Rig::new();
    let running = Running::start(&rig, &[&NOOP[..], &["--", "sleep", "60"]].concat());
    running.wait_for_toxics(&rig, 1);
    // The command may not have started; then it never does.
    running.signal("TERM");
    let seen = running.wait();
    assert_eq!(seen.code, 143, "{seen:?}");
    rig.assert_clean("SIGTERM");
}

#[cfg(target_os = "linux")]
#[test]
fn ignored_signal_stays_ignored() {
    let rig = Rig::new();
    let mut command = rig.client.command(&[]);
    let path = command.get_program().to_owned();
    let url = command
        .get_envs()
        .find(|(name, _)| *name == "TOXIPROXY_URL");
    let url = url.unwrap().1.unwrap().to_owned();
    command = std::process::Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(path)
        .args(NOOP)
        .args(["--", "sh", "-c", "echo ready; read line; exit 3"])
        .env("TOXIPROXY_URL", url)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let running = Running::spawn(command);
    assert_eq!(running.wait_for_line(), "ready");
    running.signal("HUP");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(rig.toxics().len(), 1);
    assert_eq!(running.finish().code, 3);
    rig.assert_clean("a hang-up that nobody minds");
}

#[test]
fn killed_run_leaves_nothing_behind() {
    let rig = Rig::new();
    let running = Running::start(&rig, &[&NOOP[..], &["--", "cat"]].concat());
    running.wait_for_toxics(&rig, 1);
    let input = running.kill();
    let gone = std::time::Instant::now() + Duration::from_secs(60);
    while !rig.toxics().is_empty() {
        assert!(std::time::Instant::now() < gone, "the toxic stays");
        thread::sleep(Duration::from_millis(100));
    }
    rig.assert_clean("SIGKILL");
    drop(input);
}

#[test]
fn long_run_keeps_its_toxics() {
    let rig = Rig::new();
    let args = ["run", "--toxic", "web:latency:latency=1", "--", "cat"];
    let running = Running::start(&rig, &args);
    running.wait_for_toxics(&rig, 1);
    rig.touch(b"12345");
    // Longer than the session's time to live of 10 s.
    thread::sleep(Duration::from_secs(11));
    assert_eq!(rig.toxics().len(), 1);
    // Another client removes it after its statistics were read.
    rig.server.api("POST", "/reset", "");
    let seen = running.finish();
    assert_eq!(seen.code, 0, "{seen:?}");
    assert!(seen.errors.contains("connections 1, bytes 5,"), "{seen:?}");
    rig.assert_clean("a long run");
}

#[test]
fn command_goes_on_when_the_server_goes_away() {
    let rig = Rig::new();
    let args = [&NOOP[..], &["--", "sh", "-c", "cat; exit 5"]].concat();
    let running = Running::start(&rig, &args);
    running.wait_for_toxics(&rig, 1);
    drop(rig.server);
    let told = running.wait_for_error();
    assert!(told.contains("the session cannot be renewed"), "{told}");
    assert!(told.contains("(no answer from http://127.0.0.1:"), "{told}");
    let seen = running.finish();
    assert_eq!(seen.code, 5, "{seen:?}");
    assert!(
        seen.errors.contains("the session cannot be ended"),
        "{seen:?}"
    );
    assert!(!seen.errors.contains("fail to request"), "{seen:?}");
}

#[test]
fn report_says_not_known_when_the_server_is_gone() {
    let rig = Rig::new();
    let file = ScratchFile::absent("json");
    let flags = ["--expect-hit", "--report", &file.path(), "--", "cat"];
    let running = Running::start(&rig, &[&NOOP[..], &flags].concat());
    running.wait_for_toxics(&rig, 1);
    drop(rig.server);
    let seen = running.finish();
    assert_eq!(seen.code, 85, "{seen:?}");
    assert!(!seen.errors.contains("nothing"), "{seen:?}");
    for told in [
        "--expect-hit: it is not known whether anything was touched by run-noop_downstream on web\n",
        "run-noop_downstream on web: what it touched is not known\n",
    ] {
        assert!(seen.errors.contains(told), "{seen:?}");
    }
    let report = std::fs::read_to_string(file.path()).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["touched"], json!(null), "{report}");
    assert_eq!(report["toxics"][0]["touched"], json!(null), "{report}");
}

#[test]
fn report_of_an_expired_toxic_needs_no_server() {
    let rig = Rig::new();
    let flags = ["--for", "100ms", "--expect-hit", "--", "cat"];
    let running = Running::start(&rig, &[&NOOP[..], &flags].concat());
    // After the second renewal its statistics have been read, seconds after it expired.
    let left = || {
        let sessions = rig.server.api("GET", "/sessions", "").json();
        // Before the run has started there is none.
        let left = sessions["sessions"][0]["expires_in"].as_str()?;
        let seconds = left.strip_suffix("ms").map(|ms| (ms, 0.001));
        let (number, unit) = seconds.unwrap_or((left.trim_end_matches('s'), 1.0));
        Some(number.parse::<f64>().unwrap() * unit)
    };
    for _ in 0..2 {
        let mut last = left();
        loop {
            thread::sleep(Duration::from_millis(50));
            let now = left();
            if last.is_some() && now > last {
                break;
            }
            last = now;
        }
    }
    drop(rig.server);
    let seen = running.finish();
    assert_eq!(seen.code, 86, "{seen:?}");
    assert!(seen.errors.contains("web: touched nothing\n"), "{seen:?}");
}
