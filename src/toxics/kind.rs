//! Kinds of toxic: what a kind's file declares, and how the rest of the program reads it.

use std::sync::Arc;

use super::attribute::Attribute;
use super::error::AttributeError;
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
    /// The attributes, in the order in which the API shows them.
    pub attributes: Vec<Attribute>,
    build: fn(&Values) -> Built,
}

/// A toxic that is ready for a plan, or the reason why its values contradict each other.
pub type Built = Result<Arc<dyn AnyToxic>, AttributeError>;

impl Kind {
    /// Creates the kind from what the type declares.
    pub fn of<T: ToxicKind>() -> Self {
        Kind {
            name: T::NAME,
            about: T::ABOUT,
            details: T::DETAILS,
            attributes: T::attributes(),
            build: |values| Ok(Arc::new(T::from_values(values)?)),
        }
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

    /// Checks the value of a single attribute. Returns `None` for [`Value::Null`] and for names
    /// that the kind does not have.
    ///
    /// # Errors
    /// The value is of the wrong type or out of range.
    pub fn read_one(&self, name: &str, value: &Value) -> Result<Option<Value>, AttributeError> {
        match self.attribute(name) {
            Some(attribute) if *value != Value::Null => attribute.check(value).map(Some),
            _ => Ok(None),
        }
    }

    /// If a name was given more than once, the last value counts, but each is checked.
    fn overlay(
        &self,
        before: &Values,
        given: &[(String, Value)],
    ) -> Result<Values, AttributeError> {
        let mut new: Vec<(&str, Value)> = Vec::new();
        for (name, value) in given {
            if let Some(value) = self.read_one(name, value)? {
                new.push((name, value));
            }
        }
        let mut values = Vec::with_capacity(self.attributes.len());
        for attribute in &self.attributes {
            let given = new.iter().rfind(|(name, _)| *name == attribute.name);
            let given = given.map(|(_, value)| value);
            let before = || before.get(attribute.name);
            let value = given.or_else(before).or(attribute.default.as_ref());
            match value {
                Some(value) => values.push((attribute.name, value.clone())),
                None if attribute.required => return Err(attribute.missing()),
                None => {}
            }
        }
        Ok(values.into_iter().collect())
    }

    /// Creates the toxic with these values.
    ///
    /// # Errors
    /// The values contradict each other.
    pub fn build(&self, values: &Values) -> Built {
        (self.build)(values)
    }

    /// Creates the toxic with attributes that are known in the caller's code.
    ///
    /// # Errors
    /// As for [`Kind::read`] and [`Kind::build`].
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
        self.attribute(name)?.warning(value)
    }
}
