//! The plan of a proxy: an immutable snapshot of both directions' toxics.
//!
//! The control side makes a new one at every change and publishes it; links adopt it when they
//! next look. Nothing in it ever changes but what the toxics count, so nothing has to be locked.

use std::collections::HashMap;
use std::sync::Arc;

use super::draw::DrawKey;
use super::item::Direction;
use super::scope::{Identity, Scope};
use super::stats::Stats;
use super::toxic::AnyToxic;

/// A toxic as the plan has it.
#[derive(Clone, Debug)]
pub struct PlannedToxic {
    /// Never used again once removed. Names can come again; a link that sleeps through a removal
    /// and an addition must still see two toxics.
    pub id: u64,
    /// Grows with every change of the attributes.
    pub revision: u64,
    /// The name.
    pub name: Arc<str>,
    /// What its random choices are about, before connections come in: a seed, a proxy, the name.
    pub draw_key: DrawKey,
    /// The share of connections that it applies to: compared with a draw in [0, 1).
    pub toxicity: f64,
    /// Which connections it may touch at all.
    pub scope: Arc<Scope>,
    /// Choose on every connection as on this one, counted from 1.
    pub replay: Option<u64>,
    /// It looks only at chunks that are marked for it, and begins anew with each exchange; its
    /// toxicity is the share of exchanges, not of connections.
    pub marked: bool,
    /// What it does.
    pub toxic: Arc<dyn AnyToxic>,
    /// What it did, on all connections.
    pub stats: Arc<Stats>,
}

/// How a toxic stands to a connection: a pure function of the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Applicability {
    /// What is compared with the toxicity, in [0, 1).
    pub draw: f64,
    /// Whether the connection is in the toxic's scope.
    pub matches: bool,
    /// Whether the toxic applies to it.
    pub applies: bool,
    /// The connection that the choices are made for: itself, or the one that is replayed.
    pub as_connection: u64,
    pub(super) draw_key: DrawKey,
}

impl PlannedToxic {
    /// A toxic that applies to every connection. `proxy` is what random choices of the proxy are
    /// about.
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
            toxic,
            stats: Arc::default(),
        }
    }

    /// Whether links need not tell the two apart. A revision stands for the attributes.
    fn equals(&self, other: &Self) -> bool {
        (self.id, self.revision) == (other.id, other.revision)
            && (self.replay, self.marked) == (other.replay, other.marked)
            && self.draw_key == other.draw_key
            && self.toxicity.to_bits() == other.toxicity.to_bits()
            && self.name == other.name
            && self.scope == other.scope
            && Arc::ptr_eq(&self.stats, &other.stats)
    }

    /// How it stands to one direction of a connection.
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

    /// How it stands to one exchange of a connection, by a draw of the exchange's own.
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

/// Something that follows what both sides of a connection say to each other, and may answer in place
/// of the upstream: two halves, which tell each other what they know in notes.
///
/// It stands next to the upstream, so that what it answers meets the same toxics as a real answer.
#[derive(Clone, Debug)]
pub struct Interceptor {
    /// The half that sees what goes to the upstream, behind all toxics.
    pub upstream: Arc<PlannedToxic>,
    /// The half that sees what comes from the upstream, before all toxics. It has the same id.
    pub downstream: Arc<PlannedToxic>,
}

impl Interceptor {
    fn half(&self, direction: Direction) -> &Arc<PlannedToxic> {
        match direction {
            Direction::Upstream => &self.upstream,
            Direction::Downstream => &self.downstream,
        }
    }

    fn half_mut(&mut self, direction: Direction) -> &mut Arc<PlannedToxic> {
        match direction {
            Direction::Upstream => &mut self.upstream,
            Direction::Downstream => &mut self.downstream,
        }
    }
}

/// The toxics of a proxy, in the order in which bytes meet them.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Toxics on the way to the upstream.
    pub upstream: Vec<Arc<PlannedToxic>>,
    /// Toxics on the way to the client.
    pub downstream: Vec<Arc<PlannedToxic>>,
    /// What stands between the toxics and the upstream, if anything does.
    pub interceptor: Option<Interceptor>,
}

impl Plan {
    /// The toxics of one direction.
    pub fn towards(&self, direction: Direction) -> &[Arc<PlannedToxic>] {
        direction.pick(&self.upstream, &self.downstream)
    }

    /// The toxics of one direction, to change.
    pub fn towards_mut(&mut self, direction: Direction) -> &mut Vec<Arc<PlannedToxic>> {
        direction.pick(&mut self.upstream, &mut self.downstream)
    }

    /// What has a stage in one direction, in the order in which bytes meet it.
    pub(super) fn stages(
        &self,
        direction: Direction,
    ) -> impl Iterator<Item = &Arc<PlannedToxic>> + Clone {
        let half = self.interceptor.as_ref().map(|both| both.half(direction));
        let (first, last) = match direction {
            Direction::Upstream => (None, half),
            Direction::Downstream => (half, None),
        };
        let toxics = self.towards(direction);
        first.into_iter().chain(toxics).chain(last)
    }

    /// Takes from the plan before this one what did not change, so that links which adopt this one
    /// see at a glance what did.
    pub fn reusing(mut self, before: &Plan) -> Self {
        for direction in [Direction::Upstream, Direction::Downstream] {
            let known: HashMap<u64, &Arc<PlannedToxic>> = before
                .stages(direction)
                .map(|toxic| (toxic.id, toxic))
                .collect();
            let half = self.interceptor.as_mut();
            let half = half.map(|both| both.half_mut(direction));
            let toxics = match direction {
                Direction::Upstream => &mut self.upstream,
                Direction::Downstream => &mut self.downstream,
            };
            for toxic in toxics.iter_mut().chain(half) {
                let old = known.get(&toxic.id).filter(|old| old.equals(toxic));
                if let Some(old) = old {
                    *toxic = Arc::clone(old);
                }
            }
        }
        self
    }
}
