//! How a stage keeps statistics, both for its connection and for its toxic.

use std::sync::Arc;
use std::time::Duration;

use super::item::{Ending, Item};
use super::plan::PlannedToxic;
use super::rare::Counted;
use super::schedule::{Due, Entry};
use super::stats::{Hit, RATE_WINDOW, Tally};
use super::time::{Moment, nanos};

/// The statistics of one toxic on one direction of one connection.
#[derive(Debug)]
pub(super) struct StageStats {
    /// The toxic as it is in the plan, with its name and its statistics.
    pub(super) planned: Arc<PlannedToxic>,
    /// The counters for this connection, which only this stage writes.
    pub(super) tally: Arc<Tally>,
    // Boxed, because most toxics have no rate.
    pace: Option<Box<Pace>>,
    touched: bool,
    /// The toxic has already counted this connection, here or in an earlier stage of the same
    /// toxic.
    counted: bool,
    /// 0 if the stage existed before the first byte; otherwise 1 + the bytes that had entered
    /// before it.
    from: u64,
    /// The toxic has ended the connection.
    pub(super) ended: bool,
    /// The toxic has destroyed bytes.
    pub(super) destroyed: bool,
}

/// Pieces that left one after another at a requested rate, without a pause.
#[derive(Debug)]
struct Pace {
    since: Moment,
    bytes: u64,
    /// The time that they should have taken.
    asked: Duration,
    /// The part of that time, in ns, in which bytes of other links had the rate. Negative if the
    /// pieces had more than that time, because a burst had been saved up.
    others: i64,
    /// When the next piece could first leave.
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

    /// The toxic is shown an item. `entered` is the number of bytes that have entered the pipeline.
    /// The ending of an older connection that has moved no bytes since the toxic joined does not
    /// count.
    pub(super) fn received(&mut self, item: &Item, entered: u64) {
        match item {
            Item::Data(chunk) => self.add(Hit::Bytes(chunk.bytes.len())),
            Item::End(_) if entered >= self.from => self.add(Hit::Bytes(0)),
            Item::End(_) => {}
        }
    }

    /// The toxic is shown bytes that it was not shown before.
    pub(super) fn shown(&mut self, bytes: usize) {
        self.add(Hit::Bytes(bytes));
    }

    /// Bytes passed without being shown to the toxic, because they could not be framed. It has not
    /// touched the connection by that.
    pub(super) fn unframed(&self, bytes: usize) {
        self.tally.add_alone(Hit::Unframed(bytes));
        self.planned.stats.add(Hit::Unframed(bytes));
    }

    /// Whether the toxic waits for its trigger on this connection.
    pub(super) fn set_waiting(&self, waiting: bool) {
        self.tally.set_waiting(waiting);
    }

    /// The toxic joins a connection that has already moved this many bytes. `earlier` lists the
    /// toxics that have counted the connection before.
    pub(super) fn join(&mut self, entered: u64, earlier: Option<&Counted>) {
        self.from = entered + 1;
        let key = Arc::as_ptr(&self.planned.stats).addr();
        self.counted = earlier.is_some_and(|earlier| earlier.contains_key(&key));
    }

    /// Records that the toxic has counted the connection, for when it is added again.
    pub(super) fn remember(&self, earlier: &mut Counted) {
        let stats = &self.planned.stats;
        earlier.insert(Arc::as_ptr(stats).addr(), Arc::downgrade(stats));
    }

    pub(super) fn has_counted(&self) -> bool {
        self.counted
    }

    /// An item leaves at `now` that was due at `due`. The toxic wanted it to leave at `wanted`; any
    /// later due time comes from waiting for a slow receiver. `blocked` says that the item was due
    /// but could not move on. Neither wait is the toxic's doing, and neither counts towards
    /// accuracy.
    pub(super) fn released(
        &mut self,
        entry: &Entry,
        takes: Duration,
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
        let (span, own) = match entry.due {
            Due::Taking(span) => (span, None),
            Due::Reserved(_) => (due.since(entry.entered), Some(takes)),
            _ => return,
        };
        if let Item::Data(chunk) = &entry.item {
            self.keep_pace(chunk.bytes.len(), (span, own), due, now);
        }
    }

    /// Adds a piece that should take `span` and finish at `due`, and occupies the rate for `own` of
    /// that time. Measures the rate when the window is full.
    ///
    /// On a shared rate, a link gets a share that changes whenever another one has bytes to send.
    /// What is asked is the whole rate. What is achieved is the part of it that the link's bytes
    /// would have had, had all of the time been theirs.
    fn keep_pace(
        &mut self,
        bytes: usize,
        (span, own): (Duration, Option<Duration>),
        due: Moment,
        now: Moment,
    ) {
        let began = due.minus(span);
        let mut pace = match self.pace.take() {
            Some(pace) if pace.next == began => pace,
            _ => Box::new(Pace {
                since: began,
                bytes: 0,
                asked: Duration::ZERO,
                others: 0,
                next: began,
            }),
        };
        pace.bytes += bytes as u64;
        pace.asked = pace.asked.saturating_add(span);
        if let Some(own) = own {
            let signed = |span| i64::try_from(nanos(span)).unwrap_or(i64::MAX);
            let others = signed(span).saturating_sub(signed(own));
            pace.others = pace.others.saturating_add(others);
        }
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
        let own = nanos(pace.asked).saturating_add_signed(pace.others.saturating_neg());
        let asked = rate(Duration::from_nanos(own));
        let achieved = if pace.others == 0 {
            rate(took)
        } else {
            let exact = u128::from(asked) * pace.asked.as_nanos() / took.as_nanos().max(1);
            u64::try_from(exact).unwrap_or(u64::MAX)
        };
        self.planned.stats.add_rate(asked, achieved);
    }

    /// The toxic ends the connection.
    pub(super) fn ended(&mut self, ending: Ending) {
        self.ended = true;
        match ending {
            Ending::Reset | Ending::ResetAfter => self.add(Hit::Reset),
            Ending::Close | Ending::Cut | Ending::Eof => self.add(Hit::Closed),
        }
    }
}
