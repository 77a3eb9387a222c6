//! Toxics that expired, remembered for a while.
//!
//! A client that added a toxic later removes it and asks what it did, and cannot know that the toxic
//! has expired. The number of remembered toxics is bounded per proxy and over all proxies.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::control::timer::Timer;
use crate::control::toxic::state::Toxic;

/// How long an expired toxic can still be removed, and its statistics read.
pub const RETENTION: Duration = Duration::from_secs(60);
/// How many expired toxics a proxy remembers.
pub(super) const REMEMBERED: usize = 64;

/// Expired toxics, most recent last.
#[derive(Debug, Default)]
pub(in crate::control) struct RecentlyRemoved {
    toxics: VecDeque<Remembered>,
    /// Forgets them after the retention time.
    pub(super) sweep: Option<Timer>,
}

#[derive(Debug)]
struct Remembered {
    at: Instant,
    toxic: Toxic,
    /// A permit from the pool that all proxies share.
    permit: OwnedSemaphorePermit,
}

impl RecentlyRemoved {
    /// Remembers a toxic if a permit is free, or else takes over the permit of this proxy's oldest one.
    pub(super) fn insert(&mut self, mut toxic: Toxic, permits: &Arc<Semaphore>) {
        self.forget(&toxic.name);
        toxic.retire();
        let oldest = match self.toxics.len() {
            REMEMBERED => self.toxics.pop_front(),
            _ => None,
        };
        let permit = oldest.map(|oldest| oldest.permit);
        let permit = permit.or_else(|| Arc::clone(permits).try_acquire_owned().ok());
        let permit = permit.or_else(|| self.toxics.pop_front().map(|oldest| oldest.permit));
        if let Some(permit) = permit {
            let at = Instant::now();
            self.toxics.push_back(Remembered { at, toxic, permit });
        }
    }

    /// Forgets toxics whose retention time is over. Returns whether any are left.
    pub(super) fn forget_old(&mut self) -> bool {
        self.toxics.retain(Remembered::is_recent);
        !self.toxics.is_empty()
    }

    /// Forgets the expired toxic of this name, because another one replaces it.
    pub(in crate::control) fn forget(&mut self, name: &str) {
        self.toxics
            .retain(|one| one.is_recent() && one.toxic.name != name);
    }

    pub(in crate::control) fn find(&self, name: &str) -> Option<&Toxic> {
        let recent = self.toxics.iter().filter(|one| one.is_recent());
        let mut named = recent.filter(|one| one.toxic.name == name);
        named.next_back().map(|one| &one.toxic)
    }
}

impl Remembered {
    fn is_recent(&self) -> bool {
        self.at.elapsed() < RETENTION
    }
}
