//! The threads that carry connections: a runtime of their own, with one clock for all.
//!
//! The control API runs elsewhere, so no amount of traffic stands in its way. Whoever is free takes
//! what is ready: with connections bound to one thread each, waiting for the other thread's core
//! was the larger part of a delay's error (`benches/README.md` has the figures). Must not know what
//! runs there.

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

/// The workers of this process. Cheap to clone; when the last clone is gone, the threads end and
/// what still ran there is dropped.
#[derive(Clone, Debug)]
pub struct Workers {
    handle: Handle,
    dialler: Dialler,
    _threads: Arc<Threads>,
}

/// A runtime that may be dropped anywhere, also inside another one.
#[derive(Debug)]
struct Threads(Option<Runtime>);

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
        Workers::on(runtime.handle().clone(), Threads(Some(runtime)))
    }

    /// No threads of their own: everything runs on the runtime that this is called in. Errors: file
    /// descriptors have run out.
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

    /// Who looks up names for this process.
    pub fn lookups(&self) -> &Lookups {
        &self.dialler.lookups
    }

    /// How many file descriptors are left for connections to the API.
    pub fn descriptors_of_api(&self) -> usize {
        self.dialler.fd_limit.of_api()
    }

    /// One descriptor more for a connection to the API, for as long as the answer lives, while proxies
    /// do not need it.
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

    /// What is made while the guard lives is the workers', such as a socket's registration.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(task).abort_handle()
    }
}

/// Wakes the task again, but not at once: as `yield_now` has it, the runtime looks at the sockets
/// first. Tasks that are always ready would let the bytes of others wait for dozens of turns.
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
