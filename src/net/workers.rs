//! The threads that carry connections, each with a runtime, a clock and buffers of its own.
//!
//! A connection is at home on one of them from its first byte to its last: what wakes it, what
//! carries it and the memory it uses are on one core, and nobody else has to be woken for it. The
//! control API has a thread of its own, so no amount of traffic stands in its way. Must not know
//! what runs there.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::{Builder, EnterGuard, Handle};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::clock::Clock;

/// Connections by which a worker may be ahead of the least busy one before it gives new ones away;
/// giving away costs a wake-up of another core.
const SLACK: usize = 1;

/// The workers of this process. Cheap to clone; when the last clone is gone, the threads end and
/// what still ran there is dropped.
#[derive(Clone, Debug)]
pub struct Workers {
    homes: Arc<[Home]>,
    next: Arc<AtomicUsize>,
    _threads: Arc<[oneshot::Sender<()>]>,
}

/// One worker. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Home {
    handle: Handle,
    pub(super) clock: Clock,
    load: Arc<AtomicUsize>,
}

/// A connection that a worker has taken on; dropped when it is over.
#[derive(Debug)]
pub(super) struct Lodger(Arc<AtomicUsize>);

impl Drop for Lodger {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    /// Starts `count` threads, at least one. Errors: threads or file descriptors have run out.
    pub fn start(count: usize) -> io::Result<Self> {
        let origin = Instant::now();
        let (mut homes, mut threads) = (Vec::new(), Vec::new());
        for number in 0..count.max(1) {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            homes.push(Home::of(runtime.handle().clone(), origin)?);
            let (alive, ended) = oneshot::channel::<()>();
            threads.push(alive);
            std::thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || {
                    // Nothing is ever sent: it ends when the sender is dropped.
                    let _ = runtime.block_on(ended);
                    runtime.shutdown_background();
                })?;
        }
        Ok(Workers::of(homes, threads))
    }

    /// No thread of their own: everything runs on the runtime that this is called in. Errors: file
    /// descriptors have run out.
    pub fn here() -> io::Result<Self> {
        let home = Home::of(Handle::current(), Instant::now())?;
        Ok(Workers::of(vec![home], Vec::new()))
    }

    fn of(homes: Vec<Home>, threads: Vec<oneshot::Sender<()>>) -> Self {
        Workers {
            homes: homes.into(),
            next: Arc::default(),
            _threads: threads.into(),
        }
    }

    /// A worker for something that lasts, each in turn.
    pub(super) fn home(&self) -> Home {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        // There is at least one.
        self.homes[turn % self.homes.len()].clone()
    }

    /// A worker for a connection that `here` has accepted: `here`, unless another has less to do.
    pub(super) fn home_near(&self, here: &Home) -> Home {
        let load = |home: &Home| home.load.load(Ordering::Relaxed);
        let least = self.homes.iter().min_by_key(|home| load(home));
        match least {
            Some(other) if load(other) + SLACK < load(here) => other.clone(),
            _ => here.clone(),
        }
    }
}

impl Home {
    fn of(handle: Handle, origin: Instant) -> io::Result<Self> {
        let clock = {
            let _inside = handle.enter();
            Clock::start(origin)?
        };
        Ok(Home {
            handle,
            clock,
            load: Arc::default(),
        })
    }

    pub(super) fn is(&self, other: &Home) -> bool {
        Arc::ptr_eq(&self.load, &other.load)
    }

    /// What is made while the guard lives belongs to this worker, such as a socket's registration.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(task).abort_handle()
    }

    /// Counts a connection in.
    pub(super) fn take_in(&self) -> Lodger {
        self.load.fetch_add(1, Ordering::Relaxed);
        Lodger(Arc::clone(&self.load))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_stay_where_they_came_in_unless_another_worker_has_less_to_do() {
        let workers = Workers::start(2).unwrap();
        let (one, other) = (workers.home(), workers.home());
        assert!(!one.is(&other));
        let mut lodgers = Vec::new();
        for _ in 0..20 {
            lodgers.push(workers.home_near(&one).take_in());
        }
        let loads = [&one, &other].map(|home| home.load.load(Ordering::Relaxed));
        assert_eq!(loads.iter().sum::<usize>(), 20);
        assert!(loads[0] - loads[1] <= SLACK + 1, "{loads:?}");
        drop(lodgers);
        assert!(workers.home_near(&one).is(&one));
    }

    #[test]
    fn threads_end_with_the_last_handle() {
        let workers = Workers::start(1).unwrap();
        let (alive, ended) = oneshot::channel::<()>();
        workers.home().spawn(async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        });
        drop(workers);
        assert!(ended.blocking_recv().is_err());
    }
}
