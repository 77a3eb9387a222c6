//! Signals: which are listened to, and what becomes of them.

use std::fs::{self, File};
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokio::process::Child;
use tokio::signal::unix::{self, SignalKind};

use crate::util::signals;

/// Those that would end us.
const LISTENED: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// Signals that are listened to.
pub(super) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Listens from now on. Whoever has us ignore a signal, as `nohup` does, wants the command to
    /// ignore it too, which it inherits if we leave it alone.
    pub(super) fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let is_wanted = |signal: &Signal| ignored & (1 << (number(*signal) - 1)) == 0;
        let wanted = LISTENED.into_iter().filter(is_wanted);
        let listened = wanted.map(|signal| {
            let kind = SignalKind::from_raw(number(signal));
            Ok((signal, unix::signal(kind)?))
        });
        signals::while_held(|| listened.collect::<io::Result<_>>()).map(Signals)
    }

    /// The next one that comes.
    pub(super) async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            for (signal, coming) in &mut self.0 {
                if coming.poll_recv(context) == Poll::Ready(Some(())) {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The system's number of a signal.
pub(super) fn number(signal: Signal) -> i32 {
    signal.as_raw()
}

/// The signals that are ignored, a bit each, the lowest for number 1. Systems other than Linux do
/// not tell.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0)
}

/// Tells the command, unless it has been told. Fails only where the command has ended.
pub(super) fn pass_on(signal: Signal, child: &Child) {
    if is_of_terminal(signal) {
        return;
    }
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = id.and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Whether a signal is one that a terminal sends for a key, and this terminal to us. It sends to all
/// of its foreground group, so the command has it too, and some take a second one for an order to
/// drop everything.
fn is_of_terminal(signal: Signal) -> bool {
    let by_key = [Signal::INT, Signal::QUIT].contains(&signal);
    by_key
        && File::open("/dev/tty")
            .and_then(|terminal| Ok(tcgetpgrp(terminal)?))
            .is_ok_and(|group| group == getpgrp())
}
