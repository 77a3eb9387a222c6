//! How a stage keeps its toxic's books: for this connection, and for the toxic as a whole.

use std::sync::Arc;
use std::time::Duration;

use super::item::{Ending, Item};
use super::plan::PlannedToxic;
use super::rare::Counted;
use super::schedule::{Due, Entry};
use super::stats::{Hit, RATE_WINDOW, Tally};
use super::time::Moment;

/// The books of one toxic on one direction of one connection.
#[derive(Debug)]
pub(super) struct StageStats {
    /// The toxic as the plan has it: its name, and its books.
    pub(super) planned: Arc<PlannedToxic>,
    /// For this connection; written here alone.
    pub(super) tally: Arc<Tally>,
    // In a box, because most toxics have no rate.
    pace: Option<Box<Pace>>,
    touched: bool,
    /// The toxic has counted the connection: here, or on an earlier turn.
    counted: bool,
    /// 0: it was there before the first byte. Else one more than the bytes that came before it.
    from: u64,
    /// The toxic has ended the connection.
    pub(super) ended: bool,
    /// The toxic has destroyed bytes.
    pub(super) destroyed: bool,
}

/// Pieces that left one after the other as a rate has it, without a pause.
#[derive(Debug)]
struct Pace {
    since: Moment,
    bytes: u64,
    /// What they were to take.
    asked: Duration,
    /// When the next could first leave.
    next: Moment,
}

impl StageStats {
    pub(super) fn new(planned: &Arc<PlannedToxic>) -> Self {
        StageStats {
            planned: Arc::clone(planned),
            tally: Arc::default(),
            pace: None,
            touched: false,
            counted: false,
            from: 0,
            ended: false,
            destroyed: false,
        }
    }

    fn add(&mut self, hit: Hit) {
        if !std::mem::replace(&mut self.touched, true) {
            self.tally.add_alone(Hit::Connection);
            if !std::mem::replace(&mut self.counted, true) {
                self.planned.stats.add(Hit::Connection);
            }
        }
        self.tally.add_alone(hit);
        self.planned.stats.add(hit);
    }

    /// The toxic is shown something, when so many bytes have entered the pipeline. The end of a
    /// connection that was there before it and has moved nothing since is nothing that counts.
    pub(super) fn received(&mut self, item: &Item, entered: u64) {
        match item {
            Item::Data(chunk) => self.add(Hit::Bytes(chunk.bytes.len())),
            Item::End(_) if entered >= self.from => self.add(Hit::Bytes(0)),
            Item::End(_) => {}
        }
    }

    /// The toxic joins a connection that has moved so many bytes, and may have acted there on an
    /// earlier turn.
    pub(super) fn join(&mut self, entered: u64, earlier: Option<&Counted>) {
        self.from = entered + 1;
        let key = Arc::as_ptr(&self.planned.stats).addr();
        self.counted = earlier.is_some_and(|earlier| earlier.contains_key(&key));
    }

    /// Notes for a later turn that the toxic has counted the connection.
    pub(super) fn remember(&self, earlier: &mut Counted) {
        let stats = &self.planned.stats;
        earlier.insert(Arc::as_ptr(stats).addr(), Arc::downgrade(stats));
    }

    pub(super) fn has_counted(&self) -> bool {
        self.counted
    }

    /// Something leaves at `now` that was due at `due`. The toxic wanted it to leave at `wanted`;
    /// what came on top of that was a wait for a slow receiver. `blocked`: it was due, but had to
    /// wait for the way on. Neither is the toxic's doing, nor says it how exact the proxy is.
    pub(super) fn released(
        &mut self,
        entry: &Entry,
        (wanted, due, now): (Moment, Moment, Moment),
        blocked: bool,
    ) {
        let asked = match (entry.due, &entry.item) {
            (Due::At(at), Item::Data(chunk)) if at > chunk.arrived => {
                Some(wanted.since(chunk.arrived))
            }
            _ => None,
        };
        if asked.is_none() && wanted <= entry.met {
            return;
        }
        self.add(Hit::Delayed);
        if blocked {
            self.pace = None;
            return;
        }
        let late = now.since(due);
        match asked {
            Some(asked) => self.planned.stats.add_delay(asked, late),
            None => self.planned.stats.add_lateness(late),
        }
        if let (Due::Taking(span), Item::Data(chunk)) = (entry.due, &entry.item) {
            self.keep_pace(chunk.bytes.len(), span, due, now);
        }
    }

    /// Adds a piece that was to take `span` and be gone at `due`, and measures the rate when the
    /// window is full.
    fn keep_pace(&mut self, bytes: usize, span: Duration, due: Moment, now: Moment) {
        let began = due.minus(span);
        let mut pace = match self.pace.take() {
            Some(pace) if pace.next == began => pace,
            _ => Box::new(Pace {
                since: began,
                bytes: 0,
                asked: Duration::ZERO,
                next: began,
            }),
        };
        pace.bytes += bytes as u64;
        pace.asked = pace.asked.saturating_add(span);
        pace.next = due;
        let took = now.since(pace.since);
        if took < RATE_WINDOW {
            self.pace = Some(pace);
            return;
        }
        let rate = |span: Duration| {
            let nanos = span.as_nanos().max(1);
            u64::try_from(u128::from(pace.bytes) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
        };
        self.planned.stats.add_rate(rate(pace.asked), rate(took));
    }

    /// The toxic ends the connection.
    pub(super) fn ended(&mut self, ending: Ending) {
        self.ended = true;
        match ending {
            Ending::Reset => self.add(Hit::Reset),
            Ending::Close | Ending::Cut => self.add(Hit::Closed),
            Ending::Eof => {}
        }
    }
}
