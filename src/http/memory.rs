//! How much memory bodies and answers may take, all connections together.
//!
//! May know: nothing else. Must not know: routes, sockets.
//!
//! Small ones are not counted: there is a limit on connections, and an ordinary request must go
//! through whatever others hold.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many bytes of one body or answer are not counted.
pub(super) const UNCOUNTED: usize = 16 << 10;

/// Bytes that may be held at a time. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    total: usize,
    free: Arc<Semaphore>,
}

/// Bytes of a [`Memory`], free again when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Memory {
    pub(super) fn of(total: usize) -> Self {
        let total = total.min(u32::MAX as usize).min(Semaphore::MAX_PERMITS);
        Memory {
            total,
            free: Arc::new(Semaphore::new(total)),
        }
    }

    /// Holds so many bytes, if they are free. One that is larger than the total is held when
    /// nothing else is.
    pub(super) fn hold(&self, bytes: usize) -> Option<Held> {
        let mut held = Held::default();
        self.grow(&mut held, bytes).then_some(held)
    }

    /// Holds `bytes` in all where `held` were held. Whether they were free.
    pub(super) fn grow(&self, held: &mut Held, bytes: usize) -> bool {
        let counted = |bytes: usize| bytes.saturating_sub(UNCOUNTED).min(self.total);
        let more = counted(bytes).saturating_sub(counted(held.bytes));
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if more > 0 {
            let Ok(permit) = Arc::clone(&self.free).try_acquire_many_owned(more) else {
                return false;
            };
            match &mut held.permit {
                Some(held) => held.merge(permit),
                none => *none = Some(permit),
            }
        }
        held.bytes = bytes;
        true
    }
}

/// Bytes that are held for as long as any part of them is there.
#[derive(Debug)]
struct HeldBytes {
    bytes: Bytes,
    _held: Arc<Held>,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Ties `held` to the bytes: hyper keeps them after the body that they were in is gone.
pub(super) fn tie(bytes: Bytes, held: &Arc<Held>) -> Bytes {
    Bytes::from_owner(HeldBytes {
        bytes,
        _held: Arc::clone(held),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ones_are_not_counted() {
        let memory = Memory::of(10);
        let all = memory.hold(UNCOUNTED + 10).unwrap();
        assert!(memory.hold(UNCOUNTED + 1).is_none());
        assert!(memory.hold(UNCOUNTED).is_some());
        drop(all);
        assert!(memory.hold(UNCOUNTED + 1).is_some());
    }

    #[test]
    fn what_grows_is_held_step_by_step_and_given_back_at_once() {
        let memory = Memory::of(10);
        let mut held = Held::default();
        assert!(memory.grow(&mut held, UNCOUNTED + 4));
        assert!(memory.grow(&mut held, UNCOUNTED + 9));
        assert!(memory.hold(UNCOUNTED + 2).is_none());
        drop(held);
        assert_eq!(memory.free.available_permits(), 10);
    }

    #[test]
    fn one_that_is_too_large_goes_alone() {
        let memory = Memory::of(10);
        let small = memory.hold(UNCOUNTED + 1).unwrap();
        assert!(memory.hold(UNCOUNTED + 1000).is_none());
        drop(small);
        let large = memory.hold(UNCOUNTED + 1000).unwrap();
        assert!(memory.hold(UNCOUNTED + 1).is_none());
        let bytes = tie(Bytes::from_static(b"abc"), &Arc::new(large));
        let part = bytes.slice(1..2);
        drop(bytes);
        assert!(memory.hold(UNCOUNTED + 1).is_none());
        drop(part);
        assert!(memory.hold(UNCOUNTED + 1).is_some());
    }
}
