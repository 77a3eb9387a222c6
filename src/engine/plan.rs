//! The plan of a proxy: an immutable snapshot of the toxics in both directions.
//!
//! The control plane publishes a new plan at every change, and each link adopts it the next time it
//! looks. Only the toxics' counters, which are atomics, change in a published plan, so no locks are
//! needed.

use std::collections::HashMap;
use std::sync::Arc;

use super::draw::DrawKey;
use super::framing::Framing;
use super::item::Direction;
use super::scope::{Identity, Scope};
use super::stats::Stats;
use super::toxic::AnyToxic;
use super::trigger::Trigger;

/// A toxic as part of a plan.
#[derive(Clone, Debug)]
pub struct PlannedToxic {
    /// Never reused after removal. A name can be reused. A link that misses a removal and an
    /// addition needs the id to see that the toxic is another one.
    pub id: u64,
    /// Increases with every change of the attributes.
    pub revision: u64,
    /// The name.
    pub name: Arc<str>,
    /// The key of its random draws, before a connection is added: a seed, the proxy and the name.
    pub draw_key: DrawKey,
    /// The share of connections that it applies to, compared with a draw in [0, 1).
    pub toxicity: f64,
    /// The connections that it may act on at all.
    pub scope: Arc<Scope>,
    /// Use the draws of this connection, counted from 1, for every connection.
    pub replay: Option<u64>,
    /// The toxic is shown only chunks that are marked for it, and starts afresh in each exchange.
    /// Its toxicity is then a share of exchanges, not of connections.
    pub marked: bool,
    /// What must happen on a connection before it begins to act there.
    pub after: Option<Trigger>,
    /// How the messages of its stream are told apart; `None` for turns of the conversation.
    pub framing: Option<Arc<Framing>>,
    /// The toxic itself.
    pub toxic: Arc<dyn AnyToxic>,
    /// Its statistics over all connections.
    pub stats: Arc<Stats>,
}

/// Whether a toxic applies to a connection: a pure function of the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Applicability {
    /// The draw that is compared with the toxicity, in [0, 1).
    pub draw: f64,
    /// Whether the connection is in the toxic's scope.
    pub matches: bool,
    /// Whether the toxic applies to it.
    pub applies: bool,
    /// The connection that keys the draws: this one, or the one that is replayed.
    pub as_connection: u64,
    /// The key of the toxic's draws there.
    pub draw_key: DrawKey,
}

impl PlannedToxic {
    /// A toxic that applies to every connection. `proxy` is the draw key of the proxy.
    pub fn new(id: u64, name: &str, proxy: DrawKey, toxic: Arc<dyn AnyToxic>) -> Self {
        PlannedToxic {
            id,
            revision: 0,
            name: name.into(),
            draw_key: proxy.named(name),
            toxicity: 1.0,
            scope: Arc::default(),
            replay: None,
            marked: false,
            after: None,
            framing: None,
            toxic,
            stats: Arc::default(),
        }
    }

    /// Whether links can treat the two as the same toxic. Equal revisions imply equal attributes.
    fn equals(&self, other: &Self) -> bool {
        (self.id, self.revision) == (other.id, other.revision)
            && (self.replay, self.marked) == (other.replay, other.marked)
            && (self.after, &self.framing) == (other.after, &other.framing)
            && self.draw_key == other.draw_key
            && self.toxicity.to_bits() == other.toxicity.to_bits()
            && self.name == other.name
            && self.scope == other.scope
            && Arc::ptr_eq(&self.stats, &other.stats)
    }

    /// Whether the toxic applies to one direction of a connection.
    pub fn applicability(&self, identity: Identity, direction: Direction) -> Applicability {
        let as_connection = self.replay.unwrap_or(identity.connection);
        let draw_key = self.draw_key.numbered(as_connection).towards(direction);
        let (draw, matches) = (draw_key.unit(), self.scope.covers(identity));
        Applicability {
            draw,
            matches,
            applies: matches && (self.marked || draw < self.toxicity),
            as_connection,
            draw_key,
        }
    }

    /// Whether the toxic applies to one exchange of a connection, by a draw keyed by the exchange.
    pub fn applicability_to_exchange(
        &self,
        identity: Identity,
        direction: Direction,
        exchange: u64,
    ) -> Applicability {
        let connection = self.applicability(identity, direction);
        let draw_key = connection.draw_key.numbered(exchange);
        let draw = draw_key.unit();
        Applicability {
            draw,
            applies: connection.matches && draw < self.toxicity,
            draw_key,
            ..connection
        }
    }
}

/// Follows the conversation between both peers of a connection, and may answer in place of the
/// upstream. It has two halves, which exchange information through notes.
///
/// It sits next to the upstream, so the toxics that affect a real answer also affect its answers.
#[derive(Clone, Debug)]
pub struct Interceptor {
    /// The half that sees bytes on their way to the upstream, after all toxics.
    pub upstream: Arc<PlannedToxic>,
    /// The half that sees bytes from the upstream, before all toxics. It has the same id.
    pub downstream: Arc<PlannedToxic>,
}

impl Interceptor {
    fn half(&self, direction: Direction) -> &Arc<PlannedToxic> {
        direction.pick(&self.upstream, &self.downstream)
    }

    fn half_mut(&mut self, direction: Direction) -> &mut Arc<PlannedToxic> {
        direction.pick(&mut self.upstream, &mut self.downstream)
    }
}

/// The toxics of a proxy, in the order in which bytes pass them.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Toxics on the stream from the client to the upstream.
    pub upstream: Vec<Arc<PlannedToxic>>,
    /// Toxics on the stream from the upstream to the client.
    pub downstream: Vec<Arc<PlannedToxic>>,
    /// The interceptor between the toxics and the upstream, if there is one.
    pub interceptor: Option<Interceptor>,
    /// Toxics that act before the upstream is dialled, in the order in which they act. They are in
    /// neither of the lists above. The direction of each is part of the keys of its draws.
    pub connect: Vec<(Direction, Arc<PlannedToxic>)>,
}

impl Plan {
    /// The toxics of one direction.
    pub fn towards(&self, direction: Direction) -> &[Arc<PlannedToxic>] {
        direction.pick(&self.upstream, &self.downstream)
    }

    /// The toxics of one direction, mutably.
    #[allow(dead_code, reason = "for tests")]
    pub fn towards_mut(&mut self, direction: Direction) -> &mut Vec<Arc<PlannedToxic>> {
        direction.pick(&mut self.upstream, &mut self.downstream)
    }

    /// Everything that has a stage in one direction, in the order in which bytes pass it.
    pub(super) fn stages(
        &self,
        direction: Direction,
    ) -> impl Iterator<Item = &Arc<PlannedToxic>> + Clone {
        let half = self.interceptor.as_ref().map(|both| both.half(direction));
        let (first, last) = direction.pick((None, half), (half, None));
        let toxics = self.towards(direction);
        first.into_iter().chain(toxics).chain(last)
    }

    /// The toxics of one direction that act before the upstream is dialled.
    pub fn connecting(&self, direction: Direction) -> impl Iterator<Item = &Arc<PlannedToxic>> {
        let of_direction = self.connect.iter().filter(move |(of, _)| *of == direction);
        of_direction.map(|(_, toxic)| toxic)
    }

    fn reuse_connect(&mut self, before: &Plan) {
        if self.connect.is_empty() {
            return;
        }
        let known = before.connect.iter().map(|(_, toxic)| (toxic.id, toxic));
        let known: HashMap<u64, &Arc<PlannedToxic>> = known.collect();
        for (_, toxic) in &mut self.connect {
            let old = known.get(&toxic.id).filter(|old| old.equals(toxic));
            if let Some(old) = old {
                *toxic = Arc::clone(old);
            }
        }
    }

    /// Reuses the `Arc`s of unchanged toxics from the previous plan. Links that adopt this plan can
    /// then find the changes by comparing pointers.
    pub fn reusing(mut self, before: &Plan) -> Self {
        for direction in Direction::ALL {
            let known: HashMap<u64, &Arc<PlannedToxic>> = before
                .stages(direction)
                .map(|toxic| (toxic.id, toxic))
                .collect();
            let half = self.interceptor.as_mut();
            let half = half.map(|both| both.half_mut(direction));
            let toxics = direction.pick(&mut self.upstream, &mut self.downstream);
            for toxic in toxics.iter_mut().chain(half) {
                let old = known.get(&toxic.id).filter(|old| old.equals(toxic));
                if let Some(old) = old {
                    *toxic = Arc::clone(old);
                }
            }
        }
        self.reuse_connect(before);
        self
    }
}
