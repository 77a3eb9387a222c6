//! What a rule counts over all connections in order to decide: the numbers of requests, and a quota.
//!
//! Every number is a relaxed atomic. Two requests that come at the same moment on two connections may
//! get their numbers in either order, but never the same one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::touched::Touched;
use crate::engine::Moment;

/// Bits of a count of requests within a window. The other 40 are the window's start in ms, which
/// suffices for 34 years.
const COUNT_BITS: u32 = 24;
const MOST: u64 = (1 << COUNT_BITS) - 1;

/// What a rule counts over all connections.
#[derive(Debug, Default)]
pub struct RuleState {
    /// Requests that matched.
    requests: AtomicU64,
    /// The start of the current window in ms, plus 1, and the requests that came in it.
    window: AtomicU64,
    /// The connections that the rule has acted on.
    pub(super) touched: Touched,
}

impl RuleState {
    /// The number of a request that matches, counted from 1.
    pub(super) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a request against a quota of so many in a window. Returns the rest of the window if
    /// the quota was used up before. A window begins with the first request behind the previous one,
    /// so that it does not depend on when the toxic was added how many of a test's requests pass.
    pub(super) fn over_quota(&self, quota: u64, window: Duration, now: Moment) -> Option<Duration> {
        let now_ms = now.as_nanos() / 1_000_000;
        let window_ms = u64::try_from(window.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut before = self.window.load(Ordering::Relaxed);
        loop {
            let (start, count) = (before >> COUNT_BITS, before & MOST);
            // A connection may have read its clock before another connection began the window.
            let is_open = start > 0 && now_ms < (start - 1).saturating_add(window_ms);
            let (start, count) = if is_open {
                (start, count)
            } else {
                (now_ms + 1, 0)
            };
            let after = (start << COUNT_BITS) | (count + 1).min(MOST);
            let swap = self.window.compare_exchange_weak(
                before,
                after,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match swap {
                Ok(_) if count < quota.min(MOST) => return None,
                Ok(_) => {
                    let end = (start - 1).saturating_add(window_ms);
                    let left = Duration::from_millis(end.saturating_sub(now_ms));
                    return Some(left.max(Duration::from_millis(1)));
                }
                Err(current) => before = current,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::ORIGIN + Duration::from_millis(ms)
    }

    #[test]
    fn requests_within_the_quota_pass_and_the_next_window_begins_with_a_request() {
        let state = RuleState::default();
        let window = Duration::from_millis(1000);
        let ask = |ms| {
            state
                .over_quota(2, window, at(ms))
                .map(|left| left.as_millis())
        };
        assert_eq!([ask(0), ask(900)], [None, None]);
        assert_eq!([ask(900), ask(999)], [Some(100), Some(1)]);
        // The window of this one ends at 4500, not at a multiple of 1000.
        assert_eq!([ask(3500), ask(3600)], [None, None]);
        assert_eq!([ask(4100), ask(4499)], [Some(400), Some(1)]);
        assert_eq!(ask(4500), None);
    }

    #[test]
    fn a_quota_of_zero_lets_nothing_pass() {
        let state = RuleState::default();
        let window = Duration::from_secs(1);
        assert_eq!(state.over_quota(0, window, at(5)), Some(window));
    }

    #[test]
    fn extremes_of_time_and_window_do_not_overflow() {
        let state = RuleState::default();
        assert_eq!(state.over_quota(1, Duration::MAX, at(1)), None);
        assert!(state.over_quota(1, Duration::MAX, at(u64::MAX)).is_some());
        assert_eq!(state.over_quota(1, Duration::ZERO, at(u64::MAX)), None);
    }
}
