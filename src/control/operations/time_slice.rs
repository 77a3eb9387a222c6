//! Long operations in slices, between which the thread serves other requests.
//!
//! The API has one thread. An operation over ten thousand proxies that never yields would keep
//! every other request waiting for seconds; one that yields after each proxy would spend its time
//! on yielding. So it yields when a few milliseconds have gone by.

use std::time::{Duration, Instant};

/// How long an operation may occupy the thread.
const SLICE: Duration = Duration::from_millis(5);

/// The slice that an operation is in.
#[derive(Debug)]
pub(in crate::control) struct TimeSlice(Instant);

impl TimeSlice {
    /// A slice begins now.
    pub(in crate::control) fn start() -> Self {
        TimeSlice(Instant::now())
    }

    /// Yields if the slice is over, and begins another. Operations call this after each proxy.
    pub(in crate::control) async fn yield_if_over(&mut self) {
        if self.0.elapsed() >= SLICE {
            tokio::task::yield_now().await;
            self.0 = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_operation_yields_to_other_tasks() {
        let other = tokio::spawn(async {});
        let mut slice = TimeSlice::start();
        let begun = Instant::now();
        while !other.is_finished() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it never yields");
            slice.yield_if_over().await;
        }
    }
}
