//! A proxy and the sessions that it belongs to, or that disabled it.

use super::state::Proxy;
use crate::control::error::ControlError;
use crate::control::session::id::SessionId;

impl Proxy {
    /// Errors: a proxy of this session would replace it, although the session did not create it. The
    /// end of the session would remove what others have created.
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

    /// Records which session disables it; without a session it is disabled for good. If sessions have
    /// disabled it already, this one is added to them: the last one to end enables the proxy.
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

    /// A session that disabled it no longer counts.
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
