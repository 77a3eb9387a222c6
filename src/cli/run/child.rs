//! The command of a run, and the signals that arrive while it runs.
//!
//! No signal ends this process before the command has ended: they are passed on to the command.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Runtime};

use super::error::RunError;
#[cfg(unix)]
use super::signals::{self, Signals};
use crate::cli::error::CommandError;

/// The exit codes of a shell for a command that cannot be run, and for one that does not exist.
const CANNOT_RUN: u8 = 126;
const NO_COMMAND: u8 = 127;
/// What a shell adds to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;
/// How long to wait for a signal that arrived before the command was started.
const SIGNAL_CHECK: Duration = Duration::from_millis(1);

/// Runs a command while it receives this process's signals.
pub(crate) struct Supervisor {
    runtime: Runtime,
    signals: Signals,
}

impl Supervisor {
    pub(crate) fn start() -> Result<Self, CommandError> {
        let cannot =
            |error: io::Error| CommandError::local(format!("cannot receive signals: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(cannot)?;
        let signals = {
            let _inside = runtime.enter();
            Signals::listen().map_err(cannot)?
        };
        Ok(Supervisor { runtime, signals })
    }

    /// Runs a command to completion, with the standard streams and the environment of this process
    /// plus these variables. Returns its exit code.
    pub(crate) fn run(
        &mut self,
        words: &[OsString],
        variables: &[(String, String)],
    ) -> Result<u8, RunError> {
        let Supervisor { runtime, signals } = self;
        runtime.block_on(async {
            if let Ok(signal) = tokio::time::timeout(SIGNAL_CHECK, signals.next()).await {
                return Err(RunError {
                    error: CommandError::local("Stopped before the command was started"),
                    code: code_of(SIGNALLED + signals::number(signal)),
                });
            }
            let mut child = spawn(words, variables)?;
            loop {
                tokio::select! {
                    ended = child.wait() => return ended.map(exit_code).map_err(cannot_wait),
                    signal = signals.next() => signals::pass_on(signal, &child),
                }
            }
        })
    }
}

fn spawn(words: &[OsString], variables: &[(String, String)]) -> Result<Child, RunError> {
    let (name, arguments) = match words.split_first() {
        Some((name, arguments)) => (name.clone(), arguments),
        None => (OsString::new(), words),
    };
    Command::new(&name)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .spawn()
        .map_err(|error| {
            let code = match error.kind() {
                ErrorKind::NotFound => NO_COMMAND,
                _ => CANNOT_RUN,
            };
            let text = format!("{} cannot be run: {error}", name.display());
            RunError {
                error: CommandError::local(text),
                code,
            }
        })
}

fn cannot_wait(error: io::Error) -> RunError {
    CommandError::local(format!("cannot wait for the command: {error}")).into()
}

/// The exit code that a shell would report.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let signal = signal.map(|number| SIGNALLED + number);
    code_of(status.code().or(signal).unwrap_or(1))
}

/// A code that does not fit, as on Windows, is still reported as a failure.
fn code_of(number: i32) -> u8 {
    u8::try_from(number).unwrap_or(1)
}

/// On other systems there is only Ctrl-C, which the command receives too.
#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
mod signals {
    use tokio::process::Child;

    /// The number of Ctrl-C's signal on Unix.
    pub(crate) fn number((): ()) -> i32 {
        2
    }

    pub(crate) fn pass_on((): (), _child: &Child) {}
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
