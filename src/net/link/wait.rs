//! The conditions that a link waits for when it cannot make progress.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Link;
use crate::engine::Moment;
use crate::net::budget::Capacity;
use crate::net::clock::Wait;
use crate::net::event::LinkEvent;
use crate::net::lifecycle::{DirectionState, LinkInput};

impl Link<'_> {
    /// Registers the task for every event that lets the link make progress; ready if one has
    /// happened. The connection, not the link, waits for a change of plan.
    pub(super) fn wait(
        &mut self,
        state: DirectionState,
        moment: Option<Moment>,
        context: &mut Context<'_>,
    ) -> Result<Poll<()>, LinkEvent> {
        let room = self.room(state);
        let (from, to) = (&self.context.from.stream, &self.context.to.stream);
        let wants_write = !self.pending.is_empty() || to.wants_write();
        let mut ready = wants_write && to.poll_writable(context).is_ready();
        ready |= from.wants_write() && from.poll_writable(context).is_ready();
        if matches!(room, Capacity::Bytes(_)) {
            self.loss = None;
            ready |= from.poll_readable(context).is_ready();
        } else if state.watches_source() {
            let loss = self.loss.get_or_insert_with(|| from.lost());
            if loss.as_mut().poll(context).is_ready() {
                self.loss = None;
                // A source that is still read reports its error with the read.
                let error = (!state.reads()).then(|| from.take_error()).flatten();
                return Err(self.event(LinkInput::SourceLost, error));
            }
        }
        if room == Capacity::GlobalLimit {
            ready |= self.charge.wait(context.waker());
        } else {
            self.charge.stop_waiting();
        }
        ready |= self.is_due(moment, context);
        Ok(ready.then_some(()).map_or(Poll::Pending, Poll::Ready))
    }

    /// Whether `moment` has come. If not, the task is woken when it comes.
    fn is_due(&mut self, moment: Option<Moment>, context: &mut Context<'_>) -> bool {
        let Some(moment) = moment else {
            self.timer = None;
            return false;
        };
        if self.timer.as_ref().map(Wait::moment) != Some(moment) {
            self.timer = Some(self.context.clock.wait_until(moment));
        }
        let timer = self.timer.as_mut().map(Pin::new);
        timer.is_some_and(|timer| timer.poll(context).is_ready())
    }
}
