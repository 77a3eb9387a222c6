//! File descriptors: as many as the system gives, and some of them kept for those who can help.
//!
//! Every socket of a connection has a seat from before it is there until it is closed; while none is
//! free, clients wait to be accepted. Some descriptors are left for the control API, which is how a
//! full table is got rid of; it is lent more while proxies do not need them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::log_throttle::LogThrottle;

/// What the process has open besides: standard streams, pollers, timers, the API's listener, and
/// what look-ups take for a moment.
const OF_PROCESS: usize = 24;
/// The part of all descriptors that connections leave alone, and its bounds.
const RESERVED: usize = 16;
const LEAST_RESERVE: usize = 32;
const MOST_RESERVE: usize = 256;
/// How long a client waits for descriptors. Those that are taken may be waiting for this very client,
/// where something between leads a proxy's connections back to it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The descriptors that proxies may take. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct FdLimit(Arc<Table>);

#[derive(Debug)]
struct Table {
    free: Semaphore,
    /// Taken by listeners when none were free: the next ones that are given back are theirs.
    owed: AtomicUsize,
    /// How many are left for connections to the API.
    of_api: usize,
    /// How many proxies have at least, whatever is lent to the API.
    not_lent: usize,
    /// Clients that wait because none are free, over all proxies.
    exhausted: LogThrottle,
    /// Clients that cannot be accepted for another reason.
    refused: LogThrottle,
}

impl Table {
    fn give_back(&self) {
        let less = |owed: usize| owed.checked_sub(1);
        let paid = self
            .owed
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        if paid.is_err() {
            self.free.add_permits(1);
        }
    }
}

/// One descriptor, free again when this is dropped.
#[derive(Debug)]
pub(super) struct FdPermit(Arc<Table>);

impl Drop for FdPermit {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl FdLimit {
    /// Asks the system for all that it gives, as Go programs do, and leaves a reserve.
    pub(super) fn of_process() -> Self {
        let limit = raised_limit().min(Semaphore::MAX_PERMITS);
        let reserve = (limit / RESERVED).clamp(LEAST_RESERVE, MOST_RESERVE);
        FdLimit::of(limit.saturating_sub(reserve), reserve - OF_PROCESS)
    }

    /// How many there are now that nobody has taken.
    pub(super) fn free(&self) -> usize {
        self.0.free.available_permits()
    }

    /// How many are left for connections to the API.
    pub(super) fn of_api(&self) -> usize {
        self.0.of_api
    }

    /// One more for the API, or for a further attempt of a dial, while more than half of those of
    /// proxies are free.
    pub(super) fn lend(&self) -> Option<FdPermit> {
        if self.0.free.available_permits() <= self.0.not_lent {
            return None;
        }
        self.0.free.try_acquire().ok()?.forget();
        Some(FdPermit(Arc::clone(&self.0)))
    }

    fn of(count: usize, of_api: usize) -> Self {
        FdLimit(Arc::new(Table {
            free: Semaphore::new(count),
            owed: AtomicUsize::new(0),
            of_api,
            not_lent: count / 2,
            exhausted: LogThrottle::new(|clients| {
                tracing::info!(
                    clients,
                    "file descriptors are free again; more clients had to wait meanwhile"
                );
            }),
            refused: LogThrottle::new(|times| {
                tracing::info!(
                    times,
                    "connections could not be accepted more times before that"
                );
            }),
        }))
    }

    /// Seats for both sockets of a connection, when they are free. `proxy` has a client that waits
    /// for them; it is named where that is told of. None: it has waited for too long.
    pub(super) async fn pair_for(&self, proxy: &str) -> Option<[FdPermit; 2]> {
        if let Some(permits) = self.free_pair() {
            return Some(permits);
        }
        let (first, _lasting) = self.0.exhausted.begin("");
        if first {
            tracing::warn!(
                proxy,
                "no file descriptors are left: clients wait; allow more open files"
            );
        } else {
            tracing::debug!(proxy, "no file descriptors are left: a client waits");
        }
        let permits = tokio::time::timeout(PATIENCE, self.pair_in_time()).await;
        permits.ok()
    }

    /// Clients that cannot be accepted, over all proxies.
    pub(super) fn refused(&self) -> &LogThrottle {
        &self.0.refused
    }

    fn free_pair(&self) -> Option<[FdPermit; 2]> {
        let permits = self.0.free.try_acquire_many(2).ok()?;
        permits.forget();
        Some(self.pair())
    }

    async fn pair_in_time(&self) -> [FdPermit; 2] {
        // Nobody closes it, so there always are permits in the end.
        if let Ok(permits) = self.0.free.acquire_many(2).await {
            permits.forget();
        }
        self.pair()
    }

    fn pair(&self) -> [FdPermit; 2] {
        [FdPermit(Arc::clone(&self.0)), FdPermit(Arc::clone(&self.0))]
    }

    /// Counts a listener in until the guard is dropped.
    pub(super) fn of_listener(&self) -> Listening {
        if self.0.free.forget_permits(1) == 0 {
            self.0.owed.fetch_add(1, Ordering::Relaxed);
        }
        Listening(Arc::clone(&self.0))
    }
}

/// The descriptor of a listening socket.
#[derive(Debug)]
pub(super) struct Listening(Arc<Table>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

#[cfg(unix)]
fn raised_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// As many as macOS takes where it says that there is no limit.
    const FEWER: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let most = [limit.maximum, Some(FEWER)].into_iter().find(|wanted| {
        let more = wanted.unwrap_or(u64::MAX) > limit.current.unwrap_or(u64::MAX);
        let wanted = Rlimit {
            current: *wanted,
            maximum: limit.maximum,
        };
        more && setrlimit(Resource::Nofile, wanted).is_ok()
    });
    let now = most.unwrap_or(limit.current);
    now.map_or(usize::MAX, |now| usize::try_from(now).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raised_limit() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn seats_are_free_again_one_by_one() {
        let fd_limit = FdLimit::of(4, 0);
        let listening = fd_limit.of_listener();
        let [one, other] = fd_limit.free_pair().unwrap();
        assert!(fd_limit.free_pair().is_none());
        drop(one);
        let [third, fourth] = fd_limit.pair_in_time().await;
        drop((other, third, fourth, listening));
        assert_eq!(fd_limit.0.free.available_permits(), 4);
    }

    #[test]
    fn the_api_is_lent_what_proxies_do_not_need() {
        let fd_limit = FdLimit::of(8, 2);
        let lent: Vec<FdPermit> = std::iter::from_fn(|| fd_limit.lend()).collect();
        assert_eq!(lent.len(), 4);
        assert!(fd_limit.free_pair().is_some());
        drop(lent);
        assert_eq!(fd_limit.0.free.available_permits(), 8);
    }

    #[test]
    fn a_listener_has_the_first_that_are_given_back() {
        let fd_limit = FdLimit::of(2, 0);
        let pair = fd_limit.free_pair().unwrap();
        let listening = fd_limit.of_listener();
        drop(pair);
        assert!(fd_limit.free_pair().is_none());
        drop(listening);
        assert!(fd_limit.free_pair().is_some());
    }
}
