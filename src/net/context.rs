//! What a link works between and with, and the counting of what it moves.

use std::io;

use super::clock::Clock;
use super::connections::{ConnectionHandle, Meter};
use super::flow::Flow;
use super::socket::Peer;
use crate::engine::Direction;

/// What a link works between and with.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkContext<'a> {
    pub(super) from: &'a Peer,
    pub(super) to: &'a Peer,
    pub(super) flow: &'a Flow,
    pub(super) handle: &'a ConnectionHandle,
    pub(super) clock: &'a Clock,
}

/// The receiver has reset the connection.
#[derive(Debug)]
pub(super) struct ReceiverGone;

impl<'a> LinkContext<'a> {
    pub(super) fn meter(&self, direction: Direction) -> &'a Meter {
        self.handle.meter(direction)
    }

    pub(super) fn count_received(&self, direction: Direction, count: usize) {
        self.flow.add_received(count);
        self.meter(direction).add_received(count);
    }

    /// Writes as much as the socket takes.
    pub(super) fn write(&self, direction: Direction, bytes: &[u8]) -> Result<usize, ReceiverGone> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.to.send(rest) {
                Ok(count) => {
                    written += count;
                    self.flow.add_sent(count);
                    self.meter(direction).add_sent(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.to.note_reset();
                    return Err(ReceiverGone);
                }
            }
        }
        Ok(written)
    }
}
