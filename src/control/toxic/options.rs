//! The options of a toxic that Toxiproxy does not have: when it acts, on which connections, and how it
//! makes random choices.

use std::sync::Arc;
use std::time::Duration;

use super::matching::ToxicMatch;
use super::schedule::Schedule;
use crate::control::error::ControlError;
use crate::engine::Scope;
use crate::protocol::http::HttpMatch;
use crate::util::duration;

/// Options that Toxiproxy does not have. `None` means not given; an update leaves such an option
/// unchanged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToxicOptions {
    /// How long it acts before it expires. An update restarts this time; zero in an update removes the limit.
    pub duration: Option<Duration>,
    /// How long it waits before it acts.
    pub start_after: Option<Duration>,
    /// The period, from start to start, at which it acts again for `duration`.
    pub every: Option<Duration>,
    /// The session at whose end it is removed. Updates ignore it.
    pub session: Option<String>,
    /// The seed of its random choices, instead of its proxy's.
    pub seed: Option<u64>,
    /// The connection, counted from 1, whose random choices are repeated on every connection.
    pub replay: Option<u64>,
    /// The connections that it may apply to, and the requests that it acts on there.
    pub matching: Option<ToxicMatch>,
}

impl ToxicOptions {
    /// These options, with those of `other` where none were given.
    #[must_use]
    pub fn or(self, other: ToxicOptions) -> Self {
        ToxicOptions {
            duration: self.duration.or(other.duration),
            start_after: self.start_after.or(other.start_after),
            every: self.every.or(other.every),
            session: self.session.or(other.session),
            seed: self.seed.or(other.seed),
            replay: self.replay.or(other.replay),
            matching: self.matching.or(other.matching),
        }
    }

    /// Whether an option of the schedule was given.
    pub(in crate::control) fn is_timed(&self) -> bool {
        self.duration.is_some() || self.start_after.is_some() || self.every.is_some()
    }

    /// Errors: a time is zero, which has no meaning for a new toxic.
    pub(in crate::control) fn check_new(&self) -> Result<(), ControlError> {
        let is_zero = |span: Option<Duration>| span.is_some_and(|span| span.is_zero());
        let zero = |field, remedy| bad_span(field, Duration::ZERO, remedy);
        if is_zero(self.duration) {
            let remedy = "give a time above 0, or leave it out for a toxic that stays";
            return Err(zero("duration", remedy));
        }
        if is_zero(self.every) {
            let remedy = "give a time above duration, or leave it out for a toxic that acts once";
            return Err(zero("every", remedy));
        }
        Ok(())
    }

    /// These options, changed by `change`. A removed option is `None`.
    pub(in crate::control) fn changed(&self, change: &ToxicOptions) -> Self {
        ToxicOptions {
            session: self.session.clone(),
            ..change.clone().or(self.clone()).settled()
        }
    }

    /// These options without those that have no effect.
    pub(in crate::control) fn settled(self) -> Self {
        let given = |span: Option<Duration>| span.filter(|span| !span.is_zero());
        ToxicOptions {
            duration: given(self.duration),
            start_after: given(self.start_after),
            every: given(self.every),
            matching: self
                .matching
                .filter(|matching| *matching != ToxicMatch::default()),
            ..self
        }
    }

    /// The requests that the toxic acts on; `None` if it does not look at requests.
    pub(in crate::control) fn http(&self) -> Option<&Arc<HttpMatch>> {
        self.matching.as_ref()?.http.as_ref()
    }

    /// The connections that the toxic may apply to.
    pub(in crate::control) fn shared_scope(&self) -> Arc<Scope> {
        let scope = self.matching.as_ref().map(|matching| &matching.scope);
        scope.cloned().map(Arc::new).unwrap_or_default()
    }

    /// The schedule. Errors: the options contradict each other.
    pub(in crate::control) fn schedule(&self) -> Result<Schedule, ControlError> {
        match (self.every, self.duration) {
            (Some(every), None) => {
                let remedy = "give duration too, for how long the toxic acts each time";
                Err(bad_span("every", every, remedy))
            }
            (Some(every), Some(duration)) if every <= duration => {
                let remedy = "give a time above duration, or the toxic never pauses";
                Err(bad_span("every", every, remedy))
            }
            (every, duration) => Ok(Schedule {
                start_after: self.start_after.unwrap_or_default(),
                duration,
                every,
            }),
        }
    }
}

fn bad_span(field: &'static str, span: Duration, remedy: &'static str) -> ControlError {
    ControlError::BadValue {
        field,
        value: duration::text(span),
        remedy,
    }
}
