//! Starting, renewing and ending sessions.
//!
//! A session leaves the table first, and then its things are undone: toxics at once, under each
//! proxy's lock, and proxies in an operation. Whoever makes something for it looks into the table
//! under that same lock, or in an operation before. So nothing is left behind.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::id::SessionId;
use super::table::{MAX_SESSIONS, SESSION_TTL, Session, SessionView};
use crate::control::error::{ControlError, Limited};
use crate::control::events::event::{ChangeTarget, SessionEvent};
use crate::control::handle::Control;
use crate::control::limits;
use crate::control::operations::queue::WeakOperationQueue;
use crate::control::operations::undo::undo;
use crate::control::registry::Registry;
use crate::control::timer::{self, Timer};

impl Control {
    /// Starts a session. Without a name it gets one; without a time to live, [`SESSION_TTL`].
    ///
    /// # Errors
    /// The name is taken, too long, or one that no path can carry; the time is none; there are
    /// [`MAX_SESSIONS`].
    pub fn start_session(
        &self,
        name: Option<String>,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        self.registry.admit_start()?;
        let ttl = readable(ttl)?.unwrap_or(SESSION_TTL);
        let sessions = &self.env().sessions;
        let mut open = sessions.open();
        let (id, name) = match name.filter(|name| !name.is_empty()) {
            Some(name) => (sessions.next_id(), name),
            None => sessions.unused(&open),
        };
        addressable(&name)?;
        if open.contains_key(&name) {
            return Err(ControlError::SessionExists { session: name });
        }
        limits::admit(open.len() + 1, MAX_SESSIONS, Limited::Sessions)?;
        let id = SessionId {
            id,
            name: name.as_str().into(),
        };
        let session = self.alive(id, ttl);
        let view = session.view();
        self.report(SessionEvent::Started, &session.id);
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
        let mut open = self.env().sessions.open();
        let session = open.get_mut(name).ok_or_else(|| not_found(name))?;
        *session = self.alive(session.id.clone(), ttl.unwrap_or(session.ttl));
        Ok(session.view())
    }

    /// A session.
    pub fn session(&self, name: &str) -> Result<SessionView, ControlError> {
        let open = self.env().sessions.open();
        let session = open.get(name).ok_or_else(|| not_found(name))?;
        Ok(session.view())
    }

    /// All sessions, by name.
    pub fn sessions(&self) -> Vec<SessionView> {
        let open = self.env().sessions.open();
        open.values().map(Session::view).collect()
    }

    /// Ends a session; what was made in it is undone when this returns. It is not undone entirely if
    /// the future is dropped before.
    ///
    /// # Errors
    /// There is none of that name; or it has ended and all is undone, but for a proxy that cannot
    /// listen again ([`ControlError::Listen`]).
    pub async fn end_session(&self, name: &str) -> Result<(), ControlError> {
        let id = self.take_out(name)?;
        undo((&self.registry, &self.operations), &id, &self.actor).await
    }

    /// Undoes what was made in a session, which lives on. Errors are those of
    /// [`Control::end_session`].
    pub async fn reset_session(&self, name: &str) -> Result<(), ControlError> {
        let id = match self.env().sessions.open().get(name) {
            Some(session) => session.id.clone(),
            None => return Err(not_found(name)),
        };
        undo((&self.registry, &self.operations), &id, &self.actor).await
    }

    /// Takes a session out, and tells of it before its name is free again.
    fn take_out(&self, name: &str) -> Result<SessionId, ControlError> {
        let mut open = self.env().sessions.open();
        let session = open.remove(name).ok_or_else(|| not_found(name))?;
        self.report(SessionEvent::Ended, &session.id);
        Ok(session.id)
    }

    fn report(&self, change: SessionEvent, id: &SessionId) {
        let events = &self.env().events;
        events.push_change(ChangeTarget::Session(change), &self.actor, Some(&id.name));
    }

    fn alive(&self, id: SessionId, ttl: Duration) -> Session {
        let deadline = far(Instant::now(), ttl);
        let weak = (Arc::downgrade(&self.registry), self.operations.downgrade());
        let timer = Timer::start(&self.env().runtime, expire(weak, id.clone(), deadline));
        Session {
            id,
            ttl,
            deadline,
            _timer: timer,
        }
    }
}

fn not_found(session: &str) -> ControlError {
    ControlError::SessionNotFound {
        session: session.to_owned(),
    }
}

/// Errors: a name that is too long, or that no path can carry, so that nobody could renew it.
fn addressable(name: &str) -> Result<(), ControlError> {
    limits::admit_name(name)?;
    if name.contains('/') || name == "." || name == ".." {
        return Err(ControlError::BadValue {
            field: "name",
            value: format!("{name:?}"),
            remedy: "choose a name without a slash, other than . and ..",
        });
    }
    Ok(())
}

/// Errors: no time at all.
fn readable(ttl: Option<Duration>) -> Result<Option<Duration>, ControlError> {
    match ttl {
        Some(ttl) if ttl.is_zero() => Err(ControlError::BadValue {
            field: "ttl",
            value: "0s".to_owned(),
            remedy: "give a time above 0, such as 30s; the session and everything made in it are \
                     removed when it runs out",
        }),
        ttl => Ok(ttl),
    }
}

/// A moment so much later, or as late as can be told.
fn far(now: Instant, span: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    now.checked_add(span.min(A_CENTURY)).unwrap_or(now)
}

async fn expire(
    (registry, operations): (Weak<Registry>, WeakOperationQueue),
    id: SessionId,
    deadline: Instant,
) {
    timer::sleep_past(deadline).await;
    let Some((registry, operations)) = registry.upgrade().zip(operations.upgrade()) else {
        return;
    };
    // In a task of its own: this one ends with the session.
    tokio::spawn(async move {
        let report = || {
            let expired = ChangeTarget::Session(SessionEvent::Expired);
            registry
                .env
                .events
                .push_change(expired, &None, Some(&id.name));
        };
        if !registry.env.sessions.take_expired(&id, report) {
            return;
        }
        tracing::info!(session = %id.name, "the session was not renewed in time");
        if let Err(error) = undo((&registry, &operations), &id, &None).await {
            tracing::error!(session = %id.name, %error, "a session cannot be undone entirely");
        }
    });
}
