//! One at a time, and to the end: what starts and stops listeners.
//!
//! Such operations have to wait for our own tasks to end, so they cannot run under a lock. They
//! run in a task instead, one after the other. An operation that has begun is carried through
//! even if the client that asked for it has gone.

use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use crate::control::error::ControlError;

/// Operations that may queue up before the next has to wait.
const QUEUE: usize = 64;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A queue of operations that does not keep the task behind it.
#[derive(Clone, Debug)]
pub(in crate::control) struct WeakOperationQueue(mpsc::WeakSender<Job>);

impl WeakOperationQueue {
    pub(in crate::control) fn upgrade(&self) -> Option<OperationQueue> {
        self.0.upgrade().map(OperationQueue)
    }
}

/// The queue of operations. The task behind it ends with the last clone.
#[derive(Clone, Debug)]
pub(in crate::control) struct OperationQueue(mpsc::Sender<Job>);

impl OperationQueue {
    /// Must be called inside a tokio runtime.
    pub(in crate::control) fn start() -> Self {
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE);
        tokio::spawn(async move {
            while let Some(job) = jobs.recv().await {
                // In a task of its own: one that panics must not take the others along.
                if let Err(error) = tokio::spawn(job).await {
                    tracing::error!(%error, "an operation broke down; please report this");
                }
            }
        });
        OperationQueue(queue)
    }

    pub(in crate::control) fn downgrade(&self) -> WeakOperationQueue {
        WeakOperationQueue(self.0.downgrade())
    }

    /// Runs an operation when its turn comes. Errors: [`ControlError::Broken`] if it panicked.
    pub(in crate::control) async fn run<T: Send + 'static>(
        &self,
        operation: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ControlError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::pin(async move {
            // Nobody listens any more if the client has gone.
            let _ = answer.send(operation.await);
        });
        self.0.send(job).await.map_err(|_| ControlError::Broken)?;
        answered.await.map_err(|_| ControlError::Broken)
    }
}
