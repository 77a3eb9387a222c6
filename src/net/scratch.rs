//! A buffer to read into, one a thread: a link that waits holds none.

use std::cell::RefCell;

/// Bytes that one read may bring on the clear path.
pub(super) const SIZE: usize = 128 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SIZE]);
}

/// Lends the thread's buffer. Must not be nested.
pub(super) fn with<T>(use_buffer: impl FnOnce(&mut [u8]) -> T) -> T {
    BUFFER.with_borrow_mut(|buffer| use_buffer(buffer))
}
