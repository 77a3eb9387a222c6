//! Limits the memory of request bodies and answers, for all connections together.
//!
//! May know: nothing else. Must not know: routes, sockets.
//!
//! Small bodies and answers are not counted: the number of connections is limited, and an ordinary request
//! must succeed whatever the others hold.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The first bytes of each body or answer that are not counted.
pub(super) const UNCOUNTED: usize = 16 << 10;

/// A budget of bytes. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    total: usize,
    free: Arc<Semaphore>,
}

/// Bytes reserved from a [`Memory`]. Dropping this frees them.
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

    /// Reserves this many bytes, if they are free. A size above the total can be reserved when nothing else
    /// is.
    pub(super) fn hold(&self, bytes: usize) -> Option<Held> {
        let mut held = Held::default();
        self.grow(&mut held, bytes).then_some(held)
    }

    /// Grows a reservation to `bytes` in all. Returns whether they were free.
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

/// Bytes whose memory stays reserved while any slice of them exists.
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

/// Ties the reservation to the bytes, because hyper keeps them after it has dropped the body they came from.
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
