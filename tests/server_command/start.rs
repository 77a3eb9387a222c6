//! What the server says and takes at its start: the line that rigs wait for, and the token.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::LONG;
use super::support::http::{self, Request, Response};
use super::support::ports::apart_from_spawning;
use super::support::{ScratchFile, free_port};

/// A server in an environment that the test chooses.
pub struct Started {
    child: Child,
    port: u16,
    log: ScratchFile,
}

impl Started {
    /// Starts it on a free port with this environment, and waits for the line that rigs wait for.
    pub fn new(args: &[&str], environment: &[(&str, &str)]) -> Self {
        let port = free_port();
        let own = ["server", "-port", &port.to_string()];
        Self::of(
            env!("CARGO_BIN_EXE_aconite"),
            &[&own, args].concat(),
            environment,
            port,
        )
    }

    /// Starts this executable with these words; its API is on `port`.
    pub fn of(executable: &str, words: &[&str], environment: &[(&str, &str)], port: u16) -> Self {
        let log = ScratchFile::with("log", "");
        let mut command = Command::new(executable);
        command
            .args(words)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(log.path()).unwrap())
            .stderr(Stdio::null());
        let child = apart_from_spawning(|| command.spawn()).unwrap();
        let mut started = Self { child, port, log };
        started.wait_for("Starting Toxiproxy HTTP server");
        started
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Waits until the log has these words.
    pub fn wait_for(&mut self, words: &str) {
        let deadline = Instant::now() + LONG;
        while !self.log().contains(words) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{ended:?}, no {words:?} in {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks for the list of proxies, with this token if there is one.
    pub fn list(&self, token: Option<&str>) -> Response {
        let header = |token| ("Authorization".to_owned(), format!("Bearer {token}"));
        let request = Request {
            method: "GET".to_owned(),
            path: "/proxies".to_owned(),
            headers: token.map(header).into_iter().collect(),
            ..Request::default()
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        http::exchange(address, &request, LONG).unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_line_that_rigs_wait_for_is_the_message_once_the_api_can_be_reached() {
    // The constructor has waited for it.
    let server = Started::new(&[], &[]);
    assert_eq!(server.list(None).status, 200);
    let log = server.log();
    let records = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut records = records
        .filter(|record: &serde_json::Value| record["message"] == "Starting Toxiproxy HTTP server");
    let record = records.next().expect("a record with this message");
    let address = record["address"].as_str().unwrap();
    assert!(address.ends_with(&format!(":{}", server.port)), "{record}");
    assert!(records.next().is_none(), "it is said once");
}

#[test]
fn blanks_around_the_token_are_not_part_of_it() {
    for token in ["s3cret\n", " s3cret\t\r\n", "s3cret"] {
        let server = Started::new(&[], &[("TOXIPROXY_AUTH_TOKEN", token)]);
        assert_eq!(server.list(Some("s3cret")).status, 200, "{token:?}");
        assert_eq!(server.list(None).status, 401, "{token:?}");
    }
}

#[test]
fn a_blank_token_is_none_and_an_exposed_api_without_one_is_called_unauthenticated() {
    for token in ["", " ", "\n", "\t \r\n"] {
        let environment = [("TOXIPROXY_AUTH_TOKEN", token), ("ACONITE_HOST", "0.0.0.0")];
        let mut server = Started::new(&[], &environment);
        assert_eq!(server.list(None).status, 200, "{token:?}");
        server.wait_for("unauthenticated");
    }
    let token = ("TOXIPROXY_AUTH_TOKEN", " x ");
    for environment in [
        [token, ("ACONITE_HOST", "0.0.0.0")],
        [("TOXIPROXY_AUTH_TOKEN", ""), ("ACONITE_HOST", "127.0.0.1")],
    ] {
        let mut server = Started::new(&["-strict"], &environment);
        // The log goes on behind the place where the warning would be.
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        assert!(
            !server.log().contains("unauthenticated"),
            "{}",
            server.log()
        );
    }
}
