//! The wall clock behind the time stamps of events.
//!
//! It is a value, so that a test can set it. Nothing else in this room reads the wall clock: what
//! has to wait uses tokio's clock, which does not jump.

use std::time::SystemTime;

/// Tells the time of day.
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
