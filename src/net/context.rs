//! The peers, counters and clock that a link works with.

use std::io;

use super::clock::Clock;
use super::connections::{ConnectionHandle, Meter};
use super::flow::Flow;
use super::peer::Peer;
use crate::engine::Direction;

/// The peers, counters and clock that a link works with.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkContext<'a> {
    pub(super) from: &'a Peer,
    pub(super) to: &'a Peer,
    pub(super) flow: &'a Flow,
    pub(super) handle: &'a ConnectionHandle,
    pub(super) clock: &'a Clock,
}

impl<'a> LinkContext<'a> {
    pub(super) fn meter(&self, direction: Direction) -> &'a Meter {
        self.handle.meter(direction)
    }

    pub(super) fn count_received(&self, direction: Direction, count: usize) {
        self.flow.add_received(count);
        self.meter(direction).add_received(count);
    }

    /// Writes as many bytes as the stream takes, and counts them. Errors: the receiver is lost.
    pub(super) fn write(&self, direction: Direction, bytes: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.to.stream.try_write(rest) {
                Ok(count) => {
                    written += count;
                    self.flow.add_sent(count);
                    self.meter(direction).add_sent(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }
}
