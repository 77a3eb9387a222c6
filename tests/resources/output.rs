//! Standard output and standard error that accept no data: a pipe that is never read, one whose
//! reader is gone, a full disk.

use std::fs::File;
use std::io::{PipeReader, Read};
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use support::child::Process;
use support::http::{self, Request};
use support::rig::Peer;
use support::{Upstream, free_port, server, upstream};

/// Far more than an answer takes on a busy machine.
const ANSWER: Duration = Duration::from_secs(5);
/// The time limit that the server promises.
const END: Duration = Duration::from_secs(2);

struct Muted {
    process: Process,
    port: u16,
}

impl Muted {
    fn new(stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Self {
        let port = free_port();
        let mut command = server::command();
        command
            .args(["-host", "127.0.0.1", "-port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        let process = Process::start(&mut command);
        let server = Self { process, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.try_ask("GET", "/version", &Value::Null).is_err() {
            assert!(Instant::now() < deadline, "it does not start");
            thread::sleep(Duration::from_millis(10));
        }
        server
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: match body {
                Value::Null => vec![],
                body => body.to_string().into_bytes(),
            },
            ..Request::default()
        };
        let answer = http::exchange(([127, 0, 0, 1], self.port).into(), &request, ANSWER)?;
        assert!(answer.status < 300, "{}", answer.text());
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {}: {error}", &path[..20.min(path.len())]))
    }

    /// Creates a proxy. Returns where it listens.
    fn create(&self, name: &str, upstream: &str) -> String {
        let new = json!({"name": name, "listen": "127.0.0.1:0", "upstream": upstream});
        let made = self.ask("POST", "/proxies", &new);
        made["listen"].as_str().unwrap().to_owned()
    }

    /// Toggles a proxy with a name of this length this many times, with traffic through another
    /// proxy meanwhile. Every toggle is logged.
    fn toggle(&self, length: usize, times: usize) {
        let echo = upstream::echo();
        let other = self.create("other", &echo.addr());
        let client = Peer::to(&other);
        let name = "n".repeat(length);
        self.create(&name, &echo.addr());
        for round in 0..times {
            let change = json!({"enabled": round % 2 == 1});
            self.ask("POST", &format!("/proxies/{name}"), &change);
            if round % 50 == 0 {
                assert!(client.echoes(), "round {round}");
            }
        }
        assert!(client.echoes());
        assert!(Peer::to(&other).echoes());
    }

    fn terminate(&mut self) -> ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let status = self.process.wait_exit(END);
        status.expect("SIGTERM ends it")
    }
}

/// The records of a log, the last of which are the process's own.
fn records(mut from: PipeReader) -> Vec<Value> {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    let record = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    text.lines().map(record).collect()
}

fn is_count(record: &Value) -> bool {
    record["message"]
        .as_str()
        .is_some_and(|message| message.starts_with("lines of the log were dropped"))
}

#[test]
fn unread_pipe_does_not_stop_the_server_and_sigterm_ends_it() {
    let (unread, output) = std::io::pipe().unwrap();
    let errors = output.try_clone().unwrap();
    let mut server = Muted::new(output, errors);
    server.toggle(4000, 400);
    let nowhere = Upstream::start(support::Kind::Refuse);
    let dead = server.create("dead", &nowhere.addr());
    for _ in 0..300 {
        Peer::to(&dead).read_to_end();
    }
    server.ask("GET", "/proxies/dead", &Value::Null);
    assert_eq!(server.terminate().code(), Some(0));
    drop(unread);
}

#[test]
fn dropped_log_lines_are_counted_once_the_pipe_is_read_again() {
    let (reader, output) = std::io::pipe().unwrap();
    let mut server = Muted::new(output, Stdio::null());
    server.toggle(4000, 400);
    let reading = thread::spawn(|| records(reader));
    // It is read by the time that this is logged, or soon after.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut round = 0;
    while Instant::now() < deadline && round < 3 {
        thread::sleep(Duration::from_millis(200));
        server.create(&format!("late{round}"), "127.0.0.1:9");
        round += 1;
    }
    assert_eq!(server.terminate().code(), Some(0));
    let records = reading.join().unwrap();
    let dropped: u64 = records
        .iter()
        .filter(|record| is_count(record))
        .map(|record| record["lines"].as_u64().unwrap())
        .sum();
    let toggles = |record: &&Value| {
        record["proxy"]
            .as_str()
            .is_some_and(|name| name.len() == 4000)
    };
    let written = records.iter().filter(toggles).count() as u64;
    assert!(dropped > 0, "{written} written");
    // One line for its creation, one for each change, and one for its end.
    assert_eq!(written + dropped, 402);
    let place = |wanted: &str| records.iter().position(|r| r["proxy"] == json!(wanted));
    let count = records.iter().position(is_count);
    assert!(
        count < place("late2"),
        "the count stands where lines are missing"
    );
    let stopping = records.iter().position(|r| r["message"] == "stopping");
    assert!(place("late2") < stopping, "the last lines are there");
}

#[test]
fn closed_pipe_or_full_disk_does_not_stop_the_server() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut on_full_disk = Muted::new(full(), full());
    on_full_disk.toggle(40, 50);
    assert_eq!(on_full_disk.terminate().code(), Some(0));
    let (reader, output) = std::io::pipe().unwrap();
    let errors = output.try_clone().unwrap();
    let mut unheard = Muted::new(output, errors);
    drop(reader);
    unheard.toggle(40, 50);
    assert_eq!(unheard.terminate().code(), Some(0));
}
