//! Sessions: what is made in one is undone when it ends, or is not renewed in time.
//!
//! A session leaves the registry first, and then its things are undone: toxics at once, under each
//! proxy's lock, and proxies in a turn. Whoever makes something for it looks into the registry under
//! that same lock, or in a turn before. So nothing is left behind.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::Control;
use super::error::ControlError;
use super::lifecycle::{self, Turned};
use super::limits;
use super::listen::Listen;
use super::shared::Shared;
use super::timer::Timer;
use super::turns::{Turns, WeakTurns};

/// How long a session lives without being renewed, if nobody says.
pub const SESSION_TTL: Duration = Duration::from_secs(30);
/// How many sessions there may be.
pub const MOST_SESSIONS: usize = 1000;

/// A session as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The name.
    pub name: String,
    /// How long it lives without being renewed.
    pub ttl: Duration,
    /// When it ends if it is not renewed, from now.
    pub expires_in: Duration,
}

/// Whose a thing is. Names can come again, ids do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    id: u64,
    pub(super) name: Arc<str>,
}

#[derive(Debug)]
struct Session {
    owner: Owner,
    ttl: Duration,
    deadline: Instant,
    /// Ends it when its time has come.
    _timer: Timer,
}

/// The sessions that there are.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<BTreeMap<String, Session>>,
    ids: AtomicU64,
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The owner of what is made in this session. Errors: there is none of that name.
    pub(super) fn owner(&self, name: Option<&str>) -> Result<Option<Owner>, ControlError> {
        let Some(name) = name else {
            return Ok(None);
        };
        match self.open().get(name) {
            Some(session) => Ok(Some(session.owner.clone())),
            None => Err(ControlError::BadValue(format!(
                "session is {name:?}, but there is none, or it has ended: start it with POST /sessions"
            ))),
        }
    }

    /// Forgets all of them; what was made in them stays as it is.
    pub(super) fn forget_all(&self) {
        self.open().clear();
    }

    /// An id for a new session and its name, which is one that is free if none is given.
    fn identify(&self, name: Option<String>, open: &BTreeMap<String, Session>) -> (u64, String) {
        let given = name.filter(|name| !name.is_empty());
        loop {
            let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
            let name = given.clone().unwrap_or_else(|| format!("session-{id}"));
            if given.is_some() || !open.contains_key(&name) {
                return (id, name);
            }
        }
    }

    fn take_expired(&self, owner: &Owner) -> bool {
        let mut open = self.open();
        let due = open.get(&*owner.name).is_some_and(|session| {
            session.owner.id == owner.id && session.deadline <= Instant::now()
        });
        due && open.remove(&*owner.name).is_some()
    }
}

impl Session {
    fn view(&self) -> SessionView {
        SessionView {
            name: self.owner.name.to_string(),
            ttl: self.ttl,
            expires_in: self.deadline.saturating_duration_since(Instant::now()),
        }
    }
}

impl Control {
    /// Starts a session. Without a name it gets one; without a time to live, [`SESSION_TTL`].
    pub fn start_session(
        &self,
        name: Option<String>,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        let ttl = readable(ttl)?.unwrap_or(SESSION_TTL);
        let sessions = &self.shared.sessions;
        let mut open = sessions.open();
        let (id, name) = sessions.identify(name, &open);
        limits::admit_name(&name)?;
        if open.contains_key(&name) {
            return Err(ControlError::SessionExists);
        }
        if open.len() >= MOST_SESSIONS {
            return Err(ControlError::TooManySessions(MOST_SESSIONS));
        }
        let owner = Owner {
            id,
            name: name.as_str().into(),
        };
        let session = self.alive(owner, ttl);
        let view = session.view();
        open.insert(name, session);
        Ok(view)
    }

    /// Lets a session live on, from now and for its time to live, which may be changed.
    pub fn renew_session(
        &self,
        name: &str,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        let ttl = readable(ttl)?;
        let mut open = self.shared.sessions.open();
        let session = open.get_mut(name).ok_or(ControlError::SessionNotFound)?;
        *session = self.alive(session.owner.clone(), ttl.unwrap_or(session.ttl));
        Ok(session.view())
    }

    /// A session.
    pub fn session(&self, name: &str) -> Result<SessionView, ControlError> {
        let open = self.shared.sessions.open();
        let session = open.get(name).ok_or(ControlError::SessionNotFound)?;
        Ok(session.view())
    }

    /// All sessions, by name.
    pub fn sessions(&self) -> Vec<SessionView> {
        let open = self.shared.sessions.open();
        open.values().map(Session::view).collect()
    }

    /// Ends a session; what was made in it is undone when this returns.
    pub async fn end_session(&self, name: &str) -> Result<(), ControlError> {
        let session = self.shared.sessions.open().remove(name);
        let owner = session.ok_or(ControlError::SessionNotFound)?.owner;
        undo(&self.shared, &self.turns, &owner).await
    }

    /// Undoes what was made in a session, which lives on.
    pub async fn reset_session(&self, name: &str) -> Result<(), ControlError> {
        let owner = match self.shared.sessions.open().get(name) {
            Some(session) => session.owner.clone(),
            None => return Err(ControlError::SessionNotFound),
        };
        undo(&self.shared, &self.turns, &owner).await
    }

    fn alive(&self, owner: Owner, ttl: Duration) -> Session {
        let deadline = far(Instant::now(), ttl);
        let weak = (Arc::downgrade(&self.shared), self.turns.downgrade());
        let timer = Timer::start(&self.shared.runtime, expire(weak, owner.clone(), deadline));
        Session {
            owner,
            ttl,
            deadline,
            _timer: timer,
        }
    }
}

/// Errors: no time at all.
fn readable(ttl: Option<Duration>) -> Result<Option<Duration>, ControlError> {
    match ttl {
        Some(ttl) if ttl.is_zero() => Err(ControlError::BadValue(
            "ttl is 0s, but must be longer: what is made in the session lives as long".to_owned(),
        )),
        ttl => Ok(ttl),
    }
}

/// A moment so much later, or as late as can be told.
fn far(now: Instant, span: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    now.checked_add(span.min(A_CENTURY)).unwrap_or(now)
}

async fn expire((shared, turns): (Weak<Shared>, WeakTurns), owner: Owner, deadline: Instant) {
    tokio::time::sleep_until(deadline).await;
    let Some((shared, turns)) = shared.upgrade().zip(turns.upgrade()) else {
        return;
    };
    // In a task of its own: this one ends with the session.
    tokio::spawn(async move {
        if !shared.sessions.take_expired(&owner) {
            return;
        }
        tracing::info!(session = %owner.name, "the session was not renewed in time");
        if let Err(error) = undo(&shared, &turns, &owner).await {
            tracing::error!(session = %owner.name, %error, "a session cannot be undone entirely");
        }
    });
}

/// Undoes what was made in a session. Errors: a proxy cannot be enabled again; all else is undone.
async fn undo(shared: &Arc<Shared>, turns: &Turns, owner: &Owner) -> Result<(), ControlError> {
    for proxy in shared.all() {
        proxy.remove_toxics_of(owner);
    }
    loop {
        let mut looked_up = Vec::new();
        for proxy in shared.all() {
            if proxy.is_disabled_by(owner) {
                looked_up.push(Listen::look_up(&proxy.listen()).await);
            }
        }
        let turn = lifecycle::undo(Arc::clone(shared), owner.clone(), looked_up);
        if let Turned::Done(()) = turns.take(turn).await?? {
            return Ok(());
        }
    }
}
