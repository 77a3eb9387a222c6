//! [`Control`], the handle on everything in this module.
//!
//! Responsible for reads, and for operations on toxics, which run immediately under short locks.
//! Other files add methods for their own subject.

use std::io;
use std::sync::Arc;

use super::env::{Env, Options};
use super::error::ControlError;
use super::events::event::{Actor, Origin};
use super::operations::queue::OperationQueue;
use super::registry::Registry;
use super::view::{
    ConnectionCounts, NewToxic, ProxyStatsView, ProxyView, StatsView, ToxicChange, ToxicView,
    TrafficView,
};
use crate::engine::Stats;
use crate::net::Workers;
use crate::toxics::Catalogue;

/// The proxies of this process and the operations on them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    pub(super) registry: Arc<Registry>,
    pub(super) operations: OperationQueue,
    /// The actor that events report for changes.
    pub(super) actor: Actor,
}

impl Control {
    /// Starts without proxies. Must be called inside a tokio runtime. Errors: file descriptors have run out.
    pub fn new(options: Options) -> io::Result<Self> {
        let workers = match &options.workers {
            Some(workers) => workers.clone(),
            None => Workers::here()?,
        };
        let env = Arc::new(Env::new(workers, options));
        Ok(Control {
            registry: Arc::new(Registry::new(env)),
            operations: OperationQueue::start(),
            actor: None,
        })
    }

    pub(super) fn env(&self) -> &Env {
        &self.registry.env
    }

    /// The same proxies, with the origin that events report for changes.
    #[must_use]
    pub fn on_behalf_of(&self, origin: Origin) -> Self {
        Control {
            actor: Some(Arc::new(origin)),
            ..self.clone()
        }
    }

    /// The known kinds of toxic.
    pub fn catalogue(&self) -> &Catalogue {
        &self.env().catalogue
    }

    /// All proxies, by name.
    pub fn list(&self) -> Vec<ProxyView> {
        self.registry
            .all()
            .iter()
            .map(|proxy| proxy.view())
            .collect()
    }

    /// Errors: no proxy has that name.
    pub fn require(&self, proxy: &str) -> Result<(), ControlError> {
        self.registry.find(proxy).map(drop)
    }

    /// One proxy.
    pub fn show(&self, proxy: &str) -> Result<ProxyView, ControlError> {
        Ok(self.registry.find(proxy)?.view())
    }

    /// A proxy's toxics: upstream ones first, each stream in order of creation.
    pub fn toxics(&self, proxy: &str) -> Result<Vec<ToxicView>, ControlError> {
        Ok(self.registry.find(proxy)?.toxics())
    }

    /// One toxic.
    pub fn toxic(&self, proxy: &str, toxic: &str) -> Result<ToxicView, ControlError> {
        self.registry.find(proxy)?.toxic(toxic)
    }

    /// Adds a toxic. Every byte that arrives after this call is subject to it. If its stream is `both`, two
    /// are added, and the answer is the downstream one, which names its partner.
    pub fn add_toxic(&self, proxy: &str, new: NewToxic) -> Result<ToxicView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let added = proxy.add_toxic(&new, &self.actor)?.pop();
        added.map(|(view, _)| view).ok_or(ControlError::Broken)
    }

    /// Changes settings of a toxic, all of them or none.
    pub fn update_toxic(
        &self,
        proxy: &str,
        toxic: &str,
        change: ToxicChange,
    ) -> Result<ToxicView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        proxy.update_toxic(toxic, &change, &self.actor)
    }

    /// Removes a toxic.
    pub fn remove_toxic(&self, proxy: &str, toxic: &str) -> Result<(), ControlError> {
        self.registry.find(proxy)?.remove_toxic(toxic, &self.actor)
    }

    /// Adds a toxic, or two if its stream is `both`, and returns the statistics that each writes. They identify
    /// it, whatever else gets its name, and can be read after its end. Of two, the upstream one is first.
    ///
    /// # Errors
    ///
    /// As for [`Control::add_toxic`], and [`ControlError::Stopping`] after a shutdown.
    pub fn add_tracked_toxic(
        &self,
        proxy: &str,
        new: NewToxic,
    ) -> Result<Vec<(ToxicView, Arc<Stats>)>, ControlError> {
        self.registry.admit_start()?;
        let proxy = self.registry.find(proxy)?;
        proxy.add_toxic(&new, &self.actor)
    }

    /// Whether the toxic of that name is the one that writes these statistics.
    pub fn is_tracked_toxic(&self, proxy: &str, toxic: &str, stats: &Arc<Stats>) -> bool {
        let proxy = self.registry.find(proxy);
        let present = proxy.and_then(|proxy| proxy.statistics(toxic));
        present.is_ok_and(|present| Arc::ptr_eq(&present, stats))
    }

    /// Removes the toxic that writes these statistics, and no other that has its name by now.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub fn remove_tracked_toxic(
        &self,
        proxy: &str,
        toxic: &str,
        stats: &Arc<Stats>,
    ) -> Result<(), ControlError> {
        let proxy = self.registry.find(proxy)?;
        proxy.remove_tracked_toxic(toxic, stats, &self.actor)
    }

    /// Byte counts since the start: one entry per direction of each (proxy, listener, upstream) that ever
    /// carried a connection. Recently deleted proxies keep their entries. Older ones are summed in one
    /// entry, whose proxy is `(removed)` and whose addresses are empty.
    pub fn traffic(&self) -> Vec<TrafficView> {
        self.env().traffic.views()
    }

    /// How many connections there were since the start, one entry for each (proxy, listener,
    /// upstream) that ever accepted one.
    pub fn connection_counts(&self) -> Vec<ConnectionCounts> {
        self.env().traffic.counts()
    }

    /// What a toxic did since it was created. An expired toxic is remembered for a minute.
    pub fn stats(&self, proxy: &str, toxic: &str) -> Result<StatsView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let found = proxy.stats_of(toxic);
        found.ok_or_else(|| proxy.has_no_toxic(toxic))
    }

    /// What went through a proxy since it was created.
    pub fn proxy_stats(&self, proxy: &str) -> Result<ProxyStatsView, ControlError> {
        Ok(self.registry.find(proxy)?.proxy_stats())
    }

    /// What went through the existing proxies, for at most `most` of those that look at requests.
    pub fn all_proxy_stats(&self, most: usize) -> Vec<ProxyStatsView> {
        let proxies = self.registry.all();
        let all = proxies.iter().map(|proxy| proxy.proxy_stats());
        all.filter(|one| one.http.is_some()).take(most).collect()
    }

    /// What the existing toxics did, by proxy, for at most `most` toxics.
    pub fn all_stats(&self, most: usize) -> Vec<StatsView> {
        let proxies = self.registry.all();
        let all = proxies.iter().flat_map(|proxy| proxy.stats());
        all.take(most).collect()
    }
}
