//! The command of a run, and the signals that come meanwhile.
//!
//! None of them ends us: we end when the command has ended, and pass them on to it.

#[cfg(unix)]
mod signals;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Runtime};

use super::NotRun;
use crate::cli::failure::Problem;
#[cfg(unix)]
use signals::Signals;

/// The exit codes of a shell for a command that cannot be run, and for one that is not there.
const CANNOT_RUN: u8 = 126;
const NO_COMMAND: u8 = 127;
/// What a shell adds to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;
/// How long to look for signals that came before the command.
const GLANCE: Duration = Duration::from_millis(1);

/// Whoever waits for a command, and from now on for signals.
pub(super) struct Watch {
    runtime: Runtime,
    signals: Signals,
}

impl Watch {
    pub(super) fn begin() -> Result<Self, Problem> {
        let cannot =
            |error: io::Error| Problem::local(format!("cannot listen to signals: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(cannot)?;
        let signals = {
            let _inside = runtime.enter();
            Signals::listen().map_err(cannot)?
        };
        Ok(Watch { runtime, signals })
    }

    /// Runs a command to its end, with our standard streams and these variables besides ours. Returns its exit code.
    pub(super) fn run(
        &mut self,
        words: &[OsString],
        variables: &[(String, String)],
    ) -> Result<u8, NotRun> {
        let Watch { runtime, signals } = self;
        runtime.block_on(async {
            if let Ok(signal) = tokio::time::timeout(GLANCE, signals.next()).await {
                return Err(NotRun {
                    problem: Problem::local("Stopped before the command began"),
                    code: code_of(SIGNALLED + signals::number(signal)),
                });
            }
            let mut child = start(words, variables)?;
            loop {
                tokio::select! {
                    ended = child.wait() => return ended.map(exit_code).map_err(cannot_wait),
                    signal = signals.next() => signals::pass_on(signal, &child),
                }
            }
        })
    }
}

fn start(words: &[OsString], variables: &[(String, String)]) -> Result<Child, NotRun> {
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
            let told = format!("{} cannot be run: {error}", name.display());
            NotRun {
                problem: Problem::local(told),
                code,
            }
        })
}

fn cannot_wait(error: io::Error) -> NotRun {
    Problem::local(format!("cannot wait for the command: {error}")).into()
}

/// The code that a shell would have.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let signal = signal.map(|number| SIGNALLED + number);
    code_of(status.code().or(signal).unwrap_or(1))
}

/// Codes that do not fit (there are some on Windows) are failures still.
fn code_of(number: i32) -> u8 {
    u8::try_from(number).unwrap_or(1)
}

/// Elsewhere there is Ctrl-C, of which the command is told as we are.
#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
mod signals {
    use tokio::process::Child;

    /// Ctrl-C.
    pub(super) fn number((): ()) -> i32 {
        2
    }

    pub(super) fn pass_on((): (), _child: &Child) {}
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
