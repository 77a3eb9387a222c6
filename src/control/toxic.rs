//! A toxic as the control side has it: what was asked for, checked, and what comes of it.

use std::sync::Arc;

use tokio::time::Instant;

use super::doubt;
use super::error::ControlError;
use super::limits;
use super::options::ToxicOptions;
use super::schedule::{Phase, Schedule};
use super::session::{Owner, Sessions};
use super::stats::StatsView;
use super::timer::Timer;
use super::view::{NewToxic, ToxicChange, ToxicView};
use crate::engine::{AnyToxic, Direction, DrawKey, PlannedToxic, Scope, Stats};
use crate::toxics::{self, Kind};

/// Both directions, as the API lists them.
pub(super) const DIRECTIONS: [Direction; 2] = [Direction::Upstream, Direction::Downstream];

/// A toxic that was checked and can be put into a plan.
#[derive(Clone, Debug)]
pub(super) struct Toxic {
    pub(super) name: String,
    pub(super) direction: Direction,
    kind: &'static Kind,
    stream: String,
    toxicity: f32,
    values: Vec<i64>,
    toxic: Arc<dyn AnyToxic>,
    /// What it did since it was created.
    pub(super) stats: Arc<Stats>,
    /// What the control side knows it by, for as long as it is there.
    pub(super) key: u64,
    /// What links know it by: another one each time it begins to act.
    id: u64,
    revision: u64,
    extras: ToxicOptions,
    scope: Arc<Scope>,
    pub(super) owner: Option<Owner>,
    pub(super) schedule: Schedule,
    /// When its schedule began.
    pub(super) since: Instant,
    active: bool,
    /// Follows the schedule.
    pub(super) timer: Option<Arc<Timer>>,
}

impl Toxic {
    /// Checks in the reference's order: stream, type, name, attributes; then what it does not know.
    /// `taken` says whether a name is in use, `id` is one that was never used. Its schedule is
    /// yet to begin.
    pub(super) fn new(
        new: &NewToxic,
        taken: impl Fn(&str) -> bool,
        id: u64,
        (sessions, strict): (&Sessions, bool),
    ) -> Result<Self, ControlError> {
        let stream = new.stream.as_deref().unwrap_or("downstream");
        let direction = read_stream(stream)?;
        let kind = toxics::find(&new.kind).ok_or_else(|| ControlError::InvalidToxicType {
            kind: new.kind.clone(),
        })?;
        let name = match new.name.as_deref() {
            None | Some("") => format!("{}_{stream}", kind.name),
            Some(name) => name.to_owned(),
        };
        limits::admit_name(&name)?;
        if taken(&name) {
            return Err(ControlError::ToxicExists { toxic: name });
        }
        doubt::admit(strict, || {
            doubt::unknown_names(kind, &new.unknown, &new.attributes)
        })?;
        let values = kind.read(&new.attributes).map_err(bad_attribute(kind))?;
        new.extras.check_new()?;
        let extras = new.extras.clone().settled();
        let toxic = Toxic {
            name,
            direction,
            kind,
            stream: stream.to_owned(),
            toxicity: new.toxicity.unwrap_or(1.0),
            toxic: kind.build(&values).map_err(bad_attribute(kind))?,
            values,
            stats: Arc::default(),
            key: id,
            id,
            revision: 0,
            scope: Arc::new(extras.scope.clone().unwrap_or_default()),
            owner: sessions.owner(extras.session.as_deref())?,
            schedule: extras.schedule()?,
            extras,
            since: Instant::now(),
            active: true,
            timer: None,
        };
        toxic.check_sense(strict)?;
        Ok(toxic)
    }

    /// The same toxic after an update. All or nothing.
    pub(super) fn changed(&self, change: &ToxicChange, strict: bool) -> Result<Self, ControlError> {
        doubt::admit(strict, || {
            doubt::unknown_names(self.kind, &change.unknown, &change.attributes)
        })?;
        let values = self
            .kind
            .update(&self.values, &change.attributes)
            .map_err(bad_attribute(self.kind))?;
        let mut next = Toxic {
            toxicity: change.toxicity.unwrap_or(self.toxicity),
            ..self.clone()
        };
        if values != self.values {
            next.toxic = self.kind.build(&values).map_err(bad_attribute(self.kind))?;
            next.values = values;
            next.revision += 1;
        }
        next.extras = self.extras.changed(&change.extras);
        next.schedule = next.extras.schedule()?;
        if next.extras.scope != self.extras.scope {
            next.scope = Arc::new(next.extras.scope.clone().unwrap_or_default());
        }
        next.check_sense(strict)?;
        Ok(next)
    }

    /// Takes up a phase of its schedule. Whether that changes anything for links.
    pub(super) fn enter(&mut self, phase: Phase, fresh_id: impl FnOnce() -> u64) -> bool {
        let active = phase == Phase::Acting;
        if active == self.active {
            return false;
        }
        self.active = active;
        if active {
            self.id = fresh_id();
        }
        true
    }

    /// Whether links are to know of it.
    pub(super) fn is_active(&self) -> bool {
        self.active
    }

    /// Whether `new` asks for a toxic of this kind in this stream, so that it can be updated into it.
    pub(super) fn can_become(&self, new: &Toxic) -> bool {
        self.kind.name == new.kind.name && self.direction == new.direction
    }

    /// This toxic, keeping its identity, with the settings of `new`.
    pub(super) fn become_like(&mut self, new: Toxic) {
        let changed = self.values != new.values;
        *self = Toxic {
            key: self.key,
            id: self.id,
            active: self.active,
            revision: self.revision + u64::from(changed),
            stats: Arc::clone(&self.stats),
            // What a session did not make does not go with it.
            owner: self.owner.clone(),
            extras: ToxicOptions {
                session: self.extras.session.clone(),
                ..new.extras
            },
            ..new
        };
    }

    /// `choices` makes what random choices of the proxy are about of the toxic's own seed, if it has
    /// one.
    pub(super) fn planned(&self, choices: impl Fn(Option<u64>) -> DrawKey) -> PlannedToxic {
        let proxy = choices(self.extras.seed);
        PlannedToxic {
            scope: Arc::clone(&self.scope),
            replay: self.extras.replay,
            revision: self.revision,
            toxicity: f64::from(self.toxicity),
            stats: Arc::clone(&self.stats),
            ..PlannedToxic::new(self.id, &self.name, proxy, Arc::clone(&self.toxic))
        }
    }

    pub(super) fn kind_name(&self) -> &'static str {
        self.kind.name
    }

    /// It is over: only what it was called and what it did is of interest.
    pub(super) fn retire(&mut self) {
        self.timer = None;
        self.extras.scope = None;
        self.scope = Arc::default();
    }

    /// The connections that it may touch.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Its stream as it was given.
    pub(super) fn stream(&self) -> &str {
        &self.stream
    }

    /// What links know it by.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// What it did since it was created.
    pub(super) fn stats_view(&self, proxy: &str) -> StatsView {
        StatsView {
            proxy: proxy.to_owned(),
            name: self.name.clone(),
            kind: self.kind.name,
            stream: self.stream.clone(),
            session: self.extras.session.clone(),
            hits: self.stats.hits(),
            exactness: self.stats.exactness(),
        }
    }

    pub(super) fn view(&self) -> ToxicView {
        let names = self.kind.attributes.iter().map(|attribute| attribute.name);
        ToxicView {
            name: self.name.clone(),
            kind: self.kind.name,
            stream: self.stream.clone(),
            toxicity: self.toxicity,
            attributes: names.zip(self.values.iter().copied()).collect(),
            expires_in: self.schedule.expires_in(self.since.elapsed()),
            active: self.schedule.comes_and_goes().then_some(self.active),
            extras: self.extras.clone(),
        }
    }

    /// Errors: values that make no sense, where such are not taken.
    fn check_sense(&self, strict: bool) -> Result<(), ControlError> {
        if !strict {
            return Ok(());
        }
        if let Some(oddity) = self.kind.warnings(&self.values).first() {
            return Err(bad_attribute(self.kind)(oddity.clone()));
        }
        if !is_share(self.toxicity) {
            return Err(ControlError::BadValue {
                field: "toxicity",
                value: self.toxicity.to_string(),
                remedy: "give a number from 0 to 1",
            });
        }
        Ok(())
    }
}

/// `upstream` or `downstream`, in any case.
pub(super) fn read_stream(stream: &str) -> Result<Direction, ControlError> {
    DIRECTIONS
        .into_iter()
        .find(|direction| direction.name().eq_ignore_ascii_case(stream))
        .ok_or_else(|| ControlError::InvalidStream {
            stream: stream.to_owned(),
        })
}

/// Whether a toxicity makes sense: others are taken, and act like the nearest that does.
pub(super) fn is_share(toxicity: f32) -> bool {
    (0.0..=1.0).contains(&toxicity)
}

fn bad_attribute(kind: &'static Kind) -> impl Fn(toxics::AttributeError) -> ControlError {
    |error| ControlError::BadAttribute {
        kind: kind.name,
        error,
    }
}
