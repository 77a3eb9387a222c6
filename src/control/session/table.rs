//! The open sessions by name.
//!
//! Must not know what is made in a session, or how it is undone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::id::SessionId;
use crate::control::error::ControlError;
use crate::control::timer::Timer;

/// The default time to live of a session.
pub const SESSION_TTL: Duration = Duration::from_secs(30);
/// How many characters of an unknown name an error repeats, because names can be long.
const SHOWN: usize = 100;
/// The maximum number of sessions.
pub const MAX_SESSIONS: usize = 1000;

/// A session as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The name.
    pub name: String,
    /// How long it lives without being renewed.
    pub ttl: Duration,
    /// The time left until it ends if it is not renewed.
    pub expires_in: Duration,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) ttl: Duration,
    pub(super) deadline: Instant,
    /// Ends the session when it is not renewed in time.
    pub(super) _timer: Timer,
}

/// The open sessions by name.
#[derive(Debug, Default)]
pub(in crate::control) struct SessionTable {
    open: Mutex<BTreeMap<String, Session>>,
    ids: AtomicU64,
}

impl SessionTable {
    pub(super) fn open(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.open.lock()
    }

    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An unused id, and an unused name made of it.
    pub(super) fn unused(&self, open: &BTreeMap<String, Session>) -> (u64, String) {
        loop {
            let id = self.next_id();
            let name = format!("session-{id}");
            if !open.contains_key(&name) {
                return (id, name);
            }
        }
    }

    /// The session that a new object will belong to. Errors: no session has that name.
    pub(in crate::control) fn resolve(
        &self,
        name: Option<&str>,
    ) -> Result<Option<SessionId>, ControlError> {
        let Some(name) = name else {
            return Ok(None);
        };
        match self.open().get(name) {
            Some(session) => Ok(Some(session.id.clone())),
            None => {
                let session = name.chars().take(SHOWN).collect();
                Err(ControlError::UnknownSession { session })
            }
        }
    }

    /// Removes all sessions without undoing anything, because the server stops.
    pub(in crate::control) fn clear(&self) {
        let sessions = std::mem::take(&mut *self.open());
        drop(sessions);
    }

    /// Removes a session that has expired, and returns whether it has. `report` is called before the
    /// name can be used again.
    pub(super) fn take_expired(&self, id: &SessionId, report: impl FnOnce()) -> bool {
        let mut open = self.open();
        let due = open
            .get(&*id.name)
            .is_some_and(|session| session.id == *id && session.deadline <= Instant::now());
        if due {
            report();
            open.remove(&*id.name);
        }
        due
    }
}

impl Session {
    pub(super) fn view(&self) -> SessionView {
        SessionView {
            name: self.id.name.to_string(),
            ttl: self.ttl,
            expires_in: self.deadline.saturating_duration_since(Instant::now()),
        }
    }
}
