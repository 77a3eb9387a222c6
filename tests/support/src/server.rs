//! The server under test: the real executable as a child process.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::http::{self, Request, Response};
use super::ports::{apart_from_spawning, free_port};

/// The time limit for a server to accept connections, and for a request to be answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Mutex<Child>,
    pid: u32,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts the server on a free port of 127.0.0.1, with `args` after its `-host` and `-port`,
    /// and waits until the API answers. Panics when it does not.
    pub fn start(args: &[&str]) -> Self {
        // Another process may have probed the port at the same moment, which makes the bind fail.
        let mut error = String::new();
        for _ in 0..3 {
            match Self::try_start(free_port(), args) {
                Ok(server) => return server,
                Err(failed) => error = failed,
            }
        }
        panic!("{error}")
    }

    /// The same with a chosen API port.
    ///
    /// # Errors
    /// What happened, with the server's log, if it exits or does not listen within ten seconds.
    pub fn try_start(port: u16, args: &[&str]) -> Result<Self, String> {
        let log = scratch_path("log");
        let child = spawn(port, args, &log).map_err(|error| format!("cannot start: {error}"))?;
        let server = Self {
            pid: child.id(),
            child: Mutex::new(child),
            port,
            log,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Waits for an answer, not only a connection: another process might have the port.
    fn wait_until_ready(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let probe = Request {
            method: "GET".to_owned(),
            path: "/version".to_owned(),
            ..Request::default()
        };
        loop {
            let answered = self.request(&probe, Duration::from_secs(1)).is_ok();
            if answered && self.exit_status().is_none() {
                return Ok(());
            }
            if let Some(status) = self.exit_status() {
                let log = self.log_text();
                return Err(format!("the server ended at its start ({status}); {log}"));
            }
            if Instant::now() > deadline {
                let log = self.log_text();
                return Err(format!("no API on port {} in time; {log}", self.port));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends one request to the API. An empty `body` sends none. Panics if there is no answer.
    pub fn api(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.as_bytes().to_vec(),
            chunked: false,
        };
        self.request(&request, PATIENCE)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends one request to the API, unchanged.
    ///
    /// # Errors
    /// See [`http::exchange`].
    pub fn request(&self, request: &Request, limit: Duration) -> io::Result<Response> {
        http::exchange(self.api_addr(), request, limit)
    }

    /// The address of the API.
    pub fn api_addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The API's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends SIG`name` (such as `TERM`).
    ///
    /// # Errors
    /// When the shell's `kill` fails.
    pub fn signal(&self, name: &str) -> io::Result<()> {
        // The standard library can send only KILL; every POSIX shell has a `kill`. A child that was
        // already waited for gets no signal, because its id may have been reused.
        if self.exit_status().is_some() {
            return Err(io::Error::new(ErrorKind::NotFound, "the server has ended"));
        }
        let mut command = Command::new("sh");
        command.args(["-c", "kill -s \"$0\" \"$1\"", name, &self.pid.to_string()]);
        let status = apart_from_spawning(|| command.spawn())?.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("kill -s {name}: {status}")))
    }

    /// How the server ended; `None` while it runs.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        let mut child = self.child.lock().expect("no panic while locked");
        child.try_wait().expect("a child can be waited for")
    }

    /// Waits until the server has ended, for at most `limit`.
    pub fn wait_exit(&self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.exit_status();
            if status.is_some() || Instant::now() >= deadline {
                return status;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Everything the server has written, standard output and standard error together. A server
    /// thread writes the log slightly after the event, so this waits until no more comes.
    pub fn log_text(&self) -> String {
        let read = || fs::read(&self.log).unwrap_or_default();
        let mut text = read();
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(50));
            let before = std::mem::replace(&mut text, read());
            if before.len() == text.len() {
                break;
            }
        }
        format!("its log: {}", String::from_utf8_lossy(&text))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self
            .child
            .get_mut()
            .unwrap_or_else(|poison| poison.into_inner());
        // Both calls fail only if the child was already waited for.
        let _ = child.kill();
        let _ = child.wait();
        let _ = fs::remove_file(&self.log);
    }
}

/// A file of this test run, such as a configuration. It is removed when this is dropped.
#[derive(Debug)]
pub struct ScratchFile(PathBuf);

impl ScratchFile {
    /// Names a file that does not exist.
    pub fn absent(extension: &str) -> Self {
        Self(scratch_path(extension))
    }

    /// Writes a new file. Panics when that fails.
    pub fn with(extension: &str, text: &str) -> Self {
        let file = Self::absent(extension);
        fs::write(&file.0, text).expect("cargo's directory for tests can be written to");
        file
    }

    /// Where it is.
    pub fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A unique path for a file of this test run.
fn scratch_path(extension: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{count}.{extension}", std::process::id());
    let directory = target_directory().join("tmp");
    fs::create_dir_all(&directory).expect("cargo's directory can be written to");
    directory.join(name)
}

/// The profile's directory, such as `target/debug`: cargo puts tests in its `deps`.
fn profile_directory() -> PathBuf {
    let test = std::env::current_exe().expect("the system knows this executable");
    let directory = test.ancestors().nth(2);
    directory
        .expect("a test is in cargo's directory")
        .to_owned()
}

/// The directory of cargo's build output.
fn target_directory() -> PathBuf {
    let profile = profile_directory();
    profile.parent().map_or(profile.clone(), Path::to_owned)
}

/// This package's executable. Cargo builds it before it runs tests, and passes its path to them.
/// Cargo before 1.94 passes the path only at compile time, so the path is derived there.
pub fn executable() -> PathBuf {
    let told = std::env::var_os("CARGO_BIN_EXE_aconite").map(PathBuf::from);
    let derived = || {
        let path = profile_directory().join("aconite");
        path.with_extension(std::env::consts::EXE_EXTENSION)
    };
    told.unwrap_or_else(derived)
}

/// The executable under test with the arguments that start a server: this package's, or the one
/// that `ACONITE_TEST_SERVER` names.
pub fn command() -> Command {
    if let Some(path) = other_server() {
        return Command::new(path);
    }
    let mut command = Command::new(executable());
    command.arg("server");
    command
}

/// The server to test instead of this package's.
pub fn other_server() -> Option<PathBuf> {
    std::env::var_os("ACONITE_TEST_SERVER").map(PathBuf::from)
}

fn spawn(port: u16, args: &[&str], log: &Path) -> io::Result<Child> {
    let output = File::create(log)?;
    let mut command = command();
    command
        .args(["-host", "127.0.0.1", "-port", &port.to_string()])
        .args(args)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    apart_from_spawning(|| command.spawn())
}
