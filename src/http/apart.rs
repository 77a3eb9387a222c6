//! Work on large bodies and large answers, apart from the API's thread.
//!
//! The API has one thread. A body of megabytes takes long to read as JSON, and so does writing down
//! ten thousand proxies; while the thread does either, nobody else is answered. So what is large is
//! done on other threads, and little of it at a time, as each takes memory. What is small stays: a
//! change of threads costs more.
//!
//! May know: `body`, `wrong`. Must not know: routes.

use std::sync::Arc;

use axum::extract::Request;
use tokio::sync::Semaphore;

use super::Api;
use super::decode_error::WireError;
use super::error::ApiError;
use super::memory::Held;

/// Bodies up to this many bytes are read where they arrive.
const LIGHT_BODY: usize = 64 << 10;
/// Answers that show as many proxies and toxics are written where they are asked for.
const LIGHT_ANSWER: usize = 200;
/// How many of such a kind are worked on at a time.
const AT_ONCE: usize = 2;

/// Places on other threads: bodies and answers do not wait for each other.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    bodies: Arc<Semaphore>,
    answers: Arc<Semaphore>,
}

impl Default for Apart {
    fn default() -> Self {
        let places = || Arc::new(Semaphore::new(AT_ONCE));
        Apart {
            bodies: places(),
            answers: places(),
        }
    }
}

impl Api {
    /// Reads the body of a request.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        request: Request,
        read: impl FnOnce(&[u8]) -> Result<T, WireError> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.read_held(request, read).await?.0)
    }

    /// The same, with what the body counts as while what was read of it is there.
    pub(super) async fn read_held<T: Send + 'static>(
        &self,
        request: Request,
        read: impl FnOnce(&[u8]) -> Result<T, WireError> + Send + 'static,
    ) -> Result<(T, Held), ApiError> {
        let body = self.body(request).await?;
        let is_light = body.len() <= LIGHT_BODY;
        let read = move || Ok::<_, WireError>((read(&body)?, body.into_held()));
        match is_light {
            true => Ok(read()?),
            false => Ok(on_another_thread(&self.apart.bodies, read).await??),
        }
    }

    /// Makes an answer that shows so many proxies and toxics.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        weight: usize,
        write: impl FnOnce(&Api) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        if weight <= LIGHT_ANSWER {
            return Ok(write(self));
        }
        let api = self.clone();
        on_another_thread(&self.apart.answers, move || write(&api)).await
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
