//! The rules of a proxy for HTTP, and the interceptor that carries them out.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::state::{Proxy, State};
use crate::control::view::ProxyStatsView;
use crate::engine::{Direction, DrawKey, Interceptor, PlannedToxic};
use crate::protocol::http::{HttpHits, Rules};
use crate::protocol::intercept::interceptor;

impl Proxy {
    /// The interceptor; `None` if there are no rules, and connections do not speak HTTP from their start.
    pub(super) fn interceptor(
        &self,
        state: &State,
        choices: impl Fn(Option<u64>) -> DrawKey,
    ) -> Option<Interceptor> {
        let mut rules = Rules {
            rules: Vec::new(),
            origin: state.origin(),
            counts: Arc::clone(&self.requests.counts),
            from_start: state.speaks_http(),
        };
        // Equal revisions of a rule mean equal conditions and actions.
        let mut revision = DefaultHasher::new();
        for toxic in state.toxics.iter().filter(|toxic| toxic.is_active()) {
            if let Some(http) = toxic.http() {
                let planned = toxic.planned(&choices);
                let toxicity = planned.toxicity.to_bits();
                let key = (
                    planned.id,
                    http.revision,
                    toxicity,
                    planned.replay,
                    toxic.seed(),
                );
                (key, planned.scope.clients.len()).hash(&mut revision);
                planned.scope.clients.hash(&mut revision);
                planned.scope.connections.hash(&mut revision);
                rules.rules.push(http.planned(planned));
            }
        }
        if rules.rules.is_empty() && !rules.from_start {
            return None;
        }
        (state.seed, rules.from_start).hash(&mut revision);
        format!("{:?}", rules.origin).hash(&mut revision);
        let revision = revision.finish();
        let made = interceptor(self.requests.id, revision, choices(None), Arc::new(rules));
        // A half is the same as in the previous plan only if it writes to the same statistics.
        let half = |half: &Arc<PlannedToxic>| {
            Arc::new(PlannedToxic {
                stats: Arc::clone(&self.requests.stats),
                ..PlannedToxic::clone(half)
            })
        };
        Some(Interceptor {
            upstream: half(&made.upstream),
            downstream: half(&made.downstream),
        })
    }

    /// What went through it since it was created.
    pub(in crate::control) fn proxy_stats(&self) -> ProxyStatsView {
        let looks = {
            let state = self.state();
            let mut active = state.toxics.iter().filter(|toxic| toxic.is_active());
            state.speaks_http() || active.any(|toxic| toxic.http().is_some())
        };
        let hits = self.requests.counts.hits();
        ProxyStatsView {
            name: self.name.to_string(),
            accepted: self.connections.accepted(),
            open: self.connections.open(),
            http: (looks || hits != HttpHits::default()).then_some(hits),
        }
    }

    /// The active toxics that act on requests, as whole connections see them: a draw for a request does
    /// not decide whether a toxic applies to a connection.
    pub(in crate::control) fn on_requests(
        &self,
        state: &State,
    ) -> Vec<(Direction, Arc<PlannedToxic>)> {
        let toxics = state.toxics.iter().filter(|toxic| toxic.is_active());
        let on_requests = toxics.filter_map(|toxic| {
            let planned = PlannedToxic {
                marked: toxic.http()?.draws_per_request(),
                ..toxic.planned(self.choices(state))
            };
            Some((toxic.direction, Arc::new(planned)))
        });
        on_requests.collect()
    }
}
