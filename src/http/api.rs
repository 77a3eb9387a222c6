//! The state that the handlers share, and how they read bodies and make answers.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use tokio::sync::Semaphore;

use super::body::{self, BodyError, Whole};
use super::error::ApiError;
use super::feed::Feed;
use super::memory::{Held, Memory};
use super::metrics_scrapes::Scrapes;
use super::offload::Offload;
use super::settings::Settings;
use crate::control::Control;
use crate::decode::DecodeError;

/// The state that the handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Api {
    pub(super) control: Control,
    pub(super) settings: Arc<Settings>,
    pub(super) scrapes: Arc<Scrapes>,
    pub(super) offload: Offload,
    pub(super) bodies: Memory,
    pub(super) followers: Arc<Semaphore>,
    pub(super) feed: Feed,
    /// The API's OpenAPI document, cached after the first request for it.
    pub(super) document: Arc<OnceLock<String>>,
}

impl Api {
    pub(super) fn new(control: Control, settings: Arc<Settings>) -> Self {
        Api {
            control,
            scrapes: Arc::default(),
            document: Arc::default(),
            offload: Offload::default(),
            bodies: Memory::of(Settings::BODIES_LIMIT),
            followers: Arc::new(Semaphore::new(settings.followers)),
            feed: Feed::default(),
            settings,
        }
    }

    /// The bytes of a request's body.
    async fn body(&self, request: Request) -> Result<Whole, BodyError> {
        let (parts, body) = request.into_parts();
        let limit = self.settings.body_limit;
        body::read(&parts.headers, body, limit, &self.bodies).await
    }

    /// Reads the body of a request.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        request: Request,
        read: impl FnOnce(&[u8]) -> Result<T, DecodeError> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.read_held(request, read).await?.0)
    }

    /// As `read`, and also returns the memory reservation of the body. Keep it as long as the decoded
    /// values exist.
    pub(super) async fn read_held<T: Send + 'static>(
        &self,
        request: Request,
        read: impl FnOnce(&[u8]) -> Result<T, DecodeError> + Send + 'static,
    ) -> Result<(T, Held), ApiError> {
        let body = self.body(request).await?;
        let bytes = body.len();
        let read = move || Ok((read(&body)?, body.into_held()));
        self.offload.read(bytes, read).await?
    }

    /// Makes an answer that shows this many proxies and toxics.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        weight: usize,
        write: impl FnOnce(&Api) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let api = self.clone();
        self.offload.write(weight, move || write(&api)).await
    }
}
