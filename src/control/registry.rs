//! The proxies, ordered by name, and whether new ones may be created.
//!
//! Must not know what an operation does to a proxy. Its lock is held to look a proxy up or to insert it,
//! and no proxy's lock is taken while it is held.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::env::Env;
use super::error::ControlError;
use super::proxy::state::Proxy;

type Proxies = BTreeMap<String, Arc<Proxy>>;

#[derive(Debug)]
pub(super) struct Registry {
    pub(super) env: Arc<Env>,
    proxies: Mutex<Proxies>,
    stopping: AtomicBool,
}

impl Registry {
    /// A registry without proxies.
    pub(super) fn new(env: Arc<Env>) -> Self {
        Registry {
            env,
            proxies: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    pub(super) fn proxies(&self) -> MutexGuard<'_, Proxies> {
        self.proxies.lock()
    }

    /// Errors: no proxy has that name.
    pub(super) fn find(&self, name: &str) -> Result<Arc<Proxy>, ControlError> {
        let found = self.proxies().get(name).cloned();
        found.ok_or_else(|| ControlError::ProxyNotFound {
            proxy: name.to_owned(),
        })
    }

    pub(super) fn all(&self) -> Vec<Arc<Proxy>> {
        self.proxies().values().cloned().collect()
    }

    /// The proxy of that name, or all proxies if there is no name.
    pub(super) fn select(&self, only: Option<&str>) -> Result<Vec<Arc<Proxy>>, ControlError> {
        match only {
            Some(name) => Ok(vec![self.find(name)?]),
            None => Ok(self.all()),
        }
    }

    /// The listen addresses of the selected proxies that match.
    pub(super) fn listen_addresses(
        &self,
        only: Option<&str>,
        matches: impl Fn(&Proxy) -> bool,
    ) -> Result<Vec<String>, ControlError> {
        let mut selected = self.select(only)?;
        selected.retain(|proxy| matches(proxy));
        Ok(selected.iter().map(|proxy| proxy.listen()).collect())
    }

    /// Refuses to create or enable proxies from now on.
    pub(super) fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Errors: the server is stopping. Nothing may start then that the shutdown would wait for or miss.
    /// Operations check this when they begin, so operations that began earlier are completed first.
    pub(super) fn admit_start(&self) -> Result<(), ControlError> {
        match self.is_stopping() {
            true => Err(ControlError::Stopping),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::control::{Control, NewProxy, NewToxic, Options, ToxicOptions};

    #[tokio::test]
    async fn no_task_of_a_control_outlives_it() {
        let control = Control::new(Options::default()).unwrap();
        let long = Some(Duration::from_secs(3600));
        control.start_session(Some("s".into()), long).unwrap();
        let toxic = NewToxic {
            kind: "noop".into(),
            options: ToxicOptions {
                duration: long,
                session: Some("s".into()),
                ..ToxicOptions::default()
            },
            ..NewToxic::default()
        };
        let proxy = NewProxy {
            name: Some("p".into()),
            listen: Some("127.0.0.1:0".into()),
            upstream: Some("127.0.0.1:9".into()),
            toxics: vec![toxic],
            ..NewProxy::default()
        };
        control.create(proxy).await.unwrap();
        let metrics = tokio::runtime::Handle::current().metrics();
        assert!(metrics.num_alive_tasks() > 0);
        control.shutdown().await;
        drop(control);
        let ended = async {
            while metrics.num_alive_tasks() > 0 {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(10);
        assert!(tokio::time::timeout(limit, ended).await.is_ok());
    }
}
