//! The signals that a run receives, and how they are passed on to its command.

use std::fs::{self, File};
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::process::Child;
use tokio::signal::unix::{self, SignalKind};

use crate::util::signals;

/// The signals that would end this process.
const RECEIVED: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// The signals that are received.
pub(crate) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Receives signals from now on. A signal that is ignored, as under `nohup`, stays ignored: the
    /// command should ignore it too, and inherits that.
    pub(crate) fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let is_wanted = |signal: &Signal| ignored & (1 << (number(*signal) - 1)) == 0;
        let wanted = RECEIVED.into_iter().filter(is_wanted);
        let received = wanted.map(|signal| {
            let kind = SignalKind::from_raw(number(signal));
            Ok((signal, unix::signal(kind)?))
        });
        signals::while_held(|| received.collect::<io::Result<_>>()).map(Signals)
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            for (signal, stream) in &mut self.0 {
                if stream.poll_recv(context) == Poll::Ready(Some(())) {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The system's number of a signal.
pub(crate) fn number(signal: Signal) -> i32 {
    signal.as_raw()
}

/// The signals that are ignored, one bit each, the lowest for number 1. Only Linux has this file.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0)
}

/// Sends a signal to the command, unless the terminal has already sent it. If the command has
/// ended, nothing happens.
pub(crate) fn pass_on(signal: Signal, child: &Child) {
    if is_from_terminal(signal) {
        return;
    }
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = id.and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Whether the terminal sent a signal for a key. The terminal signals its whole foreground group,
/// so the command has received it too; some programs abort at once on a second one.
fn is_from_terminal(signal: Signal) -> bool {
    let by_key = [Signal::INT, Signal::QUIT].contains(&signal);
    by_key
        && File::open("/dev/tty")
            .and_then(|terminal| Ok(tcgetpgrp(terminal)?))
            .is_ok_and(|group| group == getpgrp())
}
