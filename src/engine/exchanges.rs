//! Tracks the exchanges of a connection for one toxic that acts on exchanges.

use super::draw::DrawKey;
use super::item::Chunk;
use super::plan::PlannedToxic;

/// The exchange that the toxic is in, and the key of its draws.
#[derive(Debug)]
pub(super) struct Exchanges {
    draw_key: DrawKey,
    /// The last exchange that the toxic acted on.
    current: Option<u64>,
}

impl Exchanges {
    /// For a toxic on one direction of a connection, with the draw key of both. Returns `None` if
    /// the toxic looks at every chunk.
    pub(super) fn of(planned: &PlannedToxic, draw_key: DrawKey) -> Option<Box<Self>> {
        let current = None;
        let exchanges = Exchanges { draw_key, current };
        planned.marked.then(|| Box::new(exchanges))
    }

    /// Whether the toxic acts on a chunk: the chunk is marked for it, and the exchange's draw is
    /// below the toxicity.
    pub(super) fn touch(&self, chunk: &Chunk, planned: &PlannedToxic) -> bool {
        chunk.marks.as_deref().is_some_and(|marks| {
            let draw = self.draw_key.numbered(marks.exchange);
            marks.name(planned.id) && draw.unit() < planned.toxicity
        })
    }

    /// Whether the toxic has acted on any exchange.
    pub(super) fn has_begun(&self) -> bool {
        self.current.is_some()
    }

    /// The draw key of the current exchange.
    pub(super) fn key(&self) -> DrawKey {
        let key = self.current.map(|current| self.draw_key.numbered(current));
        key.unwrap_or(self.draw_key)
    }

    /// Enters the exchange of a chunk that will be shown. Returns whether it differs from the
    /// previous one.
    pub(super) fn enter(&mut self, chunk: &Chunk) -> bool {
        let exchange = chunk.marks.as_ref().map(|marks| marks.exchange);
        let is_other = exchange.is_some() && exchange != self.current;
        self.current = exchange.or(self.current);
        is_other
    }

    /// Continues the same exchange under the draw key of a new plan.
    pub(super) fn resume(&mut self, before: &Exchanges) {
        self.current = before.current;
    }
}
