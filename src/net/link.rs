//! One direction of one connection: bytes from one socket through a pipeline into the other.
//!
//! Two ways lead through a link. While the pipeline is clear, bytes go from socket to socket
//! through the thread's scratch buffer. Otherwise the pipeline decides. Either way the plan is
//! looked at after bytes were taken and before anything is decided about them, so that a byte sent
//! after the API's answer meets the new plan though the API never waits for a link.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::Interest;
use tokio::sync::watch;

use super::clock::Clock;
use super::flow::Flow;
use super::scratch;
use super::socket::Peer;
use crate::engine::{Ending, Moment, Pipeline, Plan, Step};

/// Bytes that one read may bring while toxics act.
const READ: usize = 32 * 1024;
/// Reads or writes in a row before others get their turn.
const TURNS: u32 = 32;

/// Why [`Link::run`] returned. But for `Eof` and `SenderGone` the link is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkEvent {
    /// The direction ends like this; after `Eof` the link may be run on.
    Ended(Ending),
    /// The receiver has reset the connection.
    ReceiverGone,
    /// The sender has reset the connection; what it sent before may still be on its way.
    SenderGone,
    /// The proxy stops.
    Stopped,
}

/// The plans of a proxy as a link sees them. A closed channel means: stop.
pub(super) type Plans = watch::Receiver<Arc<Plan>>;

pub(super) struct Link<'a> {
    from: &'a Peer,
    to: &'a Peer,
    flow: &'a Flow,
    clock: &'a Clock,
    plans: Plans,
    pipeline: Pipeline,
    /// Bytes that have left the pipeline and wait for the socket.
    pending: Bytes,
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
        (from, to): (&'a Peer, &'a Peer),
        flow: &'a Flow,
        clock: &'a Clock,
        plans: Plans,
        pipeline: Pipeline,
    ) -> Self {
        Link {
            from,
            to,
            flow,
            clock,
            plans,
            pipeline,
            pending: Bytes::new(),
            reading: true,
            sender_gone: false,
            ended: false,
            lost: false,
        }
    }

    /// Whether the sender's end was passed on.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the receiver is gone, so that the link must not be run again.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Moves bytes until something happens that concerns the whole connection. May be dropped and
    /// run again at any await.
    pub(super) async fn run(&mut self) -> LinkEvent {
        match self.carry().await {
            Ok(never) => match never {},
            Err(event) => event,
        }
    }

    async fn carry(&mut self) -> Result<Infallible, LinkEvent> {
        let mut turns: u32 = 0;
        loop {
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(TURNS) {
                tokio::task::yield_now().await;
            }
            self.look_at_plan()?;
            self.write_pending()?;
            let wait = match self.poll_pipeline() {
                Step::Send(bytes) => {
                    self.pending = bytes;
                    continue;
                }
                Step::End(ending) => return Err(self.end(ending)),
                Step::Wait(moment) => moment,
            };
            if !self.read()? {
                self.wait(wait).await?;
            }
        }
    }

    /// A clear pipeline holds nothing, so it need not be asked; that saves reading the clock.
    fn poll_pipeline(&mut self) -> Step {
        if self.reading && self.pipeline.is_clear() {
            return Step::Wait(None);
        }
        let room = self.pending.is_empty() && !self.ended;
        self.pipeline.poll(self.clock.now(), room)
    }

    fn end(&mut self, ending: Ending) -> LinkEvent {
        if ending != Ending::Eof {
            return LinkEvent::Ended(ending);
        }
        self.ended = true;
        if self.from.was_reset() {
            return LinkEvent::Ended(Ending::Reset);
        }
        self.to.end_writing();
        LinkEvent::Ended(Ending::Eof)
    }

    fn wants_bytes(&self) -> bool {
        let free = self.pending.is_empty() || !self.pipeline.is_clear();
        self.reading && free && self.pipeline.has_room()
    }

    /// Reads once, if bytes are wanted and there are any. Whether something came.
    fn read(&mut self) -> Result<bool, LinkEvent> {
        if !self.wants_bytes() {
            return Ok(false);
        }
        let most = if self.pipeline.is_clear() {
            scratch::SIZE
        } else {
            READ
        };
        scratch::with(
            |buffer| match self.from.stream.try_read(&mut buffer[..most]) {
                Ok(0) => self.finish(),
                Ok(count) => self.take(&buffer[..count]),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => Ok(false),
                    io::ErrorKind::Interrupted => Ok(true),
                    // The peer is lost; TCP has no gentler word for it than a reset.
                    _ => {
                        self.from.note_reset();
                        self.finish()
                    }
                },
            },
        )
    }

    /// The sender has ended its side, or reset the connection.
    fn finish(&mut self) -> Result<bool, LinkEvent> {
        self.reading = false;
        self.from.note_end();
        self.look_at_plan()?;
        let now = self.clock.now();
        if self.from.was_reset() {
            self.pipeline.finish(Ending::Reset, now);
            self.sender_gone = true;
            return Err(LinkEvent::SenderGone);
        }
        self.pipeline.finish(Ending::Eof, now);
        Ok(true)
    }

    /// Bytes were read: they pass by a clear pipeline, or go into it.
    fn take(&mut self, bytes: &[u8]) -> Result<bool, LinkEvent> {
        self.flow.add_received(bytes.len());
        self.look_at_plan()?;
        if self.pipeline.is_clear() && self.pending.is_empty() {
            self.pipeline.pass_by(bytes.len());
            let written = self.write(bytes)?;
            self.pending = Bytes::copy_from_slice(&bytes[written..]);
        } else {
            let bytes = Bytes::copy_from_slice(bytes);
            self.pipeline.push(bytes, self.clock.now());
        }
        Ok(true)
    }

    /// Writes as much as the socket takes.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, LinkEvent> {
        let mut written = 0;
        while written < bytes.len() {
            match self.to.stream.try_write(&bytes[written..]) {
                Ok(count) => {
                    written += count;
                    self.flow.add_sent(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.to.note_reset();
                    self.lost = true;
                    return Err(LinkEvent::ReceiverGone);
                }
            }
        }
        Ok(written)
    }

    fn write_pending(&mut self) -> Result<(), LinkEvent> {
        if !self.pending.is_empty() {
            let mut rest = std::mem::take(&mut self.pending);
            let written = self.write(&rest)?;
            self.pending = rest.split_off(written);
        }
        Ok(())
    }

    fn look_at_plan(&mut self) -> Result<(), LinkEvent> {
        match self.plans.has_changed() {
            Ok(false) => Ok(()),
            Ok(true) => {
                let plan = Arc::clone(&self.plans.borrow_and_update());
                self.pipeline.adopt(&plan, self.clock.now());
                Ok(())
            }
            Err(_) => Err(LinkEvent::Stopped),
        }
    }

    /// Waits for the first thing that lets the link go on.
    async fn wait(&mut self, moment: Option<Moment>) -> Result<(), LinkEvent> {
        let wants_bytes = self.wants_bytes();
        let timer = async {
            match moment {
                Some(at) => self.clock.wait_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = self.plans.changed() => {
                changed.map_err(|_| LinkEvent::Stopped)?;
                // Waiting counts as seeing, but the plan has yet to be looked at.
                self.plans.mark_changed();
            }
            _ = self.to.stream.writable(), if !self.pending.is_empty() => {}
            _ = self.from.stream.readable(), if wants_bytes => {}
            // Not reading, it would not see the sender's reset.
            _ = self.from.stream.ready(Interest::ERROR), if !wants_bytes && !self.sender_gone => {
                self.sender_gone = true;
                if !self.reading {
                    self.from.note_reset();
                }
                return Err(LinkEvent::SenderGone);
            }
            () = timer => {}
        }
        Ok(())
    }
}
