//! What a link waits for when it cannot go on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Link;
use crate::engine::Moment;
use crate::net::budget::Capacity;
use crate::net::clock::Wait;
use crate::net::event::LinkEvent;

impl Link<'_> {
    /// Asks to be woken by the first thing that lets the link go on; ready if that has come. A
    /// change of the plan is the session's to wait for.
    pub(super) fn wait(
        &mut self,
        moment: Option<Moment>,
        context: &mut Context<'_>,
    ) -> Result<Poll<()>, LinkEvent> {
        let room = self.room();
        let (from, to) = (&self.context.from.stream, &self.context.to.stream);
        let mut ready = !self.pending.is_empty() && to.poll_write_ready(context).is_ready();
        if matches!(room, Capacity::Bytes(_)) {
            self.loss = None;
            ready |= from.poll_read_ready(context).is_ready();
        } else if !self.sender_gone {
            let from = self.context.from;
            let loss = self.loss.get_or_insert_with(|| from.lost());
            if loss.as_mut().poll(context).is_ready() {
                self.loss = None;
                self.sender_gone = true;
                if !self.reading {
                    from.note_reset();
                }
                return Err(LinkEvent::SenderGone);
            }
        }
        if room == Capacity::GlobalLimit {
            ready |= self.charge.wait(context.waker());
        } else {
            self.charge.stop_waiting();
        }
        ready |= self.ring(moment, context);
        Ok(ready.then_some(()).map_or(Poll::Pending, Poll::Ready))
    }

    /// Whether `moment` has come; if not, the task is woken when it has.
    fn ring(&mut self, moment: Option<Moment>, context: &mut Context<'_>) -> bool {
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
