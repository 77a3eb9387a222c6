//! A server of a run's own: a process of this executable, on a free port of loopback, that ends when
//! we do. It reads its standard input, of which we hold the other end, so that even our being killed
//! ends it; and it has a process group of its own, so that a terminal's Ctrl-C leaves it to us.

use std::env;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::args::END_WITH_STDIN;
use crate::cli::context::CommandContext;
use crate::cli::failure::Problem;

/// How long it may take to answer.
const START: Duration = Duration::from_secs(20);
/// How long it may take to end by itself.
const END: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(20);
/// Somebody else may take the port before the server does.
const TRIES: usize = 5;

/// The server. It ends when this is dropped.
pub(super) struct OwnServer {
    child: Child,
    url: String,
}

impl OwnServer {
    /// Starts one and waits until it answers.
    pub(super) fn start(session: &CommandContext<'_>) -> Result<Self, Problem> {
        let mut told = String::new();
        for _ in 0..TRIES {
            let mut server = spawn(session).map_err(cannot)?;
            match server.wait_until_it_answers(session) {
                Ok(()) => return Ok(server),
                Err(error) => told = error.to_string(),
            }
        }
        Err(Problem::local(format!(
            "the run's own server does not start: {told}"
        )))
    }

    /// Where its API is.
    pub(super) fn url(&self) -> &String {
        &self.url
    }

    fn wait_until_it_answers(&mut self, session: &CommandContext<'_>) -> io::Result<()> {
        let api = session.api_at(Some(&self.url));
        let deadline = Instant::now() + START;
        loop {
            let answered = api.version(Duration::from_secs(1));
            // What answers may be somebody else, if this one has ended.
            if self.child.try_wait()?.is_some() {
                return Err(io::Error::other(self.last_words()));
            }
            match answered {
                Ok(_) => return Ok(()),
                Err(failure) if Instant::now() > deadline => {
                    return Err(io::Error::other(failure.to_string()));
                }
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    fn last_words(&mut self) -> String {
        let mut told = String::new();
        if let Some(errors) = &mut self.child.stderr {
            let _ = errors.read_to_string(&mut told);
        }
        told.trim().to_owned()
    }
}

fn cannot(error: io::Error) -> Problem {
    Problem::local(format!("the run's own server cannot be started: {error}"))
}

fn spawn(session: &CommandContext<'_>) -> io::Result<OwnServer> {
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
    match session.token() {
        Some(token) => command.env("TOXIPROXY_AUTH_TOKEN", token),
        None => command.env_remove("TOXIPROXY_AUTH_TOKEN"),
    };
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(OwnServer {
        child: command.spawn()?,
        url: format!("http://127.0.0.1:{port}"),
    })
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + END;
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
