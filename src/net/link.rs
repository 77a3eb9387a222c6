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

use super::budget::{Budget, Capacity, Charge};
use super::buffers::Block;
use super::clock::Wait;
use super::context::LinkContext;
use super::event::LinkEvent;
use super::lifecycle::{DirectionState, EndedBy, LinkInput};
use super::plans::Plans;
use super::read_size::ReadSize;
use super::transport::Lost;
use super::workers::yield_to_sockets;
use crate::engine::{Ending, Pipeline, Step};
use bytes::Bytes;

/// Steps in a row, and bytes, before others get their turn.
const STEPS: u32 = 256;
const CREDIT: u32 = 4 * 1024 * 1024;

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
    /// Watches the source while nobody reads from it: its reset would not be seen otherwise.
    loss: Option<Lost<'a>>,
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

    /// Moves bytes until something happens that concerns the whole connection. `state` is that of
    /// this direction, and a link that does not [run](DirectionState::runs) is not polled.
    pub(super) fn poll(
        &mut self,
        state: DirectionState,
        context: &mut Context<'_>,
    ) -> Poll<LinkEvent> {
        self.credit = CREDIT;
        for _ in 0..STEPS {
            match self.step(state, context) {
                Ok(Poll::Ready(())) if self.credit > 0 => {}
                Ok(Poll::Ready(())) => break,
                Ok(Poll::Pending) => return Poll::Pending,
                Err(event) => return Poll::Ready(event),
            }
        }
        yield_to_sockets(context);
        Poll::Pending
    }

    /// Tells the pipeline how its source has ended.
    pub(super) fn finish(&mut self, ending: Ending) {
        self.pipeline.finish(ending, self.context.clock.now());
    }

    /// Sends the receiver FIN.
    pub(super) fn half_close(&self) {
        self.context.to.stream.shutdown_write();
    }

    fn event(&self, input: LinkInput, error: Option<io::Error>) -> LinkEvent {
        LinkEvent::new(self.pipeline.direction(), input, error)
    }

    fn pay(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.credit = self.credit.saturating_sub(bytes);
    }

    /// Moves some bytes. Pending: there is nothing to do before something wakes the task.
    fn step(
        &mut self,
        state: DirectionState,
        context: &mut Context<'_>,
    ) -> Result<Poll<()>, LinkEvent> {
        self.adopt_new_plan()?;
        self.flush();
        self.write_pending()?;
        let moment = match self.poll_pipeline(state) {
            Step::Send(bytes) => {
                self.hold(bytes);
                return Ok(Poll::Ready(()));
            }
            Step::End(ending) => return Err(self.ended(ending)),
            // Whoever polls both links carries them over before anything else is done.
            Step::Notes => return Ok(Poll::Pending),
            Step::Yield => {
                self.credit = 0;
                return Ok(Poll::Ready(()));
            }
            Step::Wait(moment) => moment,
        };
        if self.read(state)? {
            return Ok(Poll::Ready(()));
        }
        self.wait(state, moment, context)
    }

    /// Keeps bytes, in memory of about their size, for the socket.
    fn hold(&mut self, bytes: Bytes) {
        self.held = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.pending = bytes;
    }

    /// A clear pipeline holds nothing, so it need not be asked; that saves reading the clock.
    fn poll_pipeline(&mut self, state: DirectionState) -> Step {
        if state.reads() && self.pipeline.is_clear() {
            return Step::Wait(None);
        }
        let room = self.pending.is_empty() && state.writes();
        self.pipeline.poll(self.context.clock.now(), room)
    }

    fn ended(&self, ending: Ending) -> LinkEvent {
        let by = match self.pipeline.culprit() {
            None => EndedBy::Source,
            Some(_) => EndedBy::Toxic {
                destroyed: self.pipeline.culprit_destroyed(),
            },
        };
        LinkEvent::pipeline_ended(self.pipeline.direction(), ending, by)
    }

    /// Carries notes of toxics here over to the connection's other direction. Whether there were any.
    pub(super) fn pass_notes(&mut self, other: &mut Link<'_>) -> bool {
        if !self.pipeline.has_notes() {
            return false;
        }
        // Who is to hear them may be in a plan that is not adopted there yet. If the proxy has
        // stopped instead, that link says so when it is polled.
        let _ = other.adopt_new_plan();
        let now = self.context.clock.now();
        self.pipeline.pass_notes(&mut other.pipeline, now);
        true
    }

    /// How many bytes the link would read now.
    fn room(&mut self, state: DirectionState) -> Capacity {
        let queued = self.pipeline.queued() + self.pending.len();
        self.charge.set(queued);
        self.charge.set_toxics(self.pipeline.footprint());
        let meter = self.context.meter(self.pipeline.direction());
        meter.set_queued(queued);
        let free = self.pending.is_empty() || !self.pipeline.is_clear();
        if !state.reads() || !free || !self.pipeline.has_room() {
            return Capacity::Full;
        }
        self.charge.room()
    }

    /// Reads once, if bytes are wanted and there are any. Whether something came.
    fn read(&mut self, state: DirectionState) -> Result<bool, LinkEvent> {
        let Capacity::Bytes(room) = self.room(state) else {
            return Ok(false);
        };
        self.charge.stop_waiting();
        let most = match self.pipeline.is_clear() {
            true => self.read_size.bytes(),
            false => self.pipeline.read_size(),
        };
        let mut block = Block::lend();
        match self
            .context
            .from
            .stream
            .try_read(block.space(most.min(room)))
        {
            Ok(0) => Err(self.source_ended(LinkInput::SourceEnded, None)),
            Ok(count) => self.take(block, count),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Ok(false),
                io::ErrorKind::Interrupted => Ok(true),
                // The peer is lost; TCP has no gentler word for it than a reset.
                _ => Err(self.source_ended(LinkInput::SourceReset, Some(error))),
            },
        }
    }

    /// The source was read to its end. The plan of now decides about the ending.
    fn source_ended(&mut self, input: LinkInput, error: Option<io::Error>) -> LinkEvent {
        match self.adopt_new_plan() {
            Ok(()) => self.event(input, error),
            Err(stopped) => stopped,
        }
    }

    /// Bytes were read: they pass by a clear pipeline, or go into it.
    fn take(&mut self, block: Block, count: usize) -> Result<bool, LinkEvent> {
        self.pay(count);
        self.context
            .count_received(self.pipeline.direction(), count);
        self.adopt_new_plan()?;
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
        written.map_err(|error| {
            // The link is not polled again, and would keep what is offered to it from others.
            self.charge.stop_waiting();
            self.event(LinkInput::SinkLost, Some(error))
        })
    }

    /// Sends what the transports owe on their own account, also because of a read.
    fn flush(&self) {
        for peer in [self.context.from, self.context.to] {
            if peer.stream.wants_write() {
                peer.stream.flush();
            }
        }
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

    fn adopt_new_plan(&mut self) -> Result<(), LinkEvent> {
        if self.plans.has_changed().map_err(|_| LinkEvent::stopped())? {
            let plan = Arc::clone(&self.plans.borrow_and_update());
            if self.pipeline.adopt(&plan, self.context.clock.now()) {
                self.show();
            }
        }
        Ok(())
    }
}
