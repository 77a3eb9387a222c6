//! How many bytes a link reads at once while no toxic acts on them.
//!
//! Large reads cost less per byte, but bytes that the receiver does not take at once must wait in
//! memory. So a link reads more while the receiver takes everything, and less otherwise.

use super::buffers::BLOCK;

const LEAST: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadSize(u32);

impl Default for ReadSize {
    fn default() -> Self {
        ReadSize(LEAST as u32)
    }
}

impl ReadSize {
    pub(super) fn bytes(self) -> usize {
        self.0 as usize
    }

    /// Records that a read returned `read` bytes and that the receiver took `taken` of them at
    /// once.
    pub(super) fn learn(&mut self, read: usize, taken: usize) {
        if taken < read {
            self.0 = (self.0 / 2).max(LEAST as u32);
        } else if read == self.bytes() {
            self.0 = (self.0 * 2).min(BLOCK as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_while_all_is_taken_and_shrinks_when_not() {
        let mut read_size = ReadSize::default();
        for _ in 0..10 {
            read_size.learn(read_size.bytes(), read_size.bytes());
        }
        assert_eq!(read_size.bytes(), BLOCK);
        read_size.learn(10, 10);
        assert_eq!(read_size.bytes(), BLOCK);
        for _ in 0..10 {
            read_size.learn(read_size.bytes(), 1);
        }
        assert_eq!(read_size.bytes(), LEAST);
    }
}
