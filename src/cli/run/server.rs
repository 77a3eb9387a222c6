//! The server of `aconite run --server`: a process of this executable on a free port of loopback.
//!
//! The server ends with this process, even if this process is killed: it exits when its standard
//! input ends, and this process holds the other end. It has its own process group, so that a
//! terminal's Ctrl-C does not reach it before the command has ended.

use std::env;
use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::args::END_WITH_STDIN;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;

/// How long the server may take to answer.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How long it may take to exit on its own.
const END_LIMIT: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(20);
/// How many ports are tried: another process may take one before the server does.
const MOST_PORTS: usize = 5;

/// The server. It ends when this is dropped.
pub(crate) struct OwnServer {
    child: Child,
    port: u16,
    url: String,
}

impl OwnServer {
    /// Starts a server and waits until it answers.
    pub(crate) fn start(context: &CommandContext<'_>) -> Result<Self, CommandError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut server = spawn(context).map_err(|error| {
                CommandError::local(format!("the run's own server cannot be started: {error}"))
            })?;
            match server.wait_until_it_answers(context) {
                Ok(()) => return Ok(server),
                Err(_) if attempts < MOST_PORTS && server.has_lost_its_port() => {}
                Err(error) => {
                    let text = format!("the run's own server does not start: {error}");
                    return Err(CommandError::local(text));
                }
            }
        }
    }

    /// The URL of its API.
    pub(crate) fn url(&self) -> &String {
        &self.url
    }

    fn wait_until_it_answers(&mut self, context: &CommandContext<'_>) -> io::Result<()> {
        let api = context.api_at(Some(&self.url));
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let answer = api.version(Duration::from_secs(1));
            // If this server has ended, the answer may be another process's.
            if self.child.try_wait()?.is_some() {
                return Err(io::Error::other(self.error_output()));
            }
            match answer {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return Err(io::Error::other(error.to_string()));
                }
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Whether the server has ended and another process listens on its port.
    fn has_lost_its_port(&mut self) -> bool {
        let is_taken = || match TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)) {
            Ok(_) => false,
            Err(error) => error.kind() == ErrorKind::AddrInUse,
        };
        matches!(self.child.try_wait(), Ok(Some(_))) && is_taken()
    }

    fn error_output(&mut self) -> String {
        let mut text = String::new();
        if let Some(errors) = &mut self.child.stderr {
            let _ = errors.read_to_string(&mut text);
        }
        text.trim().to_owned()
    }
}

fn spawn(context: &CommandContext<'_>) -> io::Result<OwnServer> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["server", "-host", "127.0.0.1", "-port", &port.to_string()])
        .env(END_WITH_STDIN, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    match context.token() {
        Some(token) => command.env("TOXIPROXY_AUTH_TOKEN", token),
        None => command.env_remove("TOXIPROXY_AUTH_TOKEN"),
    };
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(OwnServer {
        child: command.spawn()?,
        port,
        url: format!("http://127.0.0.1:{port}"),
    })
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + END_LIMIT;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn another_port_is_tried_only_if_this_one_was_taken() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let mut server = OwnServer {
            child,
            port: other.local_addr().unwrap().port(),
            url: String::new(),
        };
        assert!(server.has_lost_its_port());
        drop(other);
        // A process that another test is just starting has a copy of the socket until it runs its program.
        let is_free = (0..1000).any(|_| {
            thread::sleep(PAUSE);
            !server.has_lost_its_port()
        });
        assert!(is_free);
    }

    #[test]
    fn server_that_runs_has_not_lost_its_port() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let mut server = OwnServer {
            child,
            port: other.local_addr().unwrap().port(),
            url: String::new(),
        };
        assert!(!server.has_lost_its_port());
    }
}
