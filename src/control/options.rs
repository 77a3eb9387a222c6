//! What a toxic can be told beyond the reference: when it acts, on whom, and how it chooses.

use std::time::Duration;

use super::error::ControlError;
use super::schedule::Schedule;
use crate::engine::Scope;

/// What this server adds to a toxic. `None` is not given; in an update it leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToxicOptions {
    /// How long it acts before it removes itself. An update starts the time anew; zero in an update
    /// takes the limit away.
    pub duration: Option<Duration>,
    /// How long it waits before it acts.
    pub start_after: Option<Duration>,
    /// How often it acts for `duration`, from start to start.
    pub every: Option<Duration>,
    /// The session at whose end it is removed. Updates do not look at it.
    pub session: Option<String>,
    /// The seed of its random choices, in place of its proxy's.
    pub seed: Option<u64>,
    /// Choose on every connection as on this one, counted from 1.
    pub replay: Option<u64>,
    /// The connections that it may touch.
    pub scope: Option<Scope>,
}

impl ToxicOptions {
    /// The same, and where it says nothing, what `other` says.
    #[must_use]
    pub fn or(self, other: ToxicOptions) -> Self {
        ToxicOptions {
            duration: self.duration.or(other.duration),
            start_after: self.start_after.or(other.start_after),
            every: self.every.or(other.every),
            session: self.session.or(other.session),
            seed: self.seed.or(other.seed),
            replay: self.replay.or(other.replay),
            scope: self.scope.or(other.scope),
        }
    }

    /// Whether it says anything about time.
    pub(super) fn is_timed(&self) -> bool {
        self.duration.is_some() || self.start_after.is_some() || self.every.is_some()
    }

    /// Errors: a time that means nothing for a toxic that is yet to come.
    pub(super) fn check_new(&self) -> Result<(), ControlError> {
        for (name, span) in [("duration", self.duration), ("every", self.every)] {
            if span.is_some_and(|span| span.is_zero()) {
                return Err(ControlError::BadValue(format!(
                    "{name} is 0s, but must be longer; leave it out for a toxic that stays"
                )));
            }
        }
        Ok(())
    }

    /// These, changed by `change`. What was taken away is `None` again.
    pub(super) fn changed(&self, change: &ToxicOptions) -> Self {
        ToxicOptions {
            session: self.session.clone(),
            ..change.clone().or(self.clone()).settled()
        }
    }

    /// The same without what says nothing.
    pub(super) fn settled(self) -> Self {
        let given = |span: Option<Duration>| span.filter(|span| !span.is_zero());
        ToxicOptions {
            duration: given(self.duration),
            start_after: given(self.start_after),
            every: given(self.every),
            scope: self.scope.filter(|scope| *scope != Scope::default()),
            ..self
        }
    }

    /// The schedule. Errors: bounds that do not go together.
    pub(super) fn schedule(&self) -> Result<Schedule, ControlError> {
        let wrong = |what: &str| Err(ControlError::BadValue(what.to_owned()));
        match (self.every, self.duration) {
            (Some(_), None) => wrong("every needs a duration: how long it acts each time"),
            (Some(every), Some(duration)) if every <= duration => {
                wrong("every must be longer than duration: it would never pause")
            }
            (every, duration) => Ok(Schedule {
                start_after: self.start_after.unwrap_or_default(),
                duration,
                every,
            }),
        }
    }
}
