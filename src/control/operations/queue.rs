//! The queue of operations. It runs one at a time, each to completion.
//!
//! Operations that start or stop listeners wait for tasks of this process, so they cannot run under a
//! lock. A single task runs them one after the other instead. An operation that has begun is completed
//! even if the client that requested it has disconnected.

use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use crate::control::error::ControlError;

/// How many operations may be queued before the next caller has to wait.
const QUEUE: usize = 64;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A reference to the queue that does not keep its task alive.
#[derive(Clone, Debug)]
pub(in crate::control) struct WeakOperationQueue(mpsc::WeakSender<Job>);

impl WeakOperationQueue {
    pub(in crate::control) fn upgrade(&self) -> Option<OperationQueue> {
        self.0.upgrade().map(OperationQueue)
    }
}

/// The queue. Its task ends with the last clone.
#[derive(Clone, Debug)]
pub(in crate::control) struct OperationQueue(mpsc::Sender<Job>);

impl OperationQueue {
    /// Must be called inside a tokio runtime.
    pub(in crate::control) fn start() -> Self {
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE);
        tokio::spawn(async move {
            while let Some(job) = jobs.recv().await {
                // Run in a separate task, so that a panic ends only this operation.
                if let Err(error) = tokio::spawn(job).await {
                    tracing::error!(%error, "an operation panicked; please report this");
                }
            }
        });
        OperationQueue(queue)
    }

    pub(in crate::control) fn downgrade(&self) -> WeakOperationQueue {
        WeakOperationQueue(self.0.downgrade())
    }

    /// Queues an operation and waits for its result. Errors: [`ControlError::Broken`] if it panicked.
    pub(in crate::control) async fn run<T: Send + 'static>(
        &self,
        operation: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ControlError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::pin(async move {
            // The receiver is gone if the client has disconnected.
            let _ = answer.send(operation.await);
        });
        self.0.send(job).await.map_err(|_| ControlError::Broken)?;
        answered.await.map_err(|_| ControlError::Broken)
    }
}
