//! One direction of one connection: moves bytes from one socket through a pipeline to the other.
//!
//! A link has two paths. While the pipeline is clear, bytes go from socket to socket through a
//! borrowed block. Otherwise they go through the pipeline. On both paths, the link checks for a new
//! plan after it has read bytes and before it processes them. A byte sent after the API's response
//! is therefore subject to the new plan, although the API never waits for a link.

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
use crate::engine::{Ending, Note, Pipeline, Step};
use bytes::Bytes;

/// The most steps in a row, and the most bytes, before the link yields to other tasks.
const STEPS: u32 = 256;
const CREDIT: u32 = 4 * 1024 * 1024;

pub(super) struct Link<'a> {
    context: LinkContext<'a>,
    plans: Plans,
    pub(super) pipeline: Pipeline,
    /// Bytes that have left the pipeline and that the socket has not taken yet.
    pending: Bytes,
    /// Bytes of memory that `pending` keeps allocated.
    held: u32,
    charge: Charge<'a>,
    read_size: ReadSize,
    /// Bytes that the link may still move before it yields to other tasks.
    credit: u32,
    timer: Option<Wait<'a>>,
    /// Watches the source while the link does not read from it; otherwise a reset would go
    /// unnoticed.
    loss: Option<Lost<'a>>,
}

impl<'a> Link<'a> {
    /// `plans` must have seen the plan that `pipeline` was made from.
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

    /// Publishes the counters of the current toxics.
    fn show(&self) {
        let (direction, tallies) = (self.pipeline.direction(), self.pipeline.tallies());
        self.context.handle.counters.show(direction, tallies);
    }

    /// The name of the toxic that ended the connection, if one did.
    pub(super) fn culprit(&self) -> Option<&Arc<str>> {
        self.pipeline.culprit()
    }

    /// Moves bytes until something happens that concerns the whole connection. `state` is the state
    /// of this direction. A link that does not [run](DirectionState::runs) must not be polled.
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

    /// Sends FIN to the receiver.
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

    /// Moves some bytes. `Pending` means that there is nothing to do until the task is woken.
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
            // The caller polls both links and delivers the notes before it does anything else.
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

    /// Keeps bytes for the socket. They must occupy memory of about their size.
    fn hold(&mut self, bytes: Bytes) {
        self.held = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.pending = bytes;
    }

    /// A clear pipeline holds no bytes, so the link need not poll it. This saves reading the clock.
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

    /// Delivers the notes of this link's toxics to the other direction. Returns whether there were
    /// any.
    pub(super) fn pass_notes(&mut self, other: &mut Link<'_>) -> bool {
        if !self.pipeline.has_notes() {
            return false;
        }
        // The recipient may be in a plan that the other link has not adopted yet. If the proxy has
        // stopped instead, that link reports it when it is polled.
        let _ = other.adopt_new_plan();
        let now = self.context.clock.now();
        self.pipeline.pass_notes(&mut other.pipeline, now);
        true
    }

    /// Delivers a note from the connection to a stage. Returns whether it is there.
    pub(super) fn inform(&mut self, id: u64, note: Note) -> bool {
        let _ = self.adopt_new_plan();
        let now = self.context.clock.now();
        self.pipeline.inform(id, note, now)
    }

    /// Tells the toxics of this link that bytes have gone the other way, if one wants to know.
    pub(super) fn listen_to(&mut self, other: &Link<'_>) {
        if self.pipeline.follows_conversation() {
            let now = self.context.clock.now();
            self.pipeline.listen_to(&other.pipeline, now);
        }
    }

    /// How many bytes the link may read now.
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

    /// Reads once, if the link has room and bytes are available. Returns whether it made progress.
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
                // The peer is lost. TCP has no gentler way than a reset to tell the other peer.
                _ => Err(self.source_ended(LinkInput::SourceReset, Some(error))),
            },
        }
    }

    /// The source has ended. The current plan decides what happens to the ending.
    fn source_ended(&mut self, input: LinkInput, error: Option<io::Error>) -> LinkEvent {
        match self.adopt_new_plan() {
            Ok(()) => self.event(input, error),
            Err(stopped) => stopped,
        }
    }

    /// Processes bytes that were read: they bypass a clear pipeline, or enter the pipeline.
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

    /// Writes as many bytes as the socket takes.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkEvent> {
        let written = self.context.write(self.pipeline.direction(), bytes);
        written.map_err(|error| {
            // The link is not polled again, so it would block other waiters with an offer it cannot
            // use.
            self.charge.stop_waiting();
            self.event(LinkInput::SinkLost, Some(error))
        })
    }

    /// Flushes the transports' own bytes, including those that a read has caused.
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
            // Copy a small rest, so that a few bytes do not keep a large block allocated.
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
