//! What the guards of one instance share: its registry of proxies and its threads.
//!
//! Must not know what guards there are.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, EnterGuard, Handle};

use super::error::Error;
use crate::control::{Control, Options};
use crate::net::{Threads, Workers};

/// What guards share with the instance that made them.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) control: Control,
    handle: Handle,
    /// Behind `control` on purpose: fields are dropped in their order.
    _threads: Threads,
}

impl Instance {
    /// Starts `threads` threads and the proxies' registry on them. Errors: threads, timers or file descriptors have
    /// run out.
    pub(super) fn start(
        threads: usize,
        options: impl FnOnce(Workers) -> Options,
    ) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("aconite")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let control = {
            let _inside = handle.enter();
            Control::new(options(Workers::here()?))?
        };
        Ok(Instance {
            control,
            handle,
            _threads: Threads::of(runtime),
        })
    }

    /// Runs a future to its end on the calling thread. Panics inside a runtime.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }

    /// What is called while the guard lives can start timers and tasks on this instance's threads.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Runs an operation on this instance's threads, to its end even if the caller stops waiting.
    pub(super) async fn run<T: Send + 'static, E: Into<Error> + Send + 'static>(
        &self,
        operation: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Error> {
        match self.handle.spawn(operation).await {
            Ok(done) => done.map_err(Into::into),
            Err(error) if error.is_panic() => Err(Error::internal()),
            Err(_) => Err(Error::stopped()),
        }
    }

    /// The same without waiting, for drops. The instance lives until the operation has ended.
    pub(super) fn run_in_background(
        self: &Arc<Self>,
        operation: impl Future<Output = ()> + Send + 'static,
    ) {
        let instance = Arc::clone(self);
        self.handle.spawn(async move {
            operation.await;
            drop(instance);
        });
    }
}
