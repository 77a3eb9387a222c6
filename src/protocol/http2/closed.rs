//! Streams that one peer does not know, or no longer: frames of the other one on them are dropped.

use std::collections::BTreeSet;

/// How many are remembered. The oldest of more are forgotten: what is still on its way to them after
/// so many later streams is a frame in a flight of minutes.
const MOST: usize = 4096;

/// Streams whose frames are dropped.
#[derive(Debug, Default)]
pub struct Closed(BTreeSet<u32>);

impl Closed {
    /// Drops the frames of a stream from now on.
    pub fn insert(&mut self, stream: u32) {
        self.0.insert(stream);
        if self.0.len() > MOST {
            self.0.pop_first();
        }
    }

    /// Its sender will send no more on it.
    pub fn remove(&mut self, stream: u32) {
        self.0.remove(&stream);
    }

    /// Whether its frames are dropped.
    pub fn contains(&self, stream: u32) -> bool {
        self.0.contains(&stream)
    }

    /// Whether no stream is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
