//! The session that a proxy belongs to, and the sessions that disabled it.

use super::state::Proxy;
use crate::control::error::ControlError;
use crate::control::session::id::SessionId;

impl Proxy {
    /// Errors: the session would replace a proxy that it did not create. The end of the session would then
    /// remove what others have created.
    pub(in crate::control) fn admit_replacement_in(
        &self,
        session: Option<&str>,
    ) -> Result<(), ControlError> {
        match (session, &self.session) {
            (None, _) => Ok(()),
            (Some(session), Some(own)) if *own.name == *session => Ok(()),
            (Some(session), _) => Err(ControlError::NotInSession {
                proxy: self.name.to_string(),
                session: session.to_owned(),
            }),
        }
    }

    /// Records which session disables the proxy; without a session it stays disabled. If sessions have
    /// already disabled it, this one is added, and the end of the last one enables the proxy.
    pub(in crate::control) fn disable_for_session(
        &self,
        session: Option<SessionId>,
        was_enabled: bool,
    ) {
        let mut state = self.state();
        let others = &mut state.disabled_by;
        match session {
            Some(session) if was_enabled => *others = vec![session],
            Some(session) if others.is_empty() || others.contains(&session) => {}
            Some(session) => others.push(session),
            None => others.clear(),
        }
    }

    /// Removes a session from those that disabled the proxy.
    pub(in crate::control) fn release_from_session(&self, session: &SessionId) {
        self.state().disabled_by.retain(|one| one != session);
    }

    pub(in crate::control) fn is_disabled_by_others(&self, session: &SessionId) -> bool {
        self.state().disabled_by.iter().any(|one| one != session)
    }

    pub(in crate::control) fn is_disabled_by(&self, session: &SessionId) -> bool {
        let state = self.state();
        state.running.is_none() && state.disabled_by.contains(session)
    }
}
