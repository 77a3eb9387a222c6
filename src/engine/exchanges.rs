//! The exchanges of a connection, as one toxic knows them that acts on exchanges.

use super::draw::DrawKey;
use super::item::Chunk;
use super::plan::PlannedToxic;

/// Which exchange the toxic is in, and what its draws are about.
#[derive(Debug)]
pub(super) struct Exchanges {
    draw_key: DrawKey,
    /// The last one that the toxic acted on.
    current: Option<u64>,
}

impl Exchanges {
    /// For a toxic on one direction of a connection, by the key of the two; `None` if the toxic
    /// looks at everything.
    pub(super) fn of(planned: &PlannedToxic, draw_key: DrawKey) -> Option<Box<Self>> {
        let current = None;
        let exchanges = Exchanges { draw_key, current };
        planned.marked.then(|| Box::new(exchanges))
    }

    /// Whether the toxic acts on a chunk: it is marked for it, and the exchange is not spared.
    pub(super) fn touch(&self, chunk: &Chunk, planned: &PlannedToxic) -> bool {
        chunk.marks.as_deref().is_some_and(|marks| {
            let draw = self.draw_key.numbered(marks.exchange);
            marks.name(planned.id) && draw.unit() < planned.toxicity
        })
    }

    /// Whether the toxic has acted on any.
    pub(super) fn has_begun(&self) -> bool {
        self.current.is_some()
    }

    /// The key of the exchange that the toxic is in.
    pub(super) fn key(&self) -> DrawKey {
        let key = self.current.map(|current| self.draw_key.numbered(current));
        key.unwrap_or(self.draw_key)
    }

    /// The exchange of a chunk that is to be shown begins. Whether it is another than before.
    pub(super) fn enter(&mut self, chunk: &Chunk) -> bool {
        let exchange = chunk.marks.as_ref().map(|marks| marks.exchange);
        let is_other = exchange.is_some() && exchange != self.current;
        self.current = exchange.or(self.current);
        is_other
    }

    /// The same exchange, under the key of a new plan.
    pub(super) fn resume(&mut self, before: &Exchanges) {
        self.current = before.current;
    }
}
