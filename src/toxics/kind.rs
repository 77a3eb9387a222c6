//! Kinds of toxic: what a kind's file declares, and how the rest of the program reads it.

use std::sync::Arc;

use super::attribute::Attribute;
use super::common::{Common, common_attributes};
use super::error::AttributeError;
use super::http::{HttpKind, HttpShape, NoStage, OfValues, not_for_connections};
use super::phase;
use super::rate::TokenBucket;
use super::value::Value;
use super::values::Values;
use crate::engine::{AnyToxic, Toxic};

/// What a kind of toxic declares about itself, besides its behaviour.
///
/// A new kind is a type that implements this trait and [`Toxic`], and one call of
/// `Builder::kind`. The API then accepts and documents the
/// kind, checks its attributes in requests and config files, and counts what it does.
/// `examples/custom_toxic.rs` is a complete example.
pub trait ToxicKind: Toxic + Sized {
    /// The `type` in the API: lower-case letters, digits and underscores.
    const NAME: &'static str;
    /// One sentence for users.
    const ABOUT: &'static str;
    /// A longer description, for the API documentation.
    const DETAILS: &'static str = Self::ABOUT;

    /// The attributes, in the order in which the API shows them.
    fn attributes() -> Vec<Attribute>;

    /// Creates the toxic. Each value has its attribute's type and is within its range.
    ///
    /// # Errors
    /// The values contradict each other.
    fn from_values(values: &Values) -> Result<Self, AttributeError>;
}

/// A kind of toxic as the catalogue stores it.
#[derive(Debug)]
pub struct Kind {
    /// The `type` in the API.
    pub name: &'static str,
    /// One sentence for users.
    pub about: &'static str,
    /// A longer description.
    pub details: &'static str,
    /// The attributes, in the order in which the API shows them: the kind's own, then those that
    /// every kind has.
    pub attributes: Vec<Attribute>,
    /// How many of the attributes are the kind's own.
    own: usize,
    build: fn(&Values) -> Built,
    rate: Option<SharedRate>,
    /// What its toxics do to requests and answers, if that is all they do.
    pub(super) http: Option<(HttpShape, OfValues)>,
}

/// How toxics of a kind share a rate.
#[derive(Debug)]
pub(super) struct SharedRate {
    /// The group that the values name.
    pub(super) group: fn(&Values) -> Option<&str>,
    /// Creates the toxic with its bucket.
    pub(super) build: fn(&Values, &Arc<TokenBucket>) -> Built,
}

/// A toxic that is ready for a plan, or the reason why its values contradict each other.
pub type Built = Result<Arc<dyn AnyToxic>, AttributeError>;

impl Kind {
    /// Creates the kind from what the type declares.
    pub fn of<T: ToxicKind>() -> Self {
        let (own, attributes) = with_common(T::attributes());
        Kind {
            name: T::NAME,
            about: T::ABOUT,
            details: T::DETAILS,
            attributes,
            own,
            build: |values| Ok(Arc::new(T::from_values(values)?)),
            rate: None,
            http: None,
        }
    }

    /// Creates the kind from what a type declares that acts on requests and answers only.
    pub(super) fn of_http<T: HttpKind>() -> Self {
        let (own, attributes) = with_common(T::attributes());
        Kind {
            name: T::NAME,
            about: T::ABOUT,
            details: T::DETAILS,
            attributes,
            own,
            build: |values| {
                not_for_connections(values)?;
                T::action(values, None)?;
                Ok(Arc::new(NoStage))
            },
            rate: None,
            http: Some((T::SHAPE, T::action)),
        }
    }

    /// This kind, whose toxics can share a rate.
    pub(super) fn sharing(self, rate: SharedRate) -> Self {
        Kind {
            rate: Some(rate),
            ..self
        }
    }

    /// The attributes that only this kind has.
    pub fn own_attributes(&self) -> &[Attribute] {
        self.attributes.get(..self.own).unwrap_or_default()
    }

    /// The attributes that are given inside `attributes`.
    pub fn inside(&self) -> impl Iterator<Item = &Attribute> + Clone {
        self.attributes.iter().filter(|one| !one.beside)
    }

    /// The attributes that are placed at the top level of the toxic.
    pub fn beside(&self) -> impl Iterator<Item = &Attribute> + Clone {
        self.attributes.iter().filter(|one| one.beside)
    }

    /// Whether this is the name of an attribute that is placed at the top level of the toxic.
    pub fn has_beside(&self, name: &str) -> bool {
        self.beside().any(|one| one.name == name)
    }

    /// The values as answers show them: those inside `attributes`, and those beside it that are set.
    pub fn shown(&self, values: &Values) -> (Values, Values) {
        let placed = |beside: bool| {
            let attributes = self.attributes.iter();
            let placed = attributes.filter(move |one| one.beside == beside);
            let with_value = placed.filter_map(|one| Some((one, values.get(one.name)?)));
            let shown = with_value.filter(move |(one, value)| !beside || one.is_set(value));
            shown
                .map(|(one, value)| (one.name, value.clone()))
                .collect()
        };
        (placed(false), placed(true))
    }

    /// Finds an attribute by its exact name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|one| one.name == name)
    }

    /// The values of a new toxic: the given values, and the defaults for the others. Names that the
    /// kind does not have are ignored, as in Toxiproxy.
    ///
    /// # Errors
    /// A value is of the wrong type, out of range, or missing.
    pub fn read(&self, given: &[(String, Value)]) -> Result<Values, AttributeError> {
        self.overlay(&Values::default(), given)
    }

    /// The values after an update: the given values, and the previous ones for the others.
    ///
    /// # Errors
    /// As for [`Kind::read`].
    pub fn update(
        &self,
        values: &Values,
        given: &[(String, Value)],
    ) -> Result<Values, AttributeError> {
        self.overlay(values, given)
    }

    /// Checks the value of a single attribute. Returns `None` for [`Value::Null`], for names that
    /// the kind does not have, and for values that are the same as leaving the attribute out.
    ///
    /// # Errors
    /// The value is of the wrong type or out of range.
    pub fn read_one(&self, name: &str, value: &Value) -> Result<Option<Value>, AttributeError> {
        match self.attribute(name) {
            Some(attribute) if *value == Value::Null || attribute.is_cleared_by(value) => Ok(None),
            Some(attribute) => {
                let checked = attribute.check(value);
                checked.map(Some).map_err(|error| self.placed(error))
            }
            None => Ok(None),
        }
    }

    /// The error, naming its attribute as users give it.
    pub(super) fn placed(&self, error: AttributeError) -> AttributeError {
        let beside = self.has_beside(error.path().attribute());
        error.placed(beside)
    }

    /// If a name was given more than once, the last value counts, but each is checked.
    fn overlay(
        &self,
        before: &Values,
        given: &[(String, Value)],
    ) -> Result<Values, AttributeError> {
        // `None`: the attribute is left out, whatever it was before.
        let mut new: Vec<(&str, Option<Value>)> = Vec::new();
        for (name, value) in given.iter().filter(|(_, value)| *value != Value::Null) {
            new.push((name, self.read_one(name, value)?));
        }
        let mut values = Vec::with_capacity(self.attributes.len());
        for attribute in &self.attributes {
            let given = new.iter().rfind(|(name, _)| *name == attribute.name);
            let value = match given {
                Some((_, value)) => value.as_ref(),
                None => before.get(attribute.name),
            };
            let value = value.or(attribute.default.as_ref());
            match value {
                Some(value) => values.push((attribute.name, value.clone())),
                None if attribute.required => {
                    return Err(self.placed(attribute.missing(attribute.name)));
                }
                None => {}
            }
        }
        Ok(values.into_iter().collect())
    }

    /// What the attributes that every kind has say.
    ///
    /// # Errors
    /// The values contradict each other.
    pub fn common(&self, values: &Values) -> Result<Common, AttributeError> {
        Common::of(values).map_err(|error| self.placed(error))
    }

    /// The toxic, if it has the phase that the values ask for.
    fn checked(&self, values: &Values, toxic: Arc<dyn AnyToxic>) -> Built {
        phase::check(self.name, values, &*toxic)?;
        Ok(toxic)
    }

    /// Whether toxics of this kind can share a rate, so that they need a bucket.
    pub fn shares_rate(&self) -> bool {
        self.rate.is_some()
    }

    /// The group with whose other toxics the toxic shares its rate.
    pub fn rate_group<'a>(&self, values: &'a Values) -> Option<&'a str> {
        self.rate.as_ref().and_then(|rate| (rate.group)(values))
    }

    /// Creates the toxic with these values. If it shares a rate, `bucket` is the state of the rate:
    /// that of its group, or else its own, which it keeps when it is changed.
    ///
    /// # Errors
    /// The values contradict each other.
    pub fn build_with(&self, values: &Values, bucket: &Arc<TokenBucket>) -> Built {
        match &self.rate {
            Some(rate) => {
                let built = (rate.build)(values, bucket);
                let built = built.and_then(|toxic| self.checked(values, toxic));
                built.map_err(|error| self.placed(error))
            }
            None => self.build(values),
        }
    }

    /// Creates the toxic with these values. If it shares a rate, then only among its connections.
    ///
    /// # Errors
    /// The values contradict each other.
    pub fn build(&self, values: &Values) -> Built {
        self.common(values)?;
        let built = (self.build)(values).and_then(|toxic| self.checked(values, toxic));
        built.map_err(|error| self.placed(error))
    }

    /// Creates the toxic with attributes that are known in the caller's code.
    ///
    /// # Errors
    /// As for [`Kind::read`] and [`Kind::build`].
    #[allow(dead_code, reason = "for tests")]
    pub fn make<V: Into<Value> + Clone>(&self, given: &[(&str, V)]) -> Built {
        let given = given.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        self.build(&self.read(&given.collect::<Vec<_>>())?)
    }

    /// A warning for each value that is accepted but makes no sense.
    pub fn warnings(&self, values: &Values) -> Vec<AttributeError> {
        let values = values.iter();
        values
            .filter_map(|(name, value)| self.warning(name, value))
            .collect()
    }

    /// The same for one attribute.
    pub fn warning(&self, name: &str, value: &Value) -> Option<AttributeError> {
        let warning = self.attribute(name)?.warning(value)?;
        Some(self.placed(warning))
    }
}

/// The attributes of a kind and then those of every kind, and the number of the former.
fn with_common(mut attributes: Vec<Attribute>) -> (usize, Vec<Attribute>) {
    let own = attributes.len();
    attributes.extend(common_attributes());
    (
        own,
        attributes.into_iter().map(Attribute::normalized).collect(),
    )
}
