//! The wall clock behind the time stamps of events.
//!
//! The clock is a value, so that a test can set it. Nothing else in this module reads the wall clock:
//! code that waits uses tokio's monotonic clock, which does not jump.

use std::time::SystemTime;

/// A source of wall-clock time.
#[derive(Clone, Copy, Debug)]
pub(super) struct WallClock(fn() -> SystemTime);

impl WallClock {
    /// A clock that a test has set.
    #[cfg(test)]
    pub(super) fn of(now: fn() -> SystemTime) -> Self {
        WallClock(now)
    }

    pub(super) fn now(self) -> SystemTime {
        (self.0)()
    }
}

impl Default for WallClock {
    fn default() -> Self {
        WallClock(SystemTime::now)
    }
}
