//! What is shown of a toxic, and how much of it there is.

use super::http::HttpRule;
use super::matching::http_weight;
use super::state::Toxic;
use crate::control::view::{StatsView, ToxicView};

impl Toxic {
    /// Bytes of memory that its attributes own.
    pub(in crate::control) fn weight(&self) -> usize {
        self.values.weight()
    }

    /// Bytes of memory that its `match.http` owns.
    pub(in crate::control) fn http_weight(&self) -> usize {
        self.options.http().map_or(0, |http| http_weight(http))
    }

    /// What it did since it was created.
    pub(in crate::control) fn stats_view(&self, proxy: &str) -> StatsView {
        StatsView {
            proxy: proxy.to_owned(),
            name: self.name.clone(),
            kind: self.kind.name,
            stream: self.stream.clone(),
            session: self.options.session.clone(),
            hits: self.stats.hits(),
            exactness: self.stats.exactness(),
            http: self.http.as_ref().map(HttpRule::hits),
        }
    }

    pub(in crate::control) fn view(&self) -> ToxicView {
        let (attributes, beside) = self.kind.shown(&self.values);
        ToxicView {
            name: self.name.clone(),
            kind: self.kind.name,
            stream: self.stream.clone(),
            toxicity: self.toxicity,
            attributes,
            beside,
            expires_in: self.schedule.expires_in(self.since.elapsed()),
            active: self.schedule.has_pauses().then_some(self.active),
            partner: None,
            in_profile: self.in_profile,
            options: self.options.clone(),
        }
    }
}
