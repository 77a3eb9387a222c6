//! Work on large bodies and large answers, apart from the API's thread.
//!
//! The API has one thread. A body of megabytes takes long to read as JSON, and so does writing down
//! ten thousand proxies; while the thread does either, nobody else is answered. So what is large is
//! done on other threads, and little of it at a time, as each takes memory. What is small stays: a
//! change of threads costs more.
//!
//! Must not know what is read or written.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::ApiError;

/// Bodies up to this many bytes are read where they arrive.
const LIGHT_BODY: usize = 64 << 10;
/// Answers that show as many proxies and toxics are written where they are asked for.
const LIGHT_ANSWER: usize = 200;
/// How many of such a kind are worked on at a time.
const AT_ONCE: usize = 2;

/// Places on other threads: bodies and answers do not wait for each other.
#[derive(Clone, Debug)]
pub(super) struct Offload {
    bodies: Arc<Semaphore>,
    answers: Arc<Semaphore>,
}

impl Default for Offload {
    fn default() -> Self {
        let places = || Arc::new(Semaphore::new(AT_ONCE));
        Offload {
            bodies: places(),
            answers: places(),
        }
    }
}

impl Offload {
    /// Reads a body of so many bytes.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        bytes: usize,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        match bytes <= LIGHT_BODY {
            true => Ok(read()),
            false => on_another_thread(&self.bodies, read).await,
        }
    }

    /// Writes an answer that shows so many proxies and toxics.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        weight: usize,
        write: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        match weight <= LIGHT_ANSWER {
            true => Ok(write()),
            false => on_another_thread(&self.answers, write).await,
        }
    }
}

async fn on_another_thread<T: Send + 'static>(
    places: &Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    // Nobody closes it, so there always is a place in the end.
    let _place = places.acquire().await;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ApiError::internal())
}
