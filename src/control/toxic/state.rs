//! One toxic: its validated settings, and its current phase in the schedule.
//!
//! Must not know its proxy, or when its phase changes: a timer of the proxy drives the schedule.

use std::sync::Arc;

use tokio::time::Instant;

use super::both::DOWNSTREAM;
use super::build::{build, with_state};
use super::given::given;
use super::http::HttpRule;
use super::input::{is_share, parse_stream};
use super::options::ToxicOptions;
use super::schedule::{Phase, Schedule};
use crate::control::check::fields::unknown_names;
use crate::control::check::requests::odd_options;
use crate::control::check::strict;
use crate::control::check::useless::senseless;
use crate::control::env::Env;
use crate::control::error::ControlError;
use crate::control::limits;
use crate::control::session::id::SessionId;
use crate::control::timer::Timer;
use crate::control::view::{NewToxic, ToxicChange};
use crate::engine::{AnyToxic, Direction, DrawKey, PlannedToxic, Scope, Stats};
use crate::toxics::{AttributeError, Common, Kind, Noop, TokenBucket, Values, acts_at_connect};

/// A toxic with validated settings, ready to become part of a plan.
#[derive(Clone, Debug)]
pub(in crate::control) struct Toxic {
    pub(in crate::control) name: String,
    pub(in crate::control) direction: Direction,
    pub(super) kind: Arc<Kind>,
    pub(super) stream: String,
    pub(super) toxicity: f32,
    pub(super) values: Values,
    pub(super) toxic: Arc<dyn AnyToxic>,
    pub(super) common: Common,
    /// What it does to requests and answers, if it looks at them.
    pub(super) http: Option<HttpRule>,
    /// The state of its rate, if its connections share one.
    pub(super) bucket: Arc<TokenBucket>,
    /// What it did since it was created.
    pub(in crate::control) stats: Arc<Stats>,
    /// Identifies the toxic for as long as it exists.
    pub(in crate::control) key: u64,
    /// Identifies the toxic to links; it changes each time the toxic begins to act.
    pub(super) id: u64,
    pub(super) revision: u64,
    pub(super) options: ToxicOptions,
    pub(super) scope: Arc<Scope>,
    pub(in crate::control) session: Option<SessionId>,
    pub(in crate::control) schedule: Schedule,
    /// When its schedule began.
    pub(in crate::control) since: Instant,
    pub(super) active: bool,
    /// Whether it belongs to the proxy's profile.
    pub(super) in_profile: bool,
    /// The timer that drives the schedule.
    pub(in crate::control) timer: Option<Arc<Timer>>,
}

impl Toxic {
    /// Validates in Toxiproxy's order: stream, type, name, attributes; then the options that Toxiproxy does not
    /// have. `taken` returns whether a name is in use. The schedule is not started.
    pub(in crate::control) fn new(
        new: &NewToxic,
        taken: impl Fn(&str) -> bool,
        env: &Env,
    ) -> Result<Self, ControlError> {
        let stream = new.stream.as_deref().unwrap_or(DOWNSTREAM);
        let direction = parse_stream(stream)?;
        let kind = env.catalogue.find(&new.kind);
        let kind = kind.ok_or_else(|| ControlError::InvalidToxicType {
            kind: new.kind.clone(),
        })?;
        let name = new.name_or_default();
        limits::admit_name(&name)?;
        if taken(&name) {
            return Err(ControlError::ToxicExists { toxic: name });
        }
        strict::admit(env.strict, || {
            unknown_names(kind, &new.beside, &new.attributes)
        })?;
        let attributes = given(kind, &new.attributes, &new.beside);
        let values = kind.read(&attributes).map_err(bad_attribute(kind))?;
        new.options.check_new()?;
        let options = new.options.clone().settled();
        let id = env.next_id();
        let bucket = Arc::default();
        let toxic = Toxic {
            name,
            direction,
            kind: Arc::clone(kind),
            stream: stream.to_owned(),
            toxicity: new.toxicity.unwrap_or(1.0),
            toxic: build(kind, &values, &bucket, &env.rate_groups).map_err(bad_attribute(kind))?,
            common: kind.common(&values).map_err(bad_attribute(kind))?,
            http: HttpRule::of(kind, (&values, direction), &options, None)
                .map_err(bad_attribute(kind))?,
            bucket,
            values,
            stats: Arc::default(),
            key: id,
            id,
            revision: 0,
            scope: options.shared_scope(),
            session: env.sessions.resolve(options.session.as_deref())?,
            schedule: options.schedule()?,
            options,
            since: Instant::now(),
            active: true,
            in_profile: false,
            timer: None,
        };
        toxic.check_strict(env.strict)?;
        Ok(toxic)
    }

    /// This toxic after an update. An error changes nothing.
    pub(in crate::control) fn changed(
        &self,
        change: &ToxicChange,
        env: &Env,
    ) -> Result<Self, ControlError> {
        strict::admit(env.strict, || {
            unknown_names(&self.kind, &change.beside, &change.attributes)
        })?;
        let attributes = given(&self.kind, &change.attributes, &change.beside);
        let values = self
            .kind
            .update(&self.values, &attributes)
            .map_err(bad_attribute(&self.kind))?;
        let mut next = Toxic {
            toxicity: change.toxicity.unwrap_or(self.toxicity),
            ..self.clone()
        };
        if values != self.values {
            let wrong = bad_attribute(&self.kind);
            next.toxic =
                build(&self.kind, &values, &self.bucket, &env.rate_groups).map_err(&wrong)?;
            next.common = self.kind.common(&values).map_err(&wrong)?;
            next.values = values;
            next.revision += 1;
        }
        next.options = self.options.changed(&change.options);
        next.schedule = next.options.schedule()?;
        if next.options.matching != self.options.matching {
            next.scope = next.options.shared_scope();
        }
        let of = (&next.values, next.direction);
        next.http = HttpRule::of(&next.kind, of, &next.options, self.http.as_ref())
            .map_err(bad_attribute(&next.kind))?;
        next.check_strict(env.strict)?;
        Ok(next)
    }

    /// Enters a phase of its schedule. Returns whether links are affected.
    pub(in crate::control) fn enter(&mut self, phase: Phase, env: &Env) -> bool {
        let active = phase == Phase::Acting;
        if active == self.active {
            return false;
        }
        self.active = active;
        if active {
            self.id = env.next_id();
        }
        true
    }

    /// Whether it is part of the plan.
    pub(in crate::control) fn is_active(&self) -> bool {
        self.active
    }

    /// Whether it acts before the upstream is dialled, and not on data.
    pub(in crate::control) fn acts_at_connect(&self) -> bool {
        acts_at_connect(&self.values)
    }

    /// This toxic as one of the proxy's profile.
    #[must_use]
    pub(in crate::control) fn in_profile(self) -> Self {
        Toxic {
            in_profile: true,
            ..self
        }
    }

    /// Whether it belongs to the proxy's profile.
    pub(in crate::control) fn is_in_profile(&self) -> bool {
        self.in_profile
    }

    /// Whether `new` has the same kind and direction, so that an update can replace this toxic with it.
    pub(in crate::control) fn can_become(&self, new: &Toxic) -> bool {
        self.kind.name == new.kind.name && self.direction == new.direction
    }

    /// This toxic with the settings of `new`. It keeps its identity.
    pub(in crate::control) fn become_like(&mut self, new: Toxic) {
        let changed = self.values != new.values;
        let toxic = match changed {
            true => with_state(new.toxic, (&new.kind, &new.values), &self.bucket),
            false => Arc::clone(&self.toxic),
        };
        *self = Toxic {
            toxic,
            http: new.http.map(|http| http.following(self.http.as_ref())),
            bucket: Arc::clone(&self.bucket),
            key: self.key,
            id: self.id,
            active: self.active,
            // A toxic that a request lists without the profile is no longer the profile's.
            in_profile: new.in_profile,
            revision: self.revision + u64::from(changed),
            stats: Arc::clone(&self.stats),
            // A session removes only what was made in it.
            session: self.session.clone(),
            options: ToxicOptions {
                session: self.options.session.clone(),
                ..new.options
            },
            ..new
        };
    }

    /// `choices` derives the key of random choices from the toxic's own seed, if it has one.
    pub(in crate::control) fn planned(
        &self,
        choices: impl Fn(Option<u64>) -> DrawKey,
    ) -> PlannedToxic {
        let proxy = choices(self.options.seed);
        PlannedToxic {
            scope: Arc::clone(&self.scope),
            replay: self.options.replay,
            revision: self.revision,
            toxicity: f64::from(self.toxicity),
            after: self.common.after,
            framing: self.common.framing.clone(),
            stats: Arc::clone(&self.stats),
            ..PlannedToxic::new(self.id, &self.name, proxy, Arc::clone(&self.toxic))
        }
    }

    pub(in crate::control) fn kind_name(&self) -> &'static str {
        self.kind.name
    }

    /// Drops all but the name and statistics of an expired toxic. Its values may be large, and its rate group must
    /// end with it.
    pub(in crate::control) fn retire(&mut self) {
        self.timer = None;
        self.values = Values::default();
        self.common = Common::default();
        self.bucket = Arc::default();
        self.toxic = Arc::new(Noop);
        self.http = self.http.take().map(HttpRule::retired);
        self.options.matching = None;
        self.scope = Arc::default();
    }

    /// What it does to requests and answers, if it looks at them.
    pub(in crate::control) fn http(&self) -> Option<&HttpRule> {
        self.http.as_ref()
    }

    /// The seed of its own.
    pub(in crate::control) fn seed(&self) -> Option<u64> {
        self.options.seed
    }

    /// The connections that it may apply to.
    pub(in crate::control) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Its stream as it was given.
    pub(in crate::control) fn stream(&self) -> &str {
        &self.stream
    }

    /// Identifies the toxic to links.
    pub(in crate::control) fn id(&self) -> u64 {
        self.id
    }

    /// Errors: a value is senseless, in strict mode.
    fn check_strict(&self, strict: bool) -> Result<(), ControlError> {
        if !strict {
            return Ok(());
        }
        if let Some(oddity) = self.kind.warnings(&self.values).first() {
            return Err(bad_attribute(&self.kind)(oddity.clone()));
        }
        strict::admit(strict, || {
            senseless(&self.kind, &self.values, &[], &self.options)
        })?;
        strict::admit(strict, || odd_options(&self.options))?;
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

fn bad_attribute(kind: &Kind) -> impl Fn(AttributeError) -> ControlError {
    let kind = kind.name;
    move |error| ControlError::BadAttribute { kind, error }
}
