//! The catalogue: the kinds of toxic that a server knows.

use std::sync::Arc;

use thiserror::Error;

use super::fields::{ANSWER_FIELDS, toxic_fields};
use super::kind::{Kind, ToxicKind};
use super::kinds;

/// The kinds of toxic that a server knows, in the order of the documentation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalogue {
    kinds: Vec<Arc<Kind>>,
}

/// Why a kind cannot be registered.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RegisterError {
    /// Another kind has this name.
    #[error("there is a kind of toxic {0:?} already: choose another name")]
    NameTaken(&'static str),
    /// The name of the kind or of an attribute is not valid.
    #[error(
        "{0:?} is no name for a kind of toxic or an attribute: use lower-case letters, digits and underscores, and begin with a letter"
    )]
    BadName(&'static str),
    /// An attribute has the name of another attribute, or of a field or attribute that every toxic has.
    #[error("attribute {attribute:?} of {kind} has a name that is taken: choose another")]
    AttributeTaken {
        /// The kind.
        kind: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// The default or example of an attribute is not valid for it.
    #[error(
        "attribute {attribute:?} of {kind} does not take its own default or example: {problem}"
    )]
    BadDefault {
        /// The kind.
        kind: &'static str,
        /// The attribute.
        attribute: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// The default catalogue has Toxiproxy's kinds.
impl Default for Catalogue {
    fn default() -> Self {
        Catalogue::toxiproxy()
    }
}

impl Catalogue {
    /// The kinds that Toxiproxy has.
    pub fn toxiproxy() -> Self {
        Catalogue {
            kinds: kinds::all().into_iter().map(Arc::new).collect(),
        }
    }

    /// Adds a kind after the existing ones.
    ///
    /// ```no_run
    /// # use aconite::toxics::{Catalogue, Noop, RegisterError};
    /// # type Jam = Noop;
    /// let mut catalogue = Catalogue::default();
    /// catalogue.register::<Jam>()?;
    /// # Ok::<(), RegisterError>(())
    /// ```
    ///
    /// # Errors
    /// A name is taken or not valid, or an attribute's default or example is not valid for it.
    pub fn register<T: ToxicKind>(&mut self) -> Result<(), RegisterError> {
        let kind = Kind::of::<T>();
        if self.find(kind.name).is_some() {
            return Err(RegisterError::NameTaken(kind.name));
        }
        check_name(kind.name)?;
        let mut taken: Vec<&str> = toxic_fields().chain(ANSWER_FIELDS).collect();
        for attribute in &kind.attributes {
            check_name(attribute.name)?;
            if taken.contains(&attribute.name) {
                return Err(RegisterError::AttributeTaken {
                    kind: kind.name,
                    attribute: attribute.name,
                });
            }
            taken.push(attribute.name);
        }
        check_values(&kind)?;
        self.kinds.push(Arc::new(kind));
        Ok(())
    }

    /// Finds a kind by its exact name.
    pub fn find(&self, name: &str) -> Option<&Arc<Kind>> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// All kinds.
    pub fn kinds(&self) -> std::slice::Iter<'_, Arc<Kind>> {
        self.kinds.iter()
    }

    /// The names of all kinds.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        self.kinds.iter().map(|kind| kind.name)
    }
}

fn check_name(name: &'static str) -> Result<(), RegisterError> {
    let fits =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    let begins = name
        .bytes()
        .next()
        .is_some_and(|letter| letter.is_ascii_lowercase());
    match begins && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(RegisterError::BadName(name)),
    }
}

/// Errors: the default or the example of an attribute is not valid for it.
fn check_values(kind: &Kind) -> Result<(), RegisterError> {
    for attribute in &kind.attributes {
        for value in [&attribute.default, &attribute.example]
            .into_iter()
            .flatten()
        {
            attribute
                .check(value)
                .map_err(|error| RegisterError::BadDefault {
                    kind: kind.name,
                    attribute: attribute.name,
                    problem: error.placed(attribute.beside).to_string(),
                })?;
        }
    }
    Ok(())
}
