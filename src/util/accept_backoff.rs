//! The backoff policy after a failed accept, shared by proxies and the API.
//!
//! Pure: it computes how long to wait, and the accept loop waits.

use std::io;
use std::time::Duration;

/// The first and the longest pause.
const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// The state of an accept loop: whether accepting fails, and how long to wait.
#[derive(Debug, Default)]
pub struct AcceptBackoff {
    pause: Option<Duration>,
}

impl AcceptBackoff {
    /// Records a failed accept. Returns the pause before the next one; `None` if only one client caused the
    /// failure, such as one that disconnected before it was accepted, so that the next accept may succeed.
    pub fn failed(&mut self, error: &io::Error) -> Option<Duration> {
        if is_of_one_client(error) {
            return None;
        }
        let pause = self.pause.map_or(FIRST, |pause| (pause * 2).min(LONGEST));
        self.pause = Some(pause);
        self.pause
    }

    /// Records a successful accept. Returns whether accepting had been failing.
    pub fn succeeded(&mut self) -> bool {
        self.pause.take().is_some()
    }

    /// Whether the last accept failed, not counting failures that one client caused.
    pub fn is_failing(&self) -> bool {
        self.pause.is_some()
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second_and_start_anew_after_a_success() {
        let mut backoff = AcceptBackoff::default();
        let full = io::Error::other("no file descriptors");
        let pauses: Vec<u128> = (0..10)
            .filter_map(|_| backoff.failed(&full))
            .map(|pause| pause.as_millis())
            .collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        assert!(backoff.is_failing() && backoff.succeeded() && !backoff.succeeded());
        assert_eq!(backoff.failed(&full), Some(FIRST));
    }

    #[test]
    fn a_client_that_left_costs_no_pause_and_changes_nothing() {
        let mut backoff = AcceptBackoff::default();
        for kind in [
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::Interrupted,
        ] {
            assert_eq!(backoff.failed(&kind.into()), None);
        }
        assert!(!backoff.is_failing());
    }
}
