//! One toxic seated on one link: its draw, its memory, what waits for it and what it has in hand.

mod change;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::draw::DrawKey;
use super::item::{Ending, Item};
use super::outlet::{Entry, Outlet, Schedule};
use super::plan::{Applicability, PlannedToxic};
use super::stage_stats::StageStats;
use super::state::State;
use super::stats::Tally;
use super::time::Moment;
use super::toxic::{AnyMemory, AnyToxic, Event};

/// Lateness of a timer that the next gap makes up for. More than this is taken as a halt of the
/// whole machine, after which nothing is caught up with.
pub const MAX_LATENESS: Duration = Duration::from_millis(100);

/// Bytes of memory that a stage takes which has seen nothing: its counts, and that they are shown,
/// included.
pub(super) const IDLE: usize = size_of::<Stage>() + size_of::<Tally>() + 4 * size_of::<usize>();

#[derive(Debug)]
struct Waiting {
    arrived: Moment,
    item: Item,
}

/// What waits at a stage, and what is in hand.
#[derive(Debug, Default)]
struct Queue {
    inbox: VecDeque<Waiting>,
    inbox_charge: usize,
    schedule: Schedule,
    /// The first entry was due but the way on was not free: its lateness is not the timer's.
    blocked: bool,
}

pub(super) struct Stage {
    pub(super) stage_stats: StageStats,
    draw_key: DrawKey,
    state: State,
    memory: AnyMemory,
    /// Made when the first thing comes: a thousand toxics on a thousand connections are a million
    /// stages, and most of them see nothing.
    queue: Option<Box<Queue>>,
    timer: Option<Moment>,
    /// When the toxic began to act as it does now; nothing is counted from before.
    since: Moment,
    /// What ends the connection came in: if such a thing leaves, the toxic did not do it.
    saw_final: bool,
}

impl Stage {
    /// Seats a toxic on one direction of one connection, to which it stands as `applicability` says.
    pub(super) fn seat(
        planned: &Arc<PlannedToxic>,
        applicability: Applicability,
        now: Moment,
    ) -> Self {
        let mut stage = Stage {
            stage_stats: StageStats::new(planned),
            draw_key: applicability.draw_key,
            state: State::new(&applicability),
            memory: planned.toxic.new_memory(),
            queue: None,
            timer: None,
            since: now,
            saw_final: false,
        };
        if stage.state.applies() {
            stage.tell(Event::Attach, now);
        }
        stage
    }

    /// What links know the toxic by.
    pub(super) fn id(&self) -> u64 {
        self.stage_stats.planned.id
    }

    /// Whether the plan has the toxic as the stage does.
    pub(super) fn is_of(&self, planned: &Arc<PlannedToxic>) -> bool {
        Arc::ptr_eq(&self.stage_stats.planned, planned)
    }

    fn toxic(&self) -> &dyn AnyToxic {
        &*self.stage_stats.planned.toxic
    }

    /// Bytes of memory that the stage takes, whatever waits in it.
    pub(super) fn footprint(&self) -> usize {
        let queue = size_of::<Queue>() + size_of::<Waiting>() + size_of::<Entry>();
        IDLE + self.queue.as_ref().map_or(0, |_| queue)
    }

    /// Whether an item that passes is shown to the toxic.
    pub(super) fn looks_at(&self, item: &Item) -> bool {
        match item {
            Item::Data(_) => self.takes_data(),
            Item::End(_) => self.state.applies(),
        }
    }

    pub(super) fn takes_data(&self) -> bool {
        self.state.applies() && self.toxic().inspects_data()
    }

    /// What ends the connection has left this stage or one after it: forget all that is here.
    pub(super) fn terminate(&mut self) {
        self.queue = None;
        self.timer = None;
        self.state = State::Ended;
    }

    pub(super) fn is_silent(&self) -> bool {
        self.state == State::Ended
    }

    /// Silences a row of stages. Before a silent one all are, so that an ending which passes many
    /// stages silences each of them once.
    pub(super) fn terminate_all(stages: &mut [Stage]) {
        let loud = stages
            .iter_mut()
            .rev()
            .take_while(|stage| !stage.is_silent());
        loud.for_each(Stage::terminate);
    }

    pub(super) fn is_idle(&self) -> bool {
        let queue = self.queue.as_ref();
        queue.is_none_or(|queue| queue.inbox.is_empty() && queue.schedule.is_empty())
    }

    pub(super) fn has_room(&self) -> bool {
        let queue = self.queue.as_ref();
        queue.is_none_or(|queue| queue.inbox.is_empty() || queue.inbox_charge < self.backlog())
    }

    pub(super) fn backlog(&self) -> usize {
        self.toxic().backlog()
    }

    /// Bytes that wait here, bookkeeping included.
    pub(super) fn charge(&self) -> usize {
        let queue = self.queue.as_ref();
        queue.map_or(0, |queue| queue.inbox_charge + queue.schedule.charge())
    }

    /// Takes what came in, when so many bytes have entered the pipeline.
    pub(super) fn receive(&mut self, mut item: Item, arrived: Moment, entered: u64) {
        if let Item::Data(chunk) = &mut item {
            chunk.arrived = arrived;
        }
        self.saw_final |= item.is_final();
        self.stage_stats.received(&item, entered);
        let queue = self.queue.get_or_insert_default();
        queue.inbox_charge += item.charge();
        if queue.inbox.capacity() == 0 {
            // One is what most ever need; a queue would begin with four.
            queue.inbox.reserve_exact(1);
        }
        queue.inbox.push_back(Waiting { arrived, item });
    }

    /// Whether what ends the connection came in, so that the toxic is not who ends it.
    pub(super) fn has_seen_final(&self) -> bool {
        self.saw_final
    }

    /// Fires a timer that is due and gives the toxic its next item if its hands are empty.
    /// Whether anything happened.
    pub(super) fn work(&mut self, now: Moment) -> bool {
        let mut worked = false;
        if let Some(at) = self.timer.filter(|at| *at <= now) {
            self.timer = None;
            self.tell(Event::Timer, at.max(now.minus(MAX_LATENESS)));
            worked = true;
        }
        self.let_cut_pass();
        while self.state.applies() {
            let Some((next, last)) = self.queue.as_mut().and_then(|queue| queue.take_next()) else {
                break;
            };
            let moment = next.arrived.max(self.since);
            match next.item {
                Item::Data(chunk) => self.show(Event::Data(chunk), moment.max(last), moment),
                Item::End(ending) => self.tell(Event::End(ending), moment),
            }
            worked = true;
        }
        worked
    }

    /// A connection that is to be cut does not wait for bytes that would stay here for ever.
    fn let_cut_pass(&mut self) {
        let is_cut = |waiting: &Waiting| waiting.item == Item::End(Ending::Cut);
        let for_ever = |queue: &Queue| queue.schedule.holds() && self.timer.is_none();
        let queue = self.queue.as_deref().filter(|queue| for_ever(queue));
        if queue.is_some_and(|queue| queue.inbox.back().is_some_and(is_cut)) {
            self.flush();
            self.receive(Item::End(Ending::Cut), self.since, 0);
        }
    }

    /// Whether the first thing in hand may leave at `now`, and if so, what it is.
    pub(super) fn ready(&self, now: Moment) -> Option<&Item> {
        let schedule = &self.queue.as_ref()?.schedule;
        schedule.next_due().filter(|due| *due <= now)?;
        schedule.entries.front().map(|entry| &entry.item)
    }

    /// Says that what is ready cannot move on.
    pub(super) fn block(&mut self) {
        if let Some(queue) = &mut self.queue {
            queue.blocked = true;
        }
    }

    /// Lets the first thing in hand go. The moment is when it should have gone.
    pub(super) fn release(&mut self, now: Moment) -> Option<(Item, Moment)> {
        let queue = self.queue.as_mut()?;
        let due = queue.schedule.next_due()?;
        let entry = queue.schedule.entries.pop_front()?;
        let blocked = std::mem::take(&mut queue.blocked);
        let moment = if blocked {
            now
        } else {
            due.max(now.minus(MAX_LATENESS)).min(now)
        };
        queue.schedule.last_release = Some(moment);
        let wanted = queue.schedule.note_wanted(&entry);
        self.stage_stats
            .released(&entry, (wanted, due, now), blocked);
        if entry.item.is_final() {
            self.claim(&entry.item);
        }
        Some((entry.item, moment))
    }

    /// Notes an ending of the connection that leaves, if it is the toxic's doing.
    fn claim(&mut self, item: &Item) {
        if let Item::End(ending) = item
            && !self.saw_final
        {
            self.stage_stats.ended(*ending);
        }
    }

    /// When this stage next has something to do on its own.
    pub(super) fn next_moment(&self) -> Option<Moment> {
        let queue = self.queue.as_ref().filter(|queue| !queue.blocked);
        let due = queue.and_then(|queue| queue.schedule.next_due());
        [due, self.timer].into_iter().flatten().min()
    }

    fn tell(&mut self, event: Event, moment: Moment) {
        self.show(event, moment, moment);
    }

    /// Tells the toxic of an event at `moment`, of which it could have been told at `met`.
    fn show(&mut self, event: Event, moment: Moment, met: Moment) {
        let shown = match &event {
            Event::Data(chunk) => chunk.bytes.len(),
            _ => 0,
        };
        // Most toxics put nothing there when they meet a connection.
        let mut spare = Schedule::default();
        let schedule = match &mut self.queue {
            Some(queue) => &mut queue.schedule,
            None => &mut spare,
        };
        let mut outlet = Outlet {
            schedule,
            timer: &mut self.timer,
            now: moment,
            met,
            draw_key: self.draw_key,
            unplaced: shown,
            lossy: self.state == State::Lossy,
        };
        let toxic = &self.stage_stats.planned.toxic;
        toxic.tell(self.memory.as_mut(), event, &mut outlet);
        if outlet.lossy || outlet.unplaced > 0 {
            self.state.lose();
            self.stage_stats.destroyed = true;
        }
        if !spare.is_empty() {
            self.queue.get_or_insert_default().schedule = spare;
        }
    }
}

impl Queue {
    /// What the toxic is to be shown if its hands are empty: the rest of the chunk in hand, else the
    /// next from the inbox; and when the last thing left.
    fn take_next(&mut self) -> Option<(Waiting, Moment)> {
        if !self.schedule.entries.is_empty() {
            return None;
        }
        let last = self.schedule.last_release.unwrap_or(Moment::ORIGIN);
        if let Some(rest) = self.schedule.rest.take() {
            let next = Waiting {
                arrived: rest.arrived,
                item: Item::Data(rest),
            };
            return Some((next, last));
        }
        let next = self.inbox.pop_front()?;
        self.inbox_charge -= next.item.charge();
        give_back(&mut self.inbox);
        Some((next, last))
    }
}

/// Gives the memory of a queue back that was long and is empty: a link that waits holds none.
pub(super) fn give_back<T>(queue: &mut VecDeque<T>) {
    const WORTH_KEEPING: usize = 64;
    if queue.is_empty() && queue.capacity() > WORTH_KEEPING {
        *queue = VecDeque::new();
    }
}
