//! Runs work on large bodies and large answers outside the API's thread.
//!
//! The API has one thread. Decoding megabytes of JSON or writing ten thousand proxies takes long, and nobody
//! else would be answered meanwhile. So large work runs on other threads, and little of it at a time, because
//! each piece takes memory. Small work stays on the API's thread, because switching threads costs more.
//!
//! Must not know: what is read or written.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::error::ApiError;

/// Bodies up to this many bytes are decoded on the API's thread.
const LIGHT_BODY: usize = 64 << 10;
/// Answers with up to this many proxies and toxics are written on the API's thread.
const LIGHT_ANSWER: usize = 200;
/// How many large bodies, and how many large answers, are processed at a time.
const AT_ONCE: usize = 2;

/// Permits for work on other threads. Bodies and answers have separate ones, so neither waits for the other.
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
    /// Decodes a body of this many bytes.
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

    /// Writes an answer that shows this many proxies and toxics.
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
    // The semaphore is never closed, so this always gets a permit in the end.
    let _place = places.acquire().await;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ApiError::internal())
}
