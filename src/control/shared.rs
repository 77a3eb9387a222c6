//! What all operations share: the proxies, the workers, the byte counts, what is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::Options;
use super::error::ControlError;
use super::events::Events;
use super::limits::Limits;
use super::proxy::Proxy;
use super::session::Sessions;
use super::timed::MOST_REMEMBERED;
use super::traffic::TrafficTotals;
use crate::net::{Budget, TrimTask, Workers};

type Proxies = BTreeMap<String, Arc<Proxy>>;

#[derive(Debug)]
pub(super) struct Shared {
    proxies: Mutex<Proxies>,
    ids: AtomicU64,
    pub(super) workers: Workers,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    pub(super) traffic: TrafficTotals,
    pub(super) seed: u64,
    ending: AtomicBool,
    pub(super) strict: bool,
    pub(super) sessions: Sessions,
    pub(super) events: Arc<Events>,
    /// Places for toxics that went by themselves and are remembered.
    pub(super) remembered: Arc<Semaphore>,
    /// Where timers run.
    pub(super) runtime: Handle,
    _tending: TrimTask,
}

impl Shared {
    pub(super) fn new(workers: Workers, options: &Options) -> Self {
        Shared {
            _tending: options.budget.tend(&workers),
            proxies: Mutex::default(),
            ids: AtomicU64::new(0),
            workers,
            budget: options.budget.clone(),
            limits: options.limits,
            traffic: TrafficTotals::default(),
            seed: options.seed,
            ending: AtomicBool::new(false),
            strict: options.strict,
            sessions: Sessions::default(),
            events: Arc::default(),
            remembered: Arc::new(Semaphore::new(MOST_REMEMBERED)),
            runtime: Handle::current(),
        }
    }

    pub(super) fn proxies(&self) -> MutexGuard<'_, Proxies> {
        self.proxies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, name: &str) -> Result<Arc<Proxy>, ControlError> {
        let proxies = self.proxies();
        proxies
            .get(name)
            .cloned()
            .ok_or_else(|| ControlError::ProxyNotFound {
                proxy: name.to_owned(),
            })
    }

    pub(super) fn all(&self) -> Vec<Arc<Proxy>> {
        self.proxies().values().cloned().collect()
    }

    /// The proxy of that name, or all without one.
    pub(super) fn select(&self, only: Option<&str>) -> Result<Vec<Arc<Proxy>>, ControlError> {
        match only {
            Some(name) => Ok(vec![self.find(name)?]),
            None => Ok(self.all()),
        }
    }

    /// Where those of the selected proxies listen, or are to, that are so.
    pub(super) fn listens_if(
        &self,
        only: Option<&str>,
        is_so: impl Fn(&Proxy) -> bool,
    ) -> Result<Vec<String>, ControlError> {
        let mut selected = self.select(only)?;
        selected.retain(|proxy| is_so(proxy));
        Ok(selected.iter().map(|proxy| proxy.listen()).collect())
    }

    /// From now on nothing is created, and nothing lets a proxy listen again.
    pub(super) fn begin_to_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Errors: the server is stopping, so that nothing may begin that its end would wait for or miss.
    /// Operations ask in their turn: what has begun before the end does is carried through first.
    pub(super) fn admit_start(&self) -> Result<(), ControlError> {
        match self.is_ending() {
            true => Err(ControlError::Stopping),
            false => Ok(()),
        }
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// An id that was never used before.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::control::{Control, NewProxy, NewToxic, ToxicOptions};

    #[tokio::test]
    async fn no_task_of_a_control_outlives_it() {
        let control = Control::new(super::Options::default()).unwrap();
        let long = Some(Duration::from_secs(3600));
        control.start_session(Some("s".into()), long).unwrap();
        let toxic = NewToxic {
            kind: "noop".into(),
            extras: ToxicOptions {
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
