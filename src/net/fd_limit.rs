//! Limits the file descriptors of proxies, and keeps a reserve for the control API.
//!
//! Every socket of a connection needs a permit, taken before the socket is created and returned when
//! it is closed. While no permit is free, clients wait in the accept queue. The reserve lets users
//! end connections through the API when all other descriptors are taken. The API is lent more
//! descriptors while proxies do not need them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::log_throttle::LogThrottle;

/// Descriptors for everything else in the process: standard streams, pollers, timers, the API's
/// listener, and short-lived sockets of name lookups.
const OF_PROCESS: usize = 24;
/// One descriptor in this many is reserved, within the bounds below.
const RESERVED: usize = 16;
const LEAST_RESERVE: usize = 32;
const MOST_RESERVE: usize = 256;
/// How long a client waits for descriptors. Without a limit there could be a deadlock: where another
/// program routes a proxy's connections back to it, those that hold descriptors may wait for this client.
const PATIENCE: Duration = Duration::from_secs(10);

/// The descriptors that proxies may use. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct FdLimit(Arc<Table>);

#[derive(Debug)]
struct Table {
    free: Semaphore,
    /// Descriptors that listeners took when none were free. The next ones returned pay for them.
    owed: AtomicUsize,
    /// Descriptors reserved for connections to the API.
    of_api: usize,
    /// A descriptor is lent only while more than this many are free.
    not_lent: usize,
    /// Throttles the warning about clients that wait for descriptors, over all proxies.
    exhausted: LogThrottle,
    /// Throttles the warning about clients that cannot be accepted for another reason.
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

/// The right to one descriptor, returned on drop.
#[derive(Debug)]
pub(super) struct FdPermit(Arc<Table>);

impl Drop for FdPermit {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl FdLimit {
    /// Raises the process's limit as far as the system allows, as Go programs do, and keeps a reserve.
    pub(super) fn of_process() -> Self {
        let limit = raised_limit().min(Semaphore::MAX_PERMITS);
        let reserve = (limit / RESERVED).clamp(LEAST_RESERVE, MOST_RESERVE);
        FdLimit::of(limit.saturating_sub(reserve), reserve - OF_PROCESS)
    }

    /// The number of descriptors that are free now.
    pub(super) fn free(&self) -> usize {
        self.0.free.available_permits()
    }

    /// Descriptors reserved for connections to the API.
    pub(super) fn of_api(&self) -> usize {
        self.0.of_api
    }

    /// Lends a descriptor to the API, or to an additional dial attempt, while more than half of the
    /// proxies' descriptors are free.
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

    /// Waits for the permits of both sockets of a connection, up to `PATIENCE`. A wait is logged with
    /// the name of the `proxy` whose client waits. None: the wait timed out.
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

    /// Throttles the warning about clients that cannot be accepted, over all proxies.
    pub(super) fn refused(&self) -> &LogThrottle {
        &self.0.refused
    }

    fn free_pair(&self) -> Option<[FdPermit; 2]> {
        let permits = self.0.free.try_acquire_many(2).ok()?;
        permits.forget();
        Some(self.pair())
    }

    async fn pair_in_time(&self) -> [FdPermit; 2] {
        // The semaphore is never closed, so `acquire_many` cannot fail.
        if let Ok(permits) = self.0.free.acquire_many(2).await {
            permits.forget();
        }
        self.pair()
    }

    fn pair(&self) -> [FdPermit; 2] {
        [FdPermit(Arc::clone(&self.0)), FdPermit(Arc::clone(&self.0))]
    }

    /// Takes a descriptor for a listener until the guard is dropped. It never waits.
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
    /// The most that macOS accepts (`OPEN_MAX`) even where it reports no limit.
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
