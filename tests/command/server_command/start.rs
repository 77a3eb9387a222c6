//! What the server prints and accepts when it starts: the line that test rigs wait for, and the
//! token.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{LONG, run};
use crate::renamed::Renamed;
use support::child::Process;
use support::http::{self, Request, Response};
use support::{ScratchFile, free_port};

/// A server in an environment that the test chooses.
pub struct Started {
    process: Process,
    port: u16,
    log: ScratchFile,
}

impl Started {
    /// Starts it on a free port with this environment, and waits for the line that test rigs wait
    /// for.
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

    /// Starts this executable with these arguments; its API is on `port`.
    pub fn of(executable: &str, words: &[&str], environment: &[(&str, &str)], port: u16) -> Self {
        let log = ScratchFile::with("log", "");
        let mut command = Command::new(executable);
        command
            .args(words)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(log.path()).unwrap())
            .stderr(Stdio::null());
        let process = Process::start(&mut command);
        let mut started = Self { process, port, log };
        started.wait_for("Starting Toxiproxy HTTP server");
        started
    }

    /// Runs the image's health check in this environment. Returns whether it succeeded, and its
    /// output.
    fn health(environment: &[(&str, &str)]) -> (bool, String) {
        let image = fs::read_to_string("Dockerfile").unwrap();
        let check = image.lines().find_map(|line| line.strip_prefix("  CMD "));
        let words: Vec<String> = serde_json::from_str(check.unwrap()).unwrap();
        let client = Renamed::new(words[0].trim_start_matches('/'));
        let mut command = Command::new(client.path());
        let told = run(command
            .args(&words[1..])
            .env_remove("TOXIPROXY_URL")
            .envs(environment.iter().copied()));
        (told.status.success(), format!("{told:?}"))
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Waits until the log contains these words.
    pub fn wait_for(&mut self, words: &str) {
        let deadline = Instant::now() + LONG;
        while !self.log().contains(words) {
            let ended = self.process.exit_status();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{ended:?}, no {words:?} in {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Requests the list of proxies, with this token if there is one.
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

#[test]
fn the_line_that_rigs_wait_for_is_the_message_once_the_api_can_be_reached() {
    // The constructor has already waited for it.
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
        // The log continues past the point where the warning would be.
        server.process.kill();
        assert!(
            !server.log().contains("unauthenticated"),
            "{}",
            server.log()
        );
    }
}

/// A listener that counts the requests it receives and answers none.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn the_health_check_follows_the_settings_of_the_server_beside_it() {
    for host in ["0.0.0.0", "::", "localhost"] {
        let port = free_port();
        let number = port.to_string();
        let environment = [
            ("ACONITE_HOST", host),
            ("ACONITE_PORT", number.as_str()),
            ("TOXIPROXY_AUTH_TOKEN", "s3cret"),
        ];
        let words = ["server"];
        let server = Started::of(env!("CARGO_BIN_EXE_aconite"), &words, &environment, port);
        assert_eq!(server.list(Some("s3cret")).status, 200);
        let (healthy, told) = Started::health(&environment);
        assert!(healthy, "{host}: {told}");
        // A URL for other programs in the same environment does not mislead it.
        let shared = [&environment[..], &[("TOXIPROXY_URL", "http://127.0.0.1:1")]].concat();
        assert!(Started::health(&shared).0, "{host}");
        drop(server);
        let (healthy, told) = Started::health(&environment);
        assert!(!healthy && told.contains(&number), "{host}: {told}");
    }
    // Without a port in the environment, the URL is used.
    let server = Started::new(&[], &[]);
    let url = format!("http://127.0.0.1:{}", server.port);
    let (healthy, told) = Started::health(&[("TOXIPROXY_URL", &url), ("ACONITE_HOST", "0.0.0.0")]);
    assert!(healthy, "{told}");
}

#[test]
fn the_health_check_asks_once() {
    let (listener, port) = silent();
    let (healthy, told) = Started::health(&[("ACONITE_PORT", &port.to_string())]);
    assert!(!healthy, "{told}");
    listener.set_nonblocking(true).unwrap();
    let requests = std::iter::from_fn(|| listener.accept().ok()).count();
    assert_eq!(requests, 1, "{told}");
}

#[test]
fn addresses_of_services_in_the_environment_are_ignored_with_one_warning() {
    let port = free_port();
    let words = ["server", "-port", &port.to_string()];
    let environment = [
        ("ACONITE_PORT", "tcp://10.0.0.1:8474"),
        ("ACONITE_SERVICE_HOST", "10.0.0.1"),
        ("ACONITE_PORT_8474_TCP", "tcp://10.0.0.1:8474"),
    ];
    let server = Started::of(env!("CARGO_BIN_EXE_aconite"), &words, &environment, port);
    let log = server.log();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("ACONITE_PORT") && warnings[0].contains("Kubernetes"));
    // The client and the health check do not accept it as a port either.
    let url = format!("http://127.0.0.1:{port}");
    let shared = [&environment[..], &[("TOXIPROXY_URL", url.as_str())]].concat();
    let (healthy, told) = Started::health(&shared);
    assert!(healthy, "{told}");
}

#[test]
fn the_executables_of_a_release_are_known_by_their_names() {
    let server = Renamed::new("toxiproxy-server-linux-amd64");
    let client = Renamed::new("toxiproxy-cli-linux-amd64");
    let port = free_port();
    let number = port.to_string();
    let words = ["--host", "127.0.0.1", "--port", &number];
    let started = Started::of(server.path().to_str().unwrap(), &words, &[], port);
    let address = format!("127.0.0.1:{}", started.port);
    let told = client.run(&["--host", &address, "list"]);
    assert!(told.status.success(), "{told:?}");
}
