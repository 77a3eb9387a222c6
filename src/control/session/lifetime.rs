//! Starting, renewing and ending sessions.
//!
//! A session is removed from the table before what was made in it is undone: toxics immediately, under
//! each proxy's lock, and proxies in an operation. Creation checks the table under the same lock or in
//! an earlier operation, so the undo misses nothing.

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
    /// Starts a session. Without a name, one is generated; without a time to live, it gets [`SESSION_TTL`].
    ///
    /// # Errors
    /// The name is taken, too long, or cannot be a path segment; the time to live is zero; there are already
    /// [`MAX_SESSIONS`].
    pub fn start_session(
        &self,
        name: Option<String>,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        self.registry.admit_start()?;
        let ttl = check_ttl(ttl)?.unwrap_or(SESSION_TTL);
        let sessions = &self.env().sessions;
        let mut open = sessions.open();
        let (id, name) = match name.filter(|name| !name.is_empty()) {
            Some(name) => (sessions.next_id(), name),
            None => sessions.unused(&open),
        };
        check_name(&name)?;
        if open.contains_key(&name) {
            return Err(ControlError::SessionExists { session: name });
        }
        limits::admit(open.len() + 1, MAX_SESSIONS, Limited::Sessions)?;
        let id = SessionId {
            id,
            name: name.as_str().into(),
        };
        let session = self.open_session(id, ttl);
        let view = session.view();
        self.report(SessionEvent::Started, &session.id);
        open.insert(name, session);
        Ok(view)
    }

    /// Renews a session: its time to live, which may be changed, starts again now.
    pub fn renew_session(
        &self,
        name: &str,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        let ttl = check_ttl(ttl)?;
        let mut open = self.env().sessions.open();
        let session = open.get_mut(name).ok_or_else(|| not_found(name))?;
        *session = self.open_session(session.id.clone(), ttl.unwrap_or(session.ttl));
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

    /// Ends a session. What was made in it is undone when this returns; dropping the future earlier may
    /// leave some of it.
    ///
    /// # Errors
    /// No session has that name; or the session has ended and everything is undone except for a proxy
    /// that cannot listen again ([`ControlError::Listen`]).
    pub async fn end_session(&self, name: &str) -> Result<(), ControlError> {
        let id = self.take_out(name)?;
        undo((&self.registry, &self.operations), &id, &self.actor).await
    }

    /// Undoes what was made in a session, and keeps the session. Errors are those of
    /// [`Control::end_session`].
    pub async fn reset_session(&self, name: &str) -> Result<(), ControlError> {
        let id = match self.env().sessions.open().get(name) {
            Some(session) => session.id.clone(),
            None => return Err(not_found(name)),
        };
        undo((&self.registry, &self.operations), &id, &self.actor).await
    }

    /// Removes a session from the table, and reports it before the name can be used again.
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

    fn open_session(&self, id: SessionId, ttl: Duration) -> Session {
        let deadline = later(Instant::now(), ttl);
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

/// Errors: the name is too long, or cannot be a path segment, by which sessions are addressed.
fn check_name(name: &str) -> Result<(), ControlError> {
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

/// Errors: the time to live is zero.
fn check_ttl(ttl: Option<Duration>) -> Result<Option<Duration>, ControlError> {
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

/// The moment after `span`, or the latest that can be represented.
fn later(now: Instant, span: Duration) -> Instant {
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
    // Run in a separate task, because the timer's task is aborted with the session.
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
            tracing::error!(session = %id.name, %error, "not everything that was made in the session could be undone");
        }
    });
}
