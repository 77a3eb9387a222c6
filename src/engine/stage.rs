//! One toxic seated on one link: its draw, its memory, what waits for it and what it has in hand.

mod change;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::draw::Subject;
use super::item::{Ending, Item};
use super::ledger::Ledger;
use super::outlet::{Outlet, Schedule};
use super::plan::{Lot, PlannedToxic};
use super::state::State;
use super::time::Moment;
use super::toxic::{AnyMemory, AnyToxic, Event};

/// Lateness of a timer that the next gap makes up for. More than this is taken as a halt of the
/// whole machine, after which nothing is caught up with.
pub const MAX_LATENESS: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Waiting {
    arrived: Moment,
    item: Item,
}

pub(super) struct Stage {
    pub(super) id: u64,
    revision: u64,
    pub(super) ledger: Ledger,
    toxic: Arc<dyn AnyToxic>,
    subject: Subject,
    state: State,
    memory: AnyMemory,
    inbox: VecDeque<Waiting>,
    inbox_charge: usize,
    schedule: Schedule,
    timer: Option<Moment>,
    /// The first entry was due but the way on was not free: its lateness is not the timer's.
    blocked: bool,
    /// When the toxic began to act as it does now; nothing is counted from before.
    since: Moment,
    /// What ends the connection came in: if such a thing leaves, the toxic did not do it.
    told_of_final: bool,
}

impl Stage {
    /// Seats a toxic on one direction of one connection, to which it stands as `lot` says.
    pub(super) fn seat(planned: &PlannedToxic, lot: Lot, now: Moment) -> Self {
        let mut stage = Stage {
            id: planned.id,
            revision: planned.revision,
            ledger: Ledger::new(planned),
            toxic: Arc::clone(&planned.toxic),
            subject: lot.subject,
            state: State::new(&lot),
            memory: planned.toxic.new_memory(),
            inbox: VecDeque::new(),
            inbox_charge: 0,
            schedule: Schedule::default(),
            timer: None,
            blocked: false,
            since: now,
            told_of_final: false,
        };
        if stage.state.applies() {
            stage.tell(Event::Attach, now);
        }
        stage
    }

    /// Whether an item that passes is shown to the toxic.
    pub(super) fn looks_at(&self, item: &Item) -> bool {
        match item {
            Item::Data(_) => self.takes_data(),
            Item::End(_) => self.state.applies(),
        }
    }

    pub(super) fn takes_data(&self) -> bool {
        self.state.applies() && self.toxic.minds_data()
    }

    /// What ends the connection has left this stage or one after it: forget all that is here.
    pub(super) fn silence(&mut self) {
        self.flush();
        self.timer = None;
        self.state = State::Ended;
    }

    pub(super) fn is_silent(&self) -> bool {
        self.state == State::Ended
    }

    /// Silences a row of stages. Before a silent one all are, so that an ending which passes many
    /// stages silences each of them once.
    pub(super) fn silence_all(stages: &mut [Stage]) {
        let loud = stages
            .iter_mut()
            .rev()
            .take_while(|stage| !stage.is_silent());
        loud.for_each(Stage::silence);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.inbox.is_empty() && self.schedule.is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.inbox.is_empty() || self.inbox_charge < self.backlog()
    }

    pub(super) fn backlog(&self) -> usize {
        self.toxic.backlog()
    }

    /// Bytes that wait here, bookkeeping included.
    pub(super) fn charge(&self) -> usize {
        self.inbox_charge + self.schedule.charge()
    }

    /// Takes what came in, when so many bytes have entered the pipeline.
    pub(super) fn receive(&mut self, mut item: Item, arrived: Moment, entered: u64) {
        if let Item::Data(chunk) = &mut item {
            chunk.arrived = arrived;
        }
        self.told_of_final |= item.is_final();
        self.ledger.received(&item, entered);
        self.inbox_charge += item.charge();
        self.inbox.push_back(Waiting { arrived, item });
    }

    /// Whether what ends the connection came in, so that the toxic is not who ends it.
    pub(super) fn was_told_of_final(&self) -> bool {
        self.told_of_final
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
        while self.state.applies() && self.schedule.entries.is_empty() {
            let Some(next) = self.take_next() else {
                break;
            };
            let moment = next.arrived.max(self.since);
            let last = self.schedule.last_release.unwrap_or(Moment::ORIGIN);
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
        let for_ever = self.timer.is_none() && self.schedule.holds();
        if for_ever && self.inbox.back().is_some_and(is_cut) {
            self.flush();
            self.receive(Item::End(Ending::Cut), self.since, 0);
        }
    }

    /// The rest of the chunk in hand, else the next from the inbox.
    fn take_next(&mut self) -> Option<Waiting> {
        if let Some(rest) = self.schedule.rest.take() {
            return Some(Waiting {
                arrived: rest.arrived,
                item: Item::Data(rest),
            });
        }
        let next = self.inbox.pop_front()?;
        self.inbox_charge -= next.item.charge();
        give_back(&mut self.inbox);
        Some(next)
    }

    /// Whether the first thing in hand may leave at `now`, and if so, what it is.
    pub(super) fn ready(&self, now: Moment) -> Option<&Item> {
        self.schedule.next_due().filter(|due| *due <= now)?;
        self.schedule.entries.front().map(|entry| &entry.item)
    }

    /// Says that what is ready cannot move on.
    pub(super) fn block(&mut self) {
        self.blocked = true;
    }

    /// Lets the first thing in hand go. The moment is when it should have gone.
    pub(super) fn release(&mut self, now: Moment) -> Option<(Item, Moment)> {
        let due = self.schedule.next_due()?;
        let entry = self.schedule.entries.pop_front()?;
        let wanted = self.schedule.note_wanted(&entry);
        self.ledger
            .released(&entry, (wanted, due, now), self.blocked);
        if entry.item.is_final() {
            self.claim(&entry.item);
        }
        let moment = if self.blocked {
            now
        } else {
            due.max(now.minus(MAX_LATENESS)).min(now)
        };
        self.blocked = false;
        self.schedule.last_release = Some(moment);
        Some((entry.item, moment))
    }

    /// Notes an ending of the connection that leaves, if it is the toxic's doing.
    fn claim(&mut self, item: &Item) {
        if let Item::End(ending) = item
            && !self.told_of_final
        {
            self.ledger.ended(*ending);
        }
    }

    /// When this stage next has something to do on its own.
    pub(super) fn next_moment(&self) -> Option<Moment> {
        let due = self.schedule.next_due().filter(|_| !self.blocked);
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
        let mut outlet = Outlet {
            schedule: &mut self.schedule,
            timer: &mut self.timer,
            now: moment,
            met,
            subject: self.subject,
            unplaced: shown,
            lossy: self.state == State::Lossy,
        };
        self.toxic.tell(self.memory.as_mut(), event, &mut outlet);
        if outlet.lossy || outlet.unplaced > 0 {
            self.state.lose();
            self.ledger.destroyed = true;
        }
    }
}

/// Gives the memory of a queue back that was long and is empty: a link that waits holds none.
pub(super) fn give_back<T>(queue: &mut VecDeque<T>) {
    const WORTH_KEEPING: usize = 64;
    if queue.is_empty() && queue.capacity() > WORTH_KEEPING {
        *queue = VecDeque::new();
    }
}
