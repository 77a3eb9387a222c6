//! Stages that an item which ends the connection has passed, or is to pass, and what they drop or let
//! pass because of it.

use super::{Host, Stage};
use crate::engine::item::{Ending, Item};
use crate::engine::queue::Queue;
use crate::engine::state::State;
use crate::engine::toxic::Event;

impl Stage {
    /// An item that ends the connection has passed this stage. Drops everything held here.
    pub(in crate::engine) fn terminate(&mut self) {
        self.queue = None;
        self.watch = None;
        // The toxic is called no more. Its memory may hold something that others need.
        self.memory = Box::new(());
        self.timer = None;
        self.state = State::Ended;
    }

    pub(in crate::engine) fn is_silent(&self) -> bool {
        self.state == State::Ended
    }

    /// Terminates a row of stages. All stages before a terminated one are terminated already, so an
    /// ending that passes many stages terminates each of them only once.
    pub(in crate::engine) fn terminate_all(stages: &mut [Stage]) {
        let loud = stages
            .iter_mut()
            .rev()
            .take_while(|stage| !stage.is_silent());
        loud.for_each(Stage::terminate);
    }

    /// Empties the schedule and the inbox, in order.
    pub(super) fn flush(&mut self) -> Vec<Item> {
        let queue = self.queue.as_mut();
        queue.map_or_else(Vec::new, |queue| queue.flush())
    }

    /// Drops what waits behind the end of the direction.
    pub(super) fn drop_rest(&mut self) {
        if let Some(queue) = &mut self.queue {
            queue.drop_data();
        }
        self.timer = None;
    }

    /// Tells the toxic of an arrival that it asked to be told of, and lets a pending cut leave.
    /// Returns whether the toxic was told.
    #[cold]
    pub(super) fn watch_inbox(&mut self, host: &mut Host<'_>) -> bool {
        let arrival = self.queue.as_mut().and_then(|queue| queue.take_arrival());
        let arrival = arrival.filter(|_| self.state.acts());
        if let Some(at) = arrival {
            self.tell(Event::Arrival, at, host);
        }
        self.let_cut_pass();
        arrival.is_some()
    }

    /// Lets a pending cut leave. Drops the items before it, which would otherwise stay for ever.
    fn let_cut_pass(&mut self) {
        let keeps = |queue: &Queue| queue.keeps_cut();
        if self.timer.is_none() && self.queue.as_deref().is_some_and(keeps) {
            self.flush();
            self.receive(Item::End(Ending::Cut), self.since, 0);
        }
    }
}
