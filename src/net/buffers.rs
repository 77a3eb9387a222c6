//! A pool of read buffers, with a few blocks per thread. Idle links hold none.
//!
//! A read borrows a block and nearly always returns it at once. Bytes that must be kept stay in
//! their block if they fill at least three quarters of it, and are otherwise copied to an allocation
//! of their own size. Buffered data thus costs at most a third more memory than its bytes.

use std::cell::RefCell;
use std::ops::Range;

use bytes::Bytes;
use parking_lot::Mutex;

/// The size of a block in bytes.
pub(super) const BLOCK: usize = 512 * 1024;
/// The number of free blocks that each thread keeps.
const KEPT: usize = 4;
/// The number of free blocks in the pool that threads share, as one thread may free what another
/// has read. Blocks beyond it are freed.
const SHARED: usize = 16;

static COMMON: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

thread_local! {
    static FREE: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// A borrowed block. On drop it returns to the pool of the thread that drops it.
#[derive(Debug)]
pub(super) struct Block(Box<[u8]>);

impl Block {
    /// Borrows a free block of this thread or of the shared pool, or allocates one. The pages of a new
    /// block cost no memory until they are used.
    pub(super) fn lend() -> Self {
        let free = FREE.with_borrow_mut(Vec::pop);
        let free = free.or_else(|| {
            let mut common = COMMON.lock();
            common.pop()
        });
        Block(free.unwrap_or_else(|| vec![0; BLOCK].into_boxed_slice()))
    }

    /// The first `size` bytes, or the whole block if it is smaller.
    pub(super) fn space(&mut self, size: usize) -> &mut [u8] {
        let size = size.min(self.0.len());
        self.0.get_mut(..size).unwrap_or_default()
    }

    /// The bytes in a part of the block.
    pub(super) fn part(&self, part: Range<usize>) -> &[u8] {
        self.0.get(part).unwrap_or_default()
    }

    /// Turns a part into `Bytes`, by a copy unless it fills most of the block.
    pub(super) fn keep(self, part: Range<usize>) -> Bytes {
        if part.len() < BLOCK / 4 * 3 {
            return Bytes::copy_from_slice(self.part(part));
        }
        Bytes::from_owner(self).slice(part)
    }
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let mut block = Some(std::mem::take(&mut self.0));
        // The thread-local pool may already be destroyed when a thread exits.
        let _ = FREE.try_with(|free| {
            if let Ok(mut free) = free.try_borrow_mut()
                && free.len() < KEPT
            {
                free.extend(block.take());
            }
        });
        if let Some(block) = block {
            let mut common = COMMON.lock();
            if common.len() < SHARED {
                common.push(block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free() -> usize {
        FREE.with_borrow(Vec::len)
    }

    #[test]
    fn a_block_comes_back_when_its_last_bytes_are_gone() {
        let mut block = Block::lend();
        block.space(BLOCK).fill(7);
        let kept = block.keep(1..BLOCK);
        assert_eq!(free(), 0);
        let part = kept.slice(5..10);
        drop(kept);
        assert_eq!((free(), &part[..]), (0, &[7_u8; 5][..]));
        drop(part);
        assert_eq!(free(), 1);
    }

    #[test]
    fn few_bytes_do_not_hold_a_block() {
        let mut block = Block::lend();
        block.space(3).copy_from_slice(b"abc");
        let kept = block.keep(1..3);
        assert_eq!((free(), &kept[..]), (1, &b"bc"[..]));
    }

    #[test]
    fn a_thread_keeps_a_few_and_all_threads_some_more() {
        let blocks: Vec<Block> = (0..KEPT + SHARED + 5).map(|_| Block::lend()).collect();
        drop(blocks);
        assert_eq!(free(), KEPT);
        assert!(COMMON.lock().len() <= SHARED);
    }
}
