//! File descriptors: as many as the system gives, and some of them kept for those who can help.
//!
//! A connection needs two; while there are none for it, its proxy accepts nobody, because one that
//! was accepted and could not be carried on would be a fault that nobody asked for. Some are left
//! for the control API, which is how a full table is got rid of.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Descriptors of one connection.
const EACH: u32 = 2;
/// The part of all descriptors that connections leave alone, and its bounds.
const RESERVED: usize = 16;
const LEAST_RESERVE: usize = 32;
const MOST_RESERVE: usize = 256;

/// The descriptors that connections may take. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Descriptors(Arc<Semaphore>);

impl Descriptors {
    /// Asks the system for all that it gives, as Go programs do, and leaves a reserve.
    pub(super) fn of_process() -> Self {
        let limit = raised_limit().min(Semaphore::MAX_PERMITS);
        let reserve = (limit / RESERVED).clamp(LEAST_RESERVE, MOST_RESERVE);
        Descriptors(Arc::new(Semaphore::new(limit.saturating_sub(reserve))))
    }

    /// Those of one connection, when they are free.
    pub(super) async fn of_connection(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes it, so there always is a permit.
        self.0.acquire_many(EACH).await.ok()
    }

    /// Those of a connection are free again.
    pub(super) fn give_back(&self) {
        self.0.add_permits(EACH as usize);
    }

    /// Counts a listening socket in until the guard is dropped.
    pub(super) fn of_listener(&self) -> Listening {
        Listening(self.clone(), self.0.forget_permits(1))
    }
}

/// A listening socket's descriptor.
#[derive(Debug)]
pub(super) struct Listening(Descriptors, usize);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.0.add_permits(self.1);
    }
}

#[cfg(unix)]
fn raised_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let now = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    now.map_or(usize::MAX, |now| usize::try_from(now).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raised_limit() -> usize {
    usize::MAX
}
