//! What all operations share: the proxies, the workers, the byte counts, what is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use super::Options;
use super::error::ControlError;
use super::events::Events;
use super::limits::Limits;
use super::proxy::Proxy;
use super::session::Sessions;
use super::toxic::DIRECTIONS;
use super::view::TrafficView;
use crate::net::{Budget, Tending, Traffic, Workers};

type Proxies = BTreeMap<String, Arc<Proxy>>;

#[derive(Debug)]
pub(super) struct Shared {
    proxies: Mutex<Proxies>,
    ids: AtomicU64,
    pub(super) workers: Workers,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    pub(super) ledger: Ledger,
    pub(super) seed: u64,
    ending: AtomicBool,
    pub(super) strict: bool,
    pub(super) sessions: Sessions,
    pub(super) events: Arc<Events>,
    /// Where timers run.
    pub(super) runtime: Handle,
    _tending: Tending,
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
            ledger: Ledger::default(),
            seed: options.seed,
            ending: AtomicBool::new(false),
            strict: options.strict,
            sessions: Sessions::default(),
            events: Arc::default(),
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

    /// From now on no session's end lets a proxy listen again.
    pub(super) fn begin_to_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// An id that was never used before.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

/// A proxy's name, its bound address and its upstream.
type Account = (String, String, String);

/// Bytes since the start, by proxy and address pair; those of proxies that are gone stay, as
/// counters must not go back.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<BTreeMap<Account, Arc<Traffic>>>);

impl Ledger {
    fn accounts(&self) -> MutexGuard<'_, BTreeMap<Account, Arc<Traffic>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counters for a proxy that begins to listen.
    pub(super) fn open(&self, proxy: &str, listener: &str, upstream: &str) -> Arc<Traffic> {
        let mut accounts = self.accounts();
        // A proxy that is created with port 0 over and over must not leave a trace each time.
        accounts.retain(|_, traffic| Arc::strong_count(traffic) > 1 || traffic.connections() > 0);
        let account = (proxy.to_owned(), listener.to_owned(), upstream.to_owned());
        Arc::clone(accounts.entry(account).or_default())
    }

    pub(super) fn views(&self) -> Vec<TrafficView> {
        let mut views = Vec::new();
        for ((proxy, listener, upstream), traffic) in self.accounts().iter() {
            if traffic.connections() == 0 {
                continue;
            }
            for direction in DIRECTIONS {
                let flow = traffic.towards(direction);
                views.push(TrafficView {
                    direction: direction.name(),
                    proxy: proxy.clone(),
                    listener: listener.clone(),
                    upstream: upstream.clone(),
                    received: flow.received(),
                    sent: flow.sent(),
                    breakdowns: traffic.breakdowns(),
                });
            }
        }
        views
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::control::{Control, Extras, NewProxy, NewToxic};

    #[tokio::test]
    async fn no_task_of_a_control_outlives_it() {
        let control = Control::new(super::Options::default()).unwrap();
        let long = Some(Duration::from_secs(3600));
        control.start_session(Some("s".into()), long).unwrap();
        let toxic = NewToxic {
            kind: "noop".into(),
            extras: Extras {
                duration: long,
                session: Some("s".into()),
                ..Extras::default()
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
