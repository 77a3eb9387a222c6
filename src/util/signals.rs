//! Blocks signals briefly while their handlers are being installed.
//!
//! A library that installs a handler first registers it with the system and then records what the
//! handler should do. A signal in between would be caught and lost. Must not know any other module of
//! the crate.

use std::io;

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Runs `install` while termination signals are blocked. Signals that arrive meanwhile are delivered
/// afterwards, to another thread than one that `install` starts: such a thread never receives any of
/// them. Only this thread's signals are blocked, so threads that exist already must have been started
/// in here too.
///
/// # Errors
/// The system refuses the signal mask, or `install` fails.
#[cfg(unix)]
pub fn while_held<T>(install: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let mut ends = SigSet::empty();
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        ends.add(signal);
    }
    let before = ends.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let installed = install();
    before.thread_set_mask()?;
    installed
}

/// Runs `install`. Other systems do not lose signals here.
///
/// # Errors
/// `install` fails.
#[cfg(not(unix))]
pub fn while_held<T>(install: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    install()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_as_it_was() {
        let before = SigSet::thread_get_mask().unwrap();
        let inside = while_held(|| Ok(SigSet::thread_get_mask()?)).unwrap();
        assert!(inside.contains(Signal::SIGINT) && inside.contains(Signal::SIGTERM));
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
        let failed = while_held(|| Err::<(), _>(io::ErrorKind::Other.into()));
        assert!(failed.is_err());
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
    }

    #[test]
    fn a_thread_started_inside_keeps_them_blocked() {
        let thread = while_held(|| Ok(std::thread::spawn(SigSet::thread_get_mask))).unwrap();
        let inside = thread.join().unwrap().unwrap();
        assert!(inside.contains(Signal::SIGINT) && inside.contains(Signal::SIGTERM));
    }
}
