//! What toxics did, as it is seen from outside.

use super::Control;
use super::error::ControlError;
use crate::engine::{Accuracy, Hits};

/// What a toxic did since it was created.
#[derive(Clone, Debug, PartialEq)]
pub struct StatsView {
    /// The proxy's name.
    pub proxy: String,
    /// The toxic's name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its stream as it was given.
    pub stream: String,
    /// The session that it was made in.
    pub session: Option<String>,
    /// What it did, on all connections.
    pub hits: Hits,
    /// How exactly the proxy did what was asked for.
    pub exactness: Accuracy,
}

impl Control {
    /// What a toxic did since it was created. One that went by itself is remembered for a minute.
    pub fn stats(&self, proxy: &str, toxic: &str) -> Result<StatsView, ControlError> {
        let proxy = self.shared.find(proxy)?;
        let found = proxy.stats_of(toxic);
        found.ok_or_else(|| proxy.has_no_toxic(toxic))
    }

    /// What all toxics did that are there now, by proxy; at most `most` of them.
    pub fn all_stats(&self, most: usize) -> Vec<StatsView> {
        let proxies = self.shared.all();
        let all = proxies.iter().flat_map(|proxy| proxy.stats());
        all.take(most).collect()
    }
}
