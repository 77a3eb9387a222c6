//! The threads that run connections: a runtime of their own, with one clock for all.
//!
//! The control API runs on another thread, so traffic cannot delay it. Any idle thread takes any
//! ready task. When each connection was bound to one thread, waiting for that thread's core was the
//! larger part of a delay's error (`benches/README.md` has the figures). Must not know what the
//! tasks do.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;

use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};
use tokio::task::AbortHandle;

use super::clock::Clock;
use super::dial::Dialler;
use super::fd_limit::FdLimit;
use super::lookup::Lookups;
use super::loop_detection::LoopDetector;

/// The workers of this process. Cheap to clone. When the last clone is dropped, the threads end and
/// tasks still running on them are dropped.
#[derive(Clone, Debug)]
pub struct Workers {
    handle: Handle,
    dialler: Dialler,
    _threads: Arc<Threads>,
}

/// A runtime that may be dropped anywhere, including inside another runtime.
#[derive(Debug)]
pub struct Threads(Option<Runtime>);

impl Threads {
    /// The threads of this runtime end when the value is dropped.
    pub fn of(runtime: Runtime) -> Self {
        Threads(Some(runtime))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Workers {
    /// Starts `count` threads, at least one. Errors: threads or file descriptors have run out.
    pub fn start(count: usize) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(count.max(1))
            .thread_name("worker")
            .enable_all()
            .build()?;
        Workers::on(runtime.handle().clone(), Threads::of(runtime))
    }

    /// Starts no threads: everything runs on the current runtime. Errors: file descriptors have run
    /// out.
    pub fn here() -> io::Result<Self> {
        Workers::on(Handle::current(), Threads(None))
    }

    fn on(handle: Handle, threads: Threads) -> io::Result<Self> {
        let clock = {
            let _inside = handle.enter();
            Clock::start()?
        };
        let fd_limit = FdLimit::of_process();
        Ok(Workers {
            handle,
            dialler: Dialler {
                lookups: Lookups::new(fd_limit.free()),
                fd_limit,
                loop_detector: LoopDetector::default(),
                clock,
            },
            _threads: Arc::new(threads),
        })
    }

    /// The name look-ups of this process.
    pub fn lookups(&self) -> &Lookups {
        &self.dialler.lookups
    }

    /// How many file descriptors are reserved for connections to the API.
    pub fn descriptors_of_api(&self) -> usize {
        self.dialler.fd_limit.of_api()
    }

    /// Lends one more descriptor for a connection to the API while proxies do not need it. It is
    /// returned when the result is dropped.
    pub fn lend_descriptor(&self) -> Option<Box<dyn Send + Sync>> {
        let permit = self.dialler.fd_limit.lend()?;
        Some(Box::new(permit))
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.dialler.clock
    }

    pub(super) fn fd_limit(&self) -> &FdLimit {
        &self.dialler.fd_limit
    }

    pub(super) fn dialler(&self) -> &Dialler {
        &self.dialler
    }

    /// While the guard lives, new resources such as socket registrations belong to the workers'
    /// runtime.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(task).abort_handle()
    }
}

/// Wakes the task again, but lets the runtime poll its sockets first, like `yield_now`. Otherwise,
/// tasks that are always ready could delay the bytes of others for dozens of turns.
pub(super) fn yield_to_sockets(context: &mut Context<'_>) {
    let _ = pin!(tokio::task::yield_now()).poll(context);
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn threads_end_with_the_last_handle() {
        let workers = Workers::start(1).unwrap();
        let (alive, ended) = oneshot::channel::<()>();
        workers.spawn(async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        });
        drop(workers);
        assert!(ended.blocking_recv().is_err());
    }
}
