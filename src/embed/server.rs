//! An instance of aconite in this process: its threads, and how it is configured.

use std::future::Future;
use std::sync::Arc;

use super::error::Error;
use super::instance::Instance;
use super::proxy::{NewProxy, Proxy};
use crate::control::{Limits, Options};
use crate::net::{Budget, LINK_LIMIT, TOTAL_LIMIT};
use crate::toxics::ToxicKind;

/// An instance of aconite in this process. Cheap to clone; all clones are the same instance.
///
/// # Threads and runtimes
///
/// An [`Aconite`] has threads of its own, on which its connections run. It needs no runtime of the caller, so it
/// works in a `#[tokio::test]`, in a test of another runtime, and in a plain `#[test]`, also if the client
/// under test blocks its thread. Any executor can poll its futures; [`Aconite::block_on`] is one.
///
/// # What happens on drop
///
/// - A dropped [`Toxic`](super::Toxic) is removed at once; every byte that arrives later is free of it.
/// - A dropped [`Outage`](super::Outage) begins to enable its proxy again, and a dropped [`Proxy`] begins to delete its proxy.
///   Neither waits. [`Outage::end`](super::Outage::end) and [`Proxy::delete`] wait and report errors.
/// - When the [`Aconite`] and all its guards have been dropped, its threads end and all connections are closed.
///
/// Dropping works anywhere: in a runtime, outside one, and while a test panics.
#[derive(Clone, Debug)]
pub struct Aconite {
    instance: Arc<Instance>,
}

/// How an [`Aconite`] is to be. Made by [`Aconite::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    threads: usize,
    link_buffer: usize,
    total_buffer: usize,
    options: Options,
}

impl Aconite {
    /// Starts an instance with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::System`](super::ErrorKind::System) if threads or file descriptors have run out.
    pub fn start() -> Result<Self, Error> {
        Aconite::builder().start()
    }

    /// An instance to configure before it starts.
    pub fn builder() -> Builder {
        Builder {
            threads: 2,
            link_buffer: LINK_LIMIT,
            total_buffer: TOTAL_LIMIT,
            options: Options::default(),
        }
    }

    #[cfg(any(test, feature = "server"))]
    pub(super) fn instance(&self) -> &Instance {
        &self.instance
    }

    #[cfg(feature = "server")]
    pub(super) fn control(&self) -> &crate::control::Control {
        &self.instance.control
    }

    /// Creates a proxy on a free port of 127.0.0.1 in front of `upstream`, which is `host:port`.
    ///
    /// # Errors
    ///
    /// The name is taken, or a value cannot be used.
    pub async fn proxy(
        &self,
        name: impl Into<String>,
        upstream: impl ToString,
    ) -> Result<Proxy, Error> {
        self.new_proxy(name, upstream).create().await
    }

    /// A proxy to configure before it is created. It listens on a free port of 127.0.0.1 if nothing else is said.
    pub fn new_proxy(&self, name: impl Into<String>, upstream: impl ToString) -> NewProxy {
        NewProxy::new(
            Arc::clone(&self.instance),
            name.into(),
            upstream.to_string(),
        )
    }

    /// Removes all toxics and enables all proxies.
    ///
    /// # Errors
    ///
    /// A proxy cannot be enabled. All others are reset.
    pub async fn reset(&self) -> Result<(), Error> {
        let control = self.instance.control.clone();
        self.instance
            .run(async move { control.reset().await })
            .await
    }

    /// Ends all connections and proxies, and returns when that is done. Operations on guards that remain fail with
    /// [`ErrorKind::NotFound`](super::ErrorKind::NotFound) or
    /// [`ErrorKind::Stopped`](super::ErrorKind::Stopped).
    pub async fn shutdown(self) {
        let control = self.instance.control.clone();
        let ended = async move {
            control.shutdown().await;
            Ok::<(), Error>(())
        };
        // The only error is that the instance has ended already.
        let _ = self.instance.run(ended).await;
    }

    /// Runs a future to its end on this thread, for tests without a runtime.
    ///
    /// # Panics
    ///
    /// Inside a runtime: use `.await` there.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.instance.block_on(future)
    }
}

impl Builder {
    /// How many threads carry connections. 2 by default, at least 1.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = count.max(1);
        self
    }

    /// The seed of all random choices. 0 by default, so that a test behaves the same each time.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Most bytes that may wait in one direction of a connection. 128 MiB by default. When full, aconite stops
    /// reading (backpressure); no data is dropped.
    #[must_use]
    pub fn link_buffer(mut self, bytes: usize) -> Self {
        self.link_buffer = bytes;
        self
    }

    /// Most bytes that may wait in all connections together. 1 GiB by default.
    #[must_use]
    pub fn total_buffer(mut self, bytes: usize) -> Self {
        self.total_buffer = bytes;
        self
    }

    /// Most simultaneous connections of one proxy; further clients wait to be accepted. 100,000 by default.
    #[must_use]
    pub fn max_connections(mut self, count: usize) -> Self {
        self.options.limits = Limits {
            connections: count,
            ..self.options.limits
        };
        self
    }

    /// Makes the instance know a kind of toxic of your own; see [`custom`](super::custom).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`](super::ErrorKind::InvalidValue) if a name of it is taken or is no name, or an
    /// attribute refuses its own default.
    pub fn kind<T: ToxicKind>(mut self) -> Result<Self, Error> {
        let registered = self.options.catalogue.register::<T>();
        registered.map_err(|error| Error::invalid(error.to_string()))?;
        Ok(self)
    }

    /// Starts the instance.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::System`](super::ErrorKind::System) if threads or file descriptors have run out.
    pub fn start(self) -> Result<Aconite, Error> {
        let instance = Instance::start(self.threads, |workers| Options {
            workers: Some(workers),
            budget: Budget::new(self.link_buffer, self.total_buffer),
            ..self.options
        });
        Ok(Aconite {
            instance: Arc::new(instance.map_err(Error::of_system)?),
        })
    }
}
