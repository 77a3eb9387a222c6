//! Which toxics are shown the parts of an answer.

use std::sync::Arc;

use super::matching::{AfterPart, HttpMatch};
use crate::engine::Marks;

/// Which toxics are shown the parts of an answer: some see all of it, others what is behind a place
/// in its body. The layer that frames the answer walks through its body and calls
/// [`Marking::reach`] at each place that it reaches.
#[derive(Clone, Debug, Default)]
pub struct Marking {
    /// The marks of what comes next; at first, those of the head.
    pub marks: Option<Arc<Marks>>,
    /// Show the toxics each server-sent event as a chunk of its own.
    pub split_events: bool,
    /// The number of the exchange.
    exchange: u64,
    /// Toxics that begin inside the body.
    later: Vec<(AfterPart, u64)>,
}

impl Marking {
    /// Whether no toxic is shown any of it.
    #[allow(dead_code, reason = "for tests")]
    pub fn is_nothing(&self) -> bool {
        self.marks.is_none() && self.later.is_empty()
    }

    /// Whether the ends of server-sent events must be known.
    pub fn counts_events(&self) -> bool {
        let is_events = |(at, _): &(AfterPart, u64)| matches!(at, AfterPart::Events(_));
        self.split_events || self.later.iter().any(is_events)
    }

    /// The next place in the body, in bytes, at which a toxic begins: a chunk must not reach across
    /// it. Places that count events are not among these.
    pub fn next_byte(&self) -> Option<u64> {
        let bytes = self.later.iter().filter_map(|(at, _)| match at {
            AfterPart::Bytes(bytes) => Some(*bytes),
            AfterPart::Events(_) => None,
        });
        bytes.min()
    }

    /// The number of whole events behind which the next toxic begins.
    #[allow(dead_code, reason = "for tests")]
    pub fn next_event(&self) -> Option<u64> {
        let events = self.later.iter().filter_map(|(at, _)| match at {
            AfterPart::Events(events) => Some(*events),
            AfterPart::Bytes(_) => None,
        });
        events.min()
    }

    /// Called before the first byte of the body (with zeros), and whenever a place is reached: so
    /// many bytes and so many whole events of the body have passed. Changes `marks` if toxics begin
    /// here, and returns whether any did.
    pub fn reach(&mut self, bytes: u64, events: u64) -> bool {
        let is_reached = |at: &AfterPart| match at {
            AfterPart::Bytes(at) => *at <= bytes,
            AfterPart::Events(at) => *at <= events,
        };
        if !self.later.iter().any(|(at, _)| is_reached(at)) {
            return false;
        }
        let (reached, later) = self.later.drain(..).partition(|(at, _)| is_reached(at));
        self.later = later;
        let reached: Vec<(AfterPart, u64)> = reached;
        for (_, toxic) in reached {
            self.mark(toxic);
        }
        true
    }

    /// A marking of this exchange, which shows nothing yet.
    pub(super) fn of(exchange: u64) -> Self {
        Marking {
            exchange,
            ..Marking::default()
        }
    }

    /// Shows a toxic what `matching` says, which looks into the body or not.
    pub(super) fn show(&mut self, toxic: u64, matching: &HttpMatch) {
        self.split_events |= matching.split_events;
        match matching.after {
            Some(at) => self.later.push((at, toxic)),
            None => self.mark(toxic),
        }
    }

    /// Shows everything that comes to this toxic.
    fn mark(&mut self, toxic: u64) {
        let known = self.marks.iter().flat_map(|marks| marks.toxics.iter());
        let toxics = known.copied().chain([toxic]).collect();
        let exchange = self.exchange;
        self.marks = Some(Arc::new(Marks { exchange, toxics }));
    }
}
