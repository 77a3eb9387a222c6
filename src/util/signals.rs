//! Signals held back for a moment, while what catches them is put in place.
//!
//! Whoever installs a handler tells the system of it first and then writes down what the handler is
//! to do; a signal that came in between would be caught and forgotten. May know nothing of the
//! crate.

use std::io;

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Runs `install` while the signals that ask a process to end wait; those that came meanwhile are
/// delivered behind it. It holds back those to this thread, so call it before there are others.
///
/// # Errors
/// The system takes no mask of signals, or `install` fails.
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

/// Nothing is lost elsewhere.
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
}
