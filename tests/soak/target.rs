//! The server under test: this package's, or the one that `SOAK_SERVER` names.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::http::{self, Request};
use support::process::Usage;
use support::{Server, free_port};

pub enum Target {
    Own(Server),
    Other { child: Child, api: SocketAddr },
}

impl Target {
    pub fn start() -> Self {
        match std::env::var("SOAK_SERVER") {
            Ok(command) => Self::start_other(&command),
            Err(_) => Self::Own(Server::start(&[])),
        }
    }

    fn start_other(command: &str) -> Self {
        let port = free_port();
        let command = command.replace("{api_port}", &port.to_string());
        let child = Command::new("sh")
            .args(["-c", &format!("exec {command}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let target = Self::Other {
            child,
            api: SocketAddr::from(([127, 0, 0, 1], port)),
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        let probe = Request {
            method: "GET".to_owned(),
            path: "/version".to_owned(),
            ..Request::default()
        };
        while http::exchange(target.api(), &probe, Duration::from_secs(1)).is_err() {
            assert!(Instant::now() < deadline, "no API: {command}");
            thread::sleep(Duration::from_millis(20));
        }
        target
    }

    /// Whether it is this package's server, which must have no violation.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }

    pub fn api(&self) -> SocketAddr {
        match self {
            Self::Own(server) => server.api_addr(),
            Self::Other { api, .. } => *api,
        }
    }

    /// Its resource usage; `None` if it has exited.
    pub fn usage(&self) -> Option<Usage> {
        let pid = match self {
            Self::Own(server) => server.pid(),
            Self::Other { child, .. } => child.id(),
        };
        Usage::of(pid)
    }

    pub fn log(&self) -> String {
        match self {
            Self::Own(server) => server.log_text(),
            Self::Other { .. } => String::new(),
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Self::Other { child, .. } = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
