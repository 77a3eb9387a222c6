//! Proxies as values and operations. Knows no HTTP.

mod error;
mod view;

pub use error::{ControlError, PopulateError};
pub use view::{NewProxy, NewToxic, ProxyChange, ProxyView, ToxicChange, ToxicView, TrafficView};

/// How a [`Control`] behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The seed of every random choice.
    pub seed: u64,
    /// Refuse values that the reference takes though they make no sense.
    pub strict: bool,
}

/// The proxies of this process and what can be done to them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {}

#[allow(unused_variables, missing_docs, clippy::unused_async, clippy::todo)]
impl Control {
    /// Must be called inside a tokio runtime.
    pub fn new(options: Options) -> Self {
        todo!()
    }
    /// All proxies, by name.
    pub fn list(&self) -> Vec<ProxyView> {
        todo!()
    }
    pub fn show(&self, proxy: &str) -> Result<ProxyView, ControlError> {
        todo!()
    }
    pub async fn create(&self, new: NewProxy) -> Result<ProxyView, ControlError> {
        todo!()
    }
    pub async fn populate(&self, list: Vec<NewProxy>) -> Result<Vec<ProxyView>, PopulateError> {
        todo!()
    }
    pub async fn update(
        &self,
        proxy: &str,
        change: ProxyChange,
    ) -> Result<ProxyView, ControlError> {
        todo!()
    }
    pub async fn delete(&self, proxy: &str) -> Result<(), ControlError> {
        todo!()
    }
    pub async fn reset(&self) -> Result<(), ControlError> {
        todo!()
    }
    pub fn toxics(&self, proxy: &str) -> Result<Vec<ToxicView>, ControlError> {
        todo!()
    }
    pub fn toxic(&self, proxy: &str, toxic: &str) -> Result<ToxicView, ControlError> {
        todo!()
    }
    pub fn add_toxic(&self, proxy: &str, new: NewToxic) -> Result<ToxicView, ControlError> {
        todo!()
    }
    pub fn update_toxic(
        &self,
        proxy: &str,
        toxic: &str,
        change: ToxicChange,
    ) -> Result<ToxicView, ControlError> {
        todo!()
    }
    pub fn remove_toxic(&self, proxy: &str, toxic: &str) -> Result<(), ControlError> {
        todo!()
    }
    /// Byte counts since the start, one entry a direction of each (proxy, listener, upstream)
    /// that ever carried a connection; entries of deleted proxies stay.
    pub fn traffic(&self) -> Vec<TrafficView> {
        todo!()
    }
    /// Stops every proxy; returns when all connections are closed.
    pub async fn shutdown(&self) {
        todo!()
    }
}
