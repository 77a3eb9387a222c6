//! How much a link reads at once while nothing acts on its bytes.
//!
//! Many bytes in one call cost less each; but what the receiver does not take at once has to wait
//! in memory. So a link reads more while everything that it reads is taken, and less when not.

use super::buffers::BLOCK;

const LEAST: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Appetite(u32);

impl Default for Appetite {
    fn default() -> Self {
        Appetite(LEAST as u32)
    }
}

impl Appetite {
    pub(super) fn bytes(self) -> usize {
        self.0 as usize
    }

    /// So many bytes were there when this many were asked for, and so many of them were taken.
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
        let mut appetite = Appetite::default();
        for _ in 0..10 {
            appetite.learn(appetite.bytes(), appetite.bytes());
        }
        assert_eq!(appetite.bytes(), BLOCK);
        appetite.learn(10, 10);
        assert_eq!(appetite.bytes(), BLOCK);
        for _ in 0..10 {
            appetite.learn(appetite.bytes(), 1);
        }
        assert_eq!(appetite.bytes(), LEAST);
    }
}
