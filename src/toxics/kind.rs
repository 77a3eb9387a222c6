//! Kinds of toxic: what one file has to say of the kind in it, and what everybody else reads.

use std::sync::Arc;

use super::attribute::Attribute;
use super::error::AttributeError;
use super::value::Value;
use super::values::Values;
use crate::engine::{AnyToxic, Toxic};

/// What a kind of toxic says of itself besides what it does.
///
/// A new kind is a type with this trait and [`Toxic`], and one call of
/// `Builder::kind`. From then on the API takes it, documents
/// it, checks its attributes, in requests as in config files, and counts what it does.
/// `examples/custom_toxic.rs` is a whole one.
pub trait ToxicKind: Toxic + Sized {
    /// The `type` in the API: lower-case letters, digits and underscores.
    const NAME: &'static str;
    /// One sentence for people.
    const ABOUT: &'static str;
    /// The same at length, for the API's document.
    const DETAILS: &'static str = Self::ABOUT;

    /// Its attributes, in the order in which the API shows them.
    fn attributes() -> Vec<Attribute>;

    /// Makes the toxic. Each value is of its type and within its range.
    ///
    /// # Errors
    /// Values that do not go together.
    fn from_values(values: &Values) -> Result<Self, AttributeError>;
}

/// A kind of toxic, as the catalogue has it.
#[derive(Debug)]
pub struct Kind {
    /// The `type` in the API.
    pub name: &'static str,
    /// One sentence for people.
    pub about: &'static str,
    /// The same at length.
    pub details: &'static str,
    /// Its attributes, in the order in which the API shows them.
    pub attributes: Vec<Attribute>,
    build: fn(&Values) -> Built,
}

/// A toxic ready for a plan, or why its values do not go together.
pub type Built = Result<Arc<dyn AnyToxic>, AttributeError>;

impl Kind {
    /// The kind that a type says it is.
    pub fn of<T: ToxicKind>() -> Self {
        Kind {
            name: T::NAME,
            about: T::ABOUT,
            details: T::DETAILS,
            attributes: T::attributes(),
            build: |values| Ok(Arc::new(T::from_values(values)?)),
        }
    }

    /// The attribute of that name, in exactly that spelling.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|one| one.name == name)
    }

    /// The values of a new toxic: the defaults, and over them what was given. Names that the kind
    /// does not have are ignored, as Toxiproxy does.
    ///
    /// # Errors
    /// A value is of the wrong type, out of range, or missing.
    pub fn read(&self, given: &[(String, Value)]) -> Result<Values, AttributeError> {
        self.overlay(&Values::default(), given)
    }

    /// The values after an update: what was given over what was there.
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

    /// The value of one attribute, given alone; `None` for [`Value::Null`] and for names that the
    /// kind does not have.
    ///
    /// # Errors
    /// It is of the wrong type or out of range.
    pub fn read_one(&self, name: &str, value: &Value) -> Result<Option<Value>, AttributeError> {
        match self.attribute(name) {
            Some(attribute) if *value != Value::Null => attribute.check(value).map(Some),
            _ => Ok(None),
        }
    }

    /// Of a name that was given more than once the last value counts, though each is checked.
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

    /// Makes the toxic of these values.
    ///
    /// # Errors
    /// Values that do not go together.
    pub fn build(&self, values: &Values) -> Built {
        (self.build)(values)
    }

    /// Makes the toxic of attributes that are known at the place of the call.
    ///
    /// # Errors
    /// As for [`Kind::read`] and [`Kind::build`].
    pub fn make<V: Into<Value> + Clone>(&self, given: &[(&str, V)]) -> Built {
        let given = given.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        self.build(&self.read(&given.collect::<Vec<_>>())?)
    }

    /// Says which values are taken but make no sense.
    pub fn warnings(&self, values: &Values) -> Vec<AttributeError> {
        let values = values.iter();
        values
            .filter_map(|(name, value)| self.warning(name, value))
            .collect()
    }

    /// The same of one attribute.
    pub fn warning(&self, name: &str, value: &Value) -> Option<AttributeError> {
        self.attribute(name)?.warning(value)
    }
}
