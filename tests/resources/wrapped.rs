//! The executable started by a shell script that limits or changes its environment.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use support::http::{self, Request, Response};
use support::rig::PATIENCE;
use support::{ScratchFile, free_port};

/// A running server; dropping it kills it.
pub struct Wrapped {
    child: Child,
    port: u16,
    log: ScratchFile,
}

impl Wrapped {
    /// Runs `script`, in which `"$@"` is the server's command line, and waits for the API. `before`
    /// precedes `sh` on the command line, such as `unshare`.
    ///
    /// # Errors
    /// The output, if the server does not start.
    pub fn start(before: &[&str], script: &str) -> Result<Self, String> {
        let (port, log) = (free_port(), ScratchFile::absent("log"));
        let output = std::fs::File::create(log.path()).unwrap();
        let mut words = before.to_vec();
        words.extend([
            "sh",
            "-c",
            script,
            "sh",
            env!("CARGO_BIN_EXE_aconite"),
            "server",
        ]);
        let child = Command::new(words[0])
            .args(&words[1..])
            .args(["-host", "127.0.0.1", "-port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .map_err(|error| format!("{words:?}: {error}"))?;
        let mut server = Self { child, port, log };
        let deadline = Instant::now() + PATIENCE;
        while server
            .try_ask("GET", "/version", &Value::Null, Duration::from_secs(1))
            .is_none()
        {
            let ended = server.child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                return Err(format!("{words:?}: {ended:?}: {}", server.log()));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Runs it in a new mount namespace, in which `script` may mount. `None` if that is not
    /// permitted.
    pub fn in_namespace(script: &str) -> Option<Self> {
        let before = ["unshare", "--map-root-user", "--mount"];
        let tried = Command::new(before[0])
            .args(&before[1..])
            .arg("true")
            .output();
        if !tried.is_ok_and(|output| output.status.success()) {
            support::skip("no mount namespace to be had");
            return None;
        }
        Some(Self::start(&before, script).unwrap())
    }

    /// The server's process, which replaced `sh` and `unshare` by `exec`.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn api(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The answer to a request, if it arrives within `limit`.
    pub fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        limit: Duration,
    ) -> Option<Response> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.into_bytes(),
            ..Request::default()
        };
        http::exchange(self.api(), &request, limit).ok()
    }

    /// The answer to a request, which must arrive.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Response {
        let answer = self.try_ask(method, path, body, PATIENCE);
        answer.unwrap_or_else(|| panic!("{method} {path} {body}: {}", self.log()))
    }

    /// Creates a proxy. Returns where it listens.
    pub fn create(&self, name: &str, upstream: &str) -> String {
        let listen = format!("127.0.0.1:{}", free_port());
        let body = serde_json::json!({"name": name, "listen": listen, "upstream": upstream});
        let answer = self.ask("POST", "/proxies", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        listen
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap_or_default()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
