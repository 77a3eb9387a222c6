//! Throttles log lines whose number depends on traffic: logs the first of a burst, and a count at
//! its end.
//!
//! The caller asks whether an occurrence is new in this burst. An occurrence that is not new is
//! counted, and is logged at debug level at most. Must not know what is logged.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A burst ends when nothing has happened for this long.
const QUIET: Duration = Duration::from_secs(2);
/// How often the end of a burst is checked.
const LOOK: Duration = Duration::from_millis(500);
/// How often a burst that continues is reported.
const REPORT: Duration = Duration::from_secs(60);
/// How many kinds of occurrence a burst logs; further kinds are only counted.
const KINDS: usize = 4;

/// Called with the number of omitted lines when a burst ends, and every minute while it continues.
type Tell = Box<dyn Fn(u64) + Send + Sync>;

/// Groups occurrences into bursts and counts them. Cheap to clone.
#[derive(Clone)]
pub(super) struct LogThrottle(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    tell: Tell,
}

#[derive(Default)]
struct State {
    /// The kinds of occurrence that were logged in this burst.
    logged: Vec<String>,
    /// The number of occurrences that were not logged.
    left_out: u64,
    /// The number of occurrences that are still in progress.
    ongoing: usize,
    last: Option<Instant>,
    watcher: Option<AbortHandle>,
}

/// An occurrence that is in progress until this is dropped. No burst ends before that.
pub(super) struct Ongoing(Arc<Inner>);

impl Drop for Ongoing {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.ongoing -= 1;
        state.last = Some(Instant::now());
    }
}

impl LogThrottle {
    /// `tell` is called at the end of a burst, unless every line of the burst was logged.
    pub(super) fn new(tell: impl Fn(u64) + Send + Sync + 'static) -> Self {
        LogThrottle(Arc::new(Inner {
            state: Mutex::default(),
            tell: Box::new(tell),
        }))
    }

    /// Records an occurrence. Returns whether to log it: it is the first of its kind in its burst.
    pub(super) fn is_first(&self, kind: &str) -> bool {
        let mut state = self.0.state();
        state.last = Some(Instant::now());
        let known = state.logged.iter().any(|logged| logged == kind);
        let is_new = !known && state.logged.len() < KINDS;
        if is_new {
            state.logged.push(kind.to_owned());
        } else {
            state.left_out += 1;
        }
        if state.watcher.is_none() {
            // Without a runtime, which is then shutting down, there is no need to report the
            // burst's end.
            let runtime = Handle::try_current().ok();
            let watcher = Arc::downgrade(&self.0);
            state.watcher = runtime.map(|runtime| runtime.spawn(watch(watcher)).abort_handle());
        }
        is_new
    }

    /// Records an occurrence that lasts for a while.
    pub(super) fn begin(&self, kind: &str) -> (bool, Ongoing) {
        self.0.state().ongoing += 1;
        (self.is_first(kind), Ongoing(Arc::clone(&self.0)))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn report(&self, left_out: u64) {
        if left_out > 0 {
            (self.tell)(left_out);
        }
    }

    /// Ends the burst if nothing has happened for long enough.
    fn ends(&self) -> bool {
        let mut state = self.state();
        let quiet = state.last.is_none_or(|last| last.elapsed() >= QUIET);
        if state.ongoing > 0 || !quiet {
            return false;
        }
        let ended = std::mem::take(&mut *state);
        drop(state);
        self.report(ended.left_out);
        true
    }

    fn report_so_far(&self) {
        let left_out = std::mem::take(&mut self.state().left_out);
        self.report(left_out);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let ended = std::mem::take(&mut *self.state());
        self.report(ended.left_out);
        if let Some(watcher) = ended.watcher {
            watcher.abort();
        }
    }
}

async fn watch(throttle: Weak<Inner>) {
    let mut reported = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(throttle) = throttle.upgrade() else {
            return;
        };
        if throttle.ends() {
            return;
        }
        if reported.elapsed() >= REPORT {
            reported = Instant::now();
            throttle.report_so_far();
        }
    }
}

impl std::fmt::Debug for LogThrottle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogThrottle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A throttle, and the counts that it reported.
    fn reporting() -> (LogThrottle, Arc<Mutex<Vec<u64>>>) {
        let counts = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&counts);
        (LogThrottle::new(move |more| seen.lock().push(more)), counts)
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_logged_once_and_counted_at_its_end() {
        let (throttle, counts) = reporting();
        for _ in 0..2 {
            assert!(throttle.is_first("refused"));
            for _ in 0..99 {
                tokio::time::sleep(QUIET / 4).await;
                assert!(!throttle.is_first("refused"));
            }
            tokio::time::sleep(2 * QUIET).await;
        }
        assert_eq!(*counts.lock(), [99, 99]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_kinds_are_logged_and_the_others_counted() {
        let (throttle, counts) = reporting();
        let kinds: Vec<String> = (0..20).map(|kind| kind.to_string()).collect();
        let new = kinds.iter().filter(|kind| throttle.is_first(kind)).count();
        assert_eq!(new, KINDS);
        drop(throttle);
        assert_eq!(*counts.lock(), [16]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_lasts_as_long_as_an_occurrence_and_is_reported_every_minute() {
        let (throttle, counts) = reporting();
        let (first, ongoing) = throttle.begin("full");
        assert!(first && !throttle.is_first("full"));
        tokio::time::sleep(REPORT + 2 * QUIET).await;
        assert_eq!(*counts.lock(), [1]);
        assert!(!throttle.is_first("full"));
        drop(ongoing);
        tokio::time::sleep(2 * QUIET).await;
        assert_eq!(*counts.lock(), [1, 1]);
        assert!(throttle.is_first("full"));
    }
}
