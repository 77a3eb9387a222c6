//! Divides long operations into time slices, so that the thread can serve other requests in between.
//!
//! Operations share one thread. One on ten thousand proxies that never yields would delay every
//! other request by seconds. Yielding after each proxy would spend most of the time on yielding. So an
//! operation yields when a few milliseconds have passed.

use std::time::{Duration, Instant};

/// How long an operation may occupy the thread.
const SLICE: Duration = Duration::from_millis(5);

/// The current time slice of an operation.
#[derive(Debug)]
pub(in crate::control) struct TimeSlice(Instant);

impl TimeSlice {
    /// Begins a slice now.
    pub(in crate::control) fn start() -> Self {
        TimeSlice(Instant::now())
    }

    /// Yields and begins a new slice if the current one is over. Operations call this after each proxy.
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
