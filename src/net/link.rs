//! One direction of one connection: bytes from one socket through a pipeline into the other.
//!
//! Two ways lead through a link. While the pipeline is clear, bytes go from socket to socket
//! through a borrowed block. Otherwise the pipeline decides. Either way the plan is looked at after
//! bytes were taken and before anything is decided about them, so that a byte sent after the API's
//! answer meets the new plan though the API never waits for a link.

mod wait;

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::watch;

use super::budget::{Budget, Capacity, Charge};
use super::buffers::Block;
use super::clock::Wait;
use super::context::{LinkContext, ReceiverGone};
use super::event::LinkEvent;
use super::read_size::ReadSize;
use super::socket::Lost;
use super::workers::yield_to_sockets;
use crate::engine::{Ending, Pipeline, Plan, Step};

/// Steps in a row, and bytes, before others get their turn.
const STEPS: u32 = 256;
const CREDIT: u32 = 4 * 1024 * 1024;

/// The plans of a proxy as a link sees them. A closed channel means: stop.
pub(super) type Plans = watch::Receiver<Arc<Plan>>;

pub(super) struct Link<'a> {
    context: LinkContext<'a>,
    plans: Plans,
    pipeline: Pipeline,
    /// Bytes that have left the pipeline and wait for the socket.
    pending: Bytes,
    /// Bytes of memory that they hold on to.
    held: u32,
    charge: Charge<'a>,
    read_size: ReadSize,
    /// Bytes that may be moved before others get their turn.
    credit: u32,
    timer: Option<Wait<'a>>,
    /// Watches the sender while nobody reads from it: its reset would not be seen otherwise.
    loss: Option<Lost<'a>>,
    /// The sender may still send.
    reading: bool,
    /// The sender's reset was reported.
    sender_gone: bool,
    /// The end was passed on.
    ended: bool,
    /// The receiver is gone: there is nothing left to do.
    lost: bool,
}

impl<'a> Link<'a> {
    /// `plans` has seen the plan that `pipeline` was made of.
    pub(super) fn new(
        context: LinkContext<'a>,
        budget: &'a Budget,
        plans: Plans,
        pipeline: Pipeline,
    ) -> Self {
        let link = Link {
            context,
            plans,
            pipeline,
            pending: Bytes::new(),
            held: 0,
            charge: Charge::new(budget),
            read_size: ReadSize::default(),
            credit: 0,
            timer: None,
            loss: None,
            reading: true,
            sender_gone: false,
            ended: false,
            lost: false,
        };
        link.show();
        link
    }

    /// Shows what the toxics of now do.
    fn show(&self) {
        let (direction, tallies) = (self.pipeline.direction(), self.pipeline.tallies());
        self.context.handle.counters.show(direction, tallies);
    }

    /// The name of the toxic that ended the connection, if one did.
    pub(super) fn culprit(&self) -> Option<&Arc<str>> {
        self.pipeline.culprit()
    }

    /// Whether the sender's end was passed on.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the receiver is gone, so that the link must not be run again.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Moves bytes until something happens that concerns the whole connection.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<LinkEvent> {
        self.credit = CREDIT;
        for _ in 0..STEPS {
            match self.step(context) {
                Ok(Poll::Ready(())) if self.credit > 0 => {}
                Ok(Poll::Ready(())) => break,
                Ok(Poll::Pending) => return Poll::Pending,
                Err(event) => return Poll::Ready(event),
            }
        }
        yield_to_sockets(context);
        Poll::Pending
    }

    fn pay(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.credit = self.credit.saturating_sub(bytes);
    }

    /// Moves some bytes. Pending: there is nothing to do before something wakes the task.
    fn step(&mut self, context: &mut Context<'_>) -> Result<Poll<()>, LinkEvent> {
        self.look_at_plan()?;
        self.write_pending()?;
        let moment = match self.poll_pipeline() {
            Step::Send(bytes) => {
                self.hold(bytes);
                return Ok(Poll::Ready(()));
            }
            Step::End(ending) => return Err(self.end(ending)),
            Step::Yield => {
                self.credit = 0;
                return Ok(Poll::Ready(()));
            }
            Step::Wait(moment) => moment,
        };
        if self.read()? {
            return Ok(Poll::Ready(()));
        }
        self.wait(moment, context)
    }

    /// Keeps bytes, in memory of about their size, for the socket.
    fn hold(&mut self, bytes: Bytes) {
        self.held = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.pending = bytes;
    }

    /// A clear pipeline holds nothing, so it need not be asked; that saves reading the clock.
    fn poll_pipeline(&mut self) -> Step {
        if self.reading && self.pipeline.is_clear() {
            return Step::Wait(None);
        }
        let room = self.pending.is_empty() && !self.ended;
        self.pipeline.poll(self.context.clock.now(), room)
    }

    fn end(&mut self, ending: Ending) -> LinkEvent {
        if ending != Ending::Eof {
            if self.pipeline.culprit_destroyed() {
                self.context.from.note_destroyed();
            }
            return LinkEvent::Ended(ending);
        }
        self.ended = true;
        if self.context.from.was_reset() {
            return LinkEvent::Ended(Ending::Reset);
        }
        self.context.to.end_writing();
        LinkEvent::Ended(Ending::Eof)
    }

    /// How many bytes the link would read now.
    fn room(&mut self) -> Capacity {
        let queued = self.pipeline.queued() + self.pending.len();
        self.charge.set(queued);
        self.charge.set_toxics(self.pipeline.footprint());
        let meter = self.context.meter(self.pipeline.direction());
        meter.set_queued(queued);
        let free = self.pending.is_empty() || !self.pipeline.is_clear();
        if !self.reading || !free || !self.pipeline.has_room() {
            return Capacity::Full;
        }
        self.charge.room()
    }

    /// Reads once, if bytes are wanted and there are any. Whether something came.
    fn read(&mut self) -> Result<bool, LinkEvent> {
        let Capacity::Bytes(room) = self.room() else {
            return Ok(false);
        };
        self.charge.stop_waiting();
        let most = match self.pipeline.is_clear() {
            true => self.read_size.bytes(),
            false => self.pipeline.read_size(),
        };
        let mut block = Block::lend();
        match self.context.from.receive(block.space(most.min(room))) {
            Ok(0) => self.finish(),
            Ok(count) => self.take(block, count),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Ok(false),
                io::ErrorKind::Interrupted => Ok(true),
                // The peer is lost; TCP has no gentler word for it than a reset.
                _ => {
                    self.context.from.note_reset();
                    self.finish()
                }
            },
        }
    }

    /// The sender has ended its side, or reset the connection.
    fn finish(&mut self) -> Result<bool, LinkEvent> {
        self.reading = false;
        self.context.from.note_end();
        self.look_at_plan()?;
        let now = self.context.clock.now();
        if self.context.from.was_reset() {
            self.pipeline.finish(Ending::Reset, now);
            self.sender_gone = true;
            return Err(LinkEvent::SenderGone);
        }
        self.pipeline.finish(Ending::Eof, now);
        Ok(true)
    }

    /// Bytes were read: they pass by a clear pipeline, or go into it.
    fn take(&mut self, block: Block, count: usize) -> Result<bool, LinkEvent> {
        self.pay(count);
        self.context
            .count_received(self.pipeline.direction(), count);
        self.look_at_plan()?;
        if self.pipeline.is_clear() && self.pending.is_empty() {
            self.pipeline.pass_by(count);
            let written = self.write(block.part(0..count))?;
            self.read_size.learn(count, written);
            if written < count {
                self.hold(block.keep(written..count));
            }
        } else {
            self.pipeline
                .push(block.keep(0..count), self.context.clock.now());
        }
        Ok(true)
    }

    /// Writes as much as the socket takes.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkEvent> {
        let written = self.context.write(self.pipeline.direction(), bytes);
        written.map_err(|ReceiverGone| {
            self.lost = true;
            // It is not run again, and would keep what is offered to it from others.
            self.charge.stop_waiting();
            LinkEvent::ReceiverGone
        })
    }

    fn write_pending(&mut self) -> Result<(), LinkEvent> {
        if !self.pending.is_empty() {
            let mut rest = std::mem::take(&mut self.pending);
            let written = self.write(&rest)?;
            self.pay(written);
            self.pending = rest.split_off(written);
            // A few bytes do not hold on to the memory of many.
            if self.pending.len() <= self.held as usize / 4 {
                self.hold(Bytes::copy_from_slice(&self.pending));
            }
        }
        Ok(())
    }

    fn look_at_plan(&mut self) -> Result<(), LinkEvent> {
        if self.plans.has_changed().map_err(|_| LinkEvent::Stopped)? {
            let plan = Arc::clone(&self.plans.borrow_and_update());
            if self.pipeline.adopt(&plan, self.context.clock.now()) {
                self.show();
            }
        }
        Ok(())
    }
}
