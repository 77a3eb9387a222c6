//! Stages that an item which ends the connection has passed, or is to pass.

use super::Stage;
use crate::engine::item::{Ending, Item};
use crate::engine::queue::Queue;
use crate::engine::state::State;

impl Stage {
    /// An item that ends the connection has passed this stage. Drops everything held here.
    pub(in crate::engine) fn terminate(&mut self) {
        self.queue = None;
        self.watch = None;
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

    /// Lets a pending cut leave. Drops the items before it, which would otherwise stay for ever.
    pub(super) fn let_cut_pass(&mut self) {
        let keeps = |queue: &Queue| queue.keeps_cut();
        if self.timer.is_none() && self.queue.as_deref().is_some_and(keeps) {
            self.flush();
            self.receive(Item::End(Ending::Cut), self.since, 0);
        }
    }
}
