//! A task that something owns: it ends with its owner.

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// A task that is called off when this is dropped.
#[derive(Debug)]
pub(super) struct Timer(AbortHandle);

impl Timer {
    pub(super) fn start(runtime: &Handle, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Timer(runtime.spawn(work).abort_handle())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}
