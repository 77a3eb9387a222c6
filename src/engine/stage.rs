//! A stage is one toxic at work on one direction of one connection. It has a draw, a memory, an
//! inbox of waiting chunks and a schedule of what the toxic is releasing.
//!
//! Bytes leave in the order in which they came, whatever the toxic does. A stage must not know its
//! neighbours, nor any kind of toxic.

mod arrival;
mod change;
mod ending;
mod exchange;
mod release;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use super::conversation::StreamPosition;
use super::draw::DrawKey;
use super::exchanges::Exchanges;
use super::item::{Direction, Item, Seen};
use super::note::Note;
use super::outlet::Outlet;
use super::plan::{Applicability, PlannedToxic};
use super::queue::{Next, Queue, Waiting};
use super::rare::Rare;
use super::schedule::{Due, Entry, Schedule, Until};
use super::scope::Identity;
use super::stage_stats::StageStats;
use super::state::State;
use super::stats::Tally;
use super::time::Moment;
use super::toxic::{AnyMemory, AnyToxic, Event};
use super::watch::Watch;

/// The timer lateness that the next gap compensates for. Anything beyond this is treated as a pause
/// of the whole machine, and is not caught up.
pub const MAX_LATENESS: Duration = Duration::from_millis(100);

/// Bytes of memory of a stage that has seen nothing. This includes its counters and their entry in
/// the list that the API shows.
pub(super) const IDLE: usize = size_of::<Stage>() + size_of::<Tally>() + 4 * size_of::<usize>();

/// The parts of its connection that a stage can use.
pub(super) struct Host<'a> {
    pub(super) direction: Direction,
    pub(super) identity: &'a Identity,
    pub(super) rare: &'a mut Rare,
    /// See [`Outlet::position`].
    pub(super) position: StreamPosition,
}

pub(super) struct Stage {
    pub(super) stage_stats: StageStats,
    draw_key: DrawKey,
    state: State,
    memory: AnyMemory,
    /// Allocated when the first item arrives. A thousand toxics on a thousand connections are a
    /// million stages, and most of them see nothing.
    queue: Option<Box<Queue>>,
    /// Present only if the toxic looks at marked chunks alone.
    exchanges: Option<Box<Exchanges>>,
    /// Present only if the toxic waits for a trigger, has waited for one, or asks for messages.
    watch: Option<Box<Watch>>,
    /// The toxic's timer, or its trigger's while it waits.
    timer: Option<Moment>,
    /// When the toxic began to act with its current attributes, or to wait. Time before that does
    /// not count.
    since: Moment,
    /// The ending that this stage received; one that leaves is then not this toxic's doing.
    seen: Seen,
}

impl Stage {
    /// Creates the stage of a toxic on one direction of one connection.
    pub(super) fn seat(
        planned: &Arc<PlannedToxic>,
        applicability: Applicability,
        now: Moment,
        host: &mut Host<'_>,
    ) -> Self {
        let mut stage = Stage {
            stage_stats: StageStats::new(planned),
            draw_key: applicability.draw_key,
            state: State::new(&applicability, planned.after.is_some()),
            memory: planned.toxic.new_memory(),
            queue: None,
            exchanges: Exchanges::of(planned, applicability.draw_key),
            watch: None,
            timer: None,
            since: now,
            seen: Seen::Data,
        };
        match stage.state {
            State::Waiting => stage.wait(now, host.direction),
            State::Intact => {
                stage.watch = Watch::of(planned, host.direction, false);
                stage.begin(now, host);
            }
            State::OutOfScope | State::Spared => {}
            State::Lossy | State::Closing | State::Ended => {}
        }
        stage
    }

    /// The id by which links know the toxic.
    pub(super) fn id(&self) -> u64 {
        self.stage_stats.planned.id
    }

    /// Whether the toxic in the plan is the same object as the stage's.
    pub(super) fn is_of(&self, planned: &Arc<PlannedToxic>) -> bool {
        Arc::ptr_eq(&self.stage_stats.planned, planned)
    }

    fn toxic(&self) -> &dyn AnyToxic {
        &*self.stage_stats.planned.toxic
    }

    /// Bytes of memory of the stage itself, regardless of what is queued in it.
    pub(super) fn footprint(&self) -> usize {
        let queue = size_of::<Queue>() + size_of::<Waiting>() + size_of::<Entry>();
        IDLE + self.queue.as_ref().map_or(0, |_| queue)
            + self.watch.as_ref().map_or(0, |_| size_of::<Watch>())
    }

    /// Whether the item must pass through the stage instead of bypassing it.
    pub(super) fn looks_at(&self, item: &Item) -> bool {
        match item {
            Item::Data(chunk) => self.takes_data() || self.is_selective() && self.is_for_it(chunk),
            Item::End(_) => match self.state {
                State::Waiting => !self.is_idle(),
                _ => self.state.acts() && self.is_open(),
            },
        }
    }

    /// Whether every chunk must pass through the stage.
    pub(super) fn takes_data(&self) -> bool {
        match self.state {
            State::Intact | State::Lossy if self.toxic().inspects_data() => self.is_open(),
            // A toxic that does not look at data may have received some while it waited.
            State::Intact | State::Lossy => self.watch.is_some() && !self.is_idle(),
            State::Waiting => self.passes_bytes(),
            State::Closing => true,
            State::OutOfScope | State::Spared | State::Ended => false,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queue.as_ref().is_none_or(|queue| queue.is_empty())
    }

    pub(super) fn has_room(&self) -> bool {
        let queue = self.queue.as_ref();
        queue.is_none_or(|queue| queue.inbox.is_empty() || queue.inbox_charge < self.backlog())
    }

    pub(super) fn backlog(&self) -> usize {
        self.toxic().backlog()
    }

    /// Bytes queued here, including bookkeeping.
    pub(super) fn charge(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.charge())
    }

    /// Fires a due timer, then shows the toxic its next item if its schedule is empty. Returns
    /// whether anything happened.
    pub(super) fn work(&mut self, now: Moment, host: &mut Host<'_>) -> bool {
        let mut worked = false;
        if let Some(at) = self.timer.filter(|at| *at <= now) {
            self.timer = None;
            let at = at.max(now.minus(MAX_LATENESS));
            match self.state {
                State::Waiting => self.begin(at, host),
                _ => self.tell(Event::Timer, at, host),
            }
            worked = true;
        }
        if self.queue.as_ref().is_some_and(|queue| queue.is_watched()) {
            worked |= self.watch_inbox(host);
        }
        while self.state.moves_items() {
            if self.watch.is_some() {
                worked |= self.begin_if_reached(host);
            }
            let Some((next, last)) = self.queue.as_mut().and_then(|queue| queue.take_next()) else {
                break;
            };
            match next {
                Next::Sent => self.tell(Event::Sent, last, host),
                Next::Item(next) => {
                    if let Some((item, moment, met)) = self.admit(next, last, host) {
                        self.show_item(item, moment, met, host);
                    }
                }
            }
            worked = true;
        }
        worked
    }

    /// Shows the toxic an item at `moment`. It could first have been shown the item at `met`.
    fn show_item(&mut self, item: Item, moment: Moment, met: Moment, host: &mut Host<'_>) {
        match item {
            Item::Data(chunk) => {
                self.enter_exchange(&chunk, moment, host);
                self.show(Event::Data(chunk), moment, met, host);
            }
            Item::End(ending) => self.tell(Event::End(ending), met, host),
        }
    }

    /// Queues an item to leave at once, without showing it to the toxic.
    fn pass(&mut self, item: Item, met: Moment) {
        let queue = self.queue.get_or_insert_default();
        queue.schedule.put(Entry {
            due: Due::AtOnce,
            entered: met,
            met,
            item,
        });
    }

    /// Delivers a note from the toxic's other half. Returns false if the toxic does not apply here
    /// and the stage has not ended.
    pub(super) fn hear(&mut self, note: Note, now: Moment, host: &mut Host<'_>) -> bool {
        if !self.state.acts() {
            return self.is_silent();
        }
        self.tell(Event::Note(note), now, host);
        let schedule = self.queue.as_mut().map(|queue| &mut queue.schedule);
        if let Some(rest) = schedule.and_then(|schedule| schedule.rest.as_mut())
            && matches!(rest.until, Until::Told | Until::Joined)
        {
            rest.until = Until::PutBack;
        }
        true
    }

    fn tell(&mut self, event: Event, moment: Moment, host: &mut Host<'_>) {
        self.show(event, moment, moment, host);
    }

    /// Passes the toxic an event at `moment` that it could have been passed at `met`.
    fn show(&mut self, event: Event, moment: Moment, met: Moment, host: &mut Host<'_>) {
        let (shown, is_end) = match &event {
            Event::Data(chunk) => (chunk.bytes.len(), false),
            event => (0, matches!(event, Event::End(_))),
        };
        // Most toxics put nothing into the schedule when they attach, so do not allocate a queue
        // yet.
        let mut spare = None;
        let (schedule, inbox) = match self.queue.as_deref_mut() {
            Some(queue) => (&mut queue.schedule, Some(&queue.inbox)),
            None => (spare.insert(Schedule::default()), None),
        };
        let planned = &self.stage_stats.planned;
        let mut outlet = Outlet {
            schedule,
            inbox,
            timer: &mut self.timer,
            now: moment,
            met,
            draw_key: self.draw_key,
            message: self.watch.as_ref().and_then(|watch| watch.message()),
            unplaced: shown,
            lossy: matches!(self.state, State::Lossy | State::Closing),
            ends: self.seen != Seen::Data || self.state == State::Closing,
            may_end: !is_end && self.seen == Seen::Eof && self.state != State::Closing,
            half_closed: false,
            id: planned.id,
            name: &planned.name,
            identity: host.identity,
            rare: host.rare,
            position: host.position,
            tally: &self.stage_stats.tally,
        };
        planned.toxic.tell(self.memory.as_mut(), event, &mut outlet);
        let (half_closed, lost) = (outlet.half_closed, outlet.lossy || outlet.unplaced > 0);
        if half_closed {
            self.state.close();
            host.rare.discard();
            self.drop_rest();
        } else if lost && self.state != State::Closing {
            self.state.lose();
            self.stage_stats.destroyed = true;
        }
        if spare.as_ref().is_some_and(|spare| !spare.is_empty()) {
            self.queue.get_or_insert_default().schedule = spare.unwrap_or_default();
        }
    }
}
