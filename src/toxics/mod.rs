//! The kinds of toxic: one file each, and the catalogue of them.
//!
//! A new kind is one new file and one row in [`KINDS`]. May know: `engine`. Must not know:
//! sockets, clocks, HTTP, proxies.

mod attribute;
mod bandwidth;
#[cfg(test)]
mod chain_tests;
mod fields;
mod latency;
mod limit_data;
mod noop;
mod reset_peer;
mod slicer;
mod slow_close;
mod timeout;

use std::sync::Arc;

pub use attribute::{Attribute, AttributeError, Given};
pub use bandwidth::Bandwidth;
pub use fields::{ANSWER_FIELDS, OWN_FIELDS, ToxicOption, toxic_fields};
pub use latency::Latency;
pub use limit_data::LimitData;
pub use noop::Noop;
pub use reset_peer::ResetPeer;
pub use slicer::Slicer;
pub use slow_close::SlowClose;
pub use timeout::Timeout;

use crate::engine::{AnyToxic, Toxic};

/// What the catalogue has to know of a kind besides what it does.
pub trait Described: Toxic + Sized {
    /// The `type` in the API.
    const NAME: &'static str;
    /// One line for people.
    const ABOUT: &'static str;
    /// Its attributes, in the order in which the API shows them.
    const ATTRIBUTES: &'static [Attribute];

    /// Makes the toxic of values in the order of `ATTRIBUTES`, each within its accepted range.
    /// Errors: values that do not go together.
    fn from_values(values: &[i64]) -> Result<Self, AttributeError>;
}

/// A kind of toxic, as a row of the catalogue.
#[derive(Debug)]
pub struct Kind {
    /// The `type` in the API.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Its attributes, in the order in which the API shows them.
    pub attributes: &'static [Attribute],
    build: fn(&[i64]) -> Built,
}

/// A toxic ready for a plan, or why its values do not go together.
pub type Built = Result<Arc<dyn AnyToxic>, AttributeError>;

/// Every kind, in the order of the documentation.
pub static KINDS: &[Kind] = &[
    Kind::of::<Latency>(),
    Kind::of::<Bandwidth>(),
    Kind::of::<SlowClose>(),
    Kind::of::<Timeout>(),
    Kind::of::<ResetPeer>(),
    Kind::of::<Slicer>(),
    Kind::of::<LimitData>(),
    Kind::of::<Noop>(),
];

/// The kind of that name, in exactly that spelling.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl Kind {
    const fn of<T: Described>() -> Kind {
        Kind {
            name: T::NAME,
            about: T::ABOUT,
            attributes: T::ATTRIBUTES,
            build: |values| Ok(Arc::new(T::from_values(values)?)),
        }
    }

    /// The values of a new toxic: the defaults, and over them what was given. Names that the kind
    /// does not have are ignored, as the reference does. Errors: see [`AttributeError`].
    pub fn read(&'static self, given: &[Given]) -> Result<Vec<i64>, AttributeError> {
        let defaults: Vec<Option<i64>> = self.attributes.iter().map(|a| a.default).collect();
        self.overlay(defaults, given)
    }

    /// The values after an update: what was given over what was there.
    pub fn update(
        &'static self,
        values: &[i64],
        given: &[Given],
    ) -> Result<Vec<i64>, AttributeError> {
        self.overlay(values.iter().copied().map(Some).collect(), given)
    }

    /// The value of one attribute of this kind, given alone; `None` for `null` and for names that
    /// the kind does not have.
    pub fn read_given(&'static self, given: &Given) -> Result<Option<i64>, AttributeError> {
        let attribute = self.attributes.iter().find(|one| one.name == given.name);
        attribute.map_or(Ok(None), |attribute| attribute.read(&given.json))
    }

    fn overlay(
        &'static self,
        mut values: Vec<Option<i64>>,
        given: &[Given],
    ) -> Result<Vec<i64>, AttributeError> {
        for one in given {
            for (attribute, value) in self.attributes.iter().zip(&mut values) {
                if attribute.name == one.name {
                    *value = attribute.read(&one.json)?.or(*value);
                }
            }
        }
        let missing = |attribute: &'static Attribute| AttributeError::Missing {
            name: attribute.name,
            unit: attribute.unit,
            range: attribute.accepted.clone(),
        };
        let pairs = self.attributes.iter().zip(values);
        pairs
            .map(|(attribute, value)| value.ok_or_else(|| missing(attribute)))
            .collect()
    }

    /// Makes the toxic of these values. Errors: values that do not go together.
    pub fn build(&self, values: &[i64]) -> Built {
        (self.build)(values)
    }

    /// Says which values are taken but make no sense, and what they act like.
    pub fn warnings(&'static self, values: &[i64]) -> Vec<AttributeError> {
        let pairs = self.attributes.iter().zip(values);
        pairs
            .filter_map(|(attribute, value)| self.oddity(attribute, *value))
            .collect()
    }

    /// The same of one attribute of this kind.
    pub fn oddity(
        &'static self,
        attribute: &'static Attribute,
        value: i64,
    ) -> Option<AttributeError> {
        let odd = !attribute.sensible.contains(&value);
        odd.then(|| attribute.out_of_range(value, attribute.sensible.clone()))
    }
}

/// The value of the `index`-th attribute; 0 where there is none, which only a bug can ask for.
fn value(values: &[i64], index: usize) -> i64 {
    debug_assert!(index < values.len());
    values.get(index).copied().unwrap_or(0)
}

/// A time given in milliseconds; below zero it is zero.
fn millis(value: i64) -> std::time::Duration {
    std::time::Duration::from_millis(u64::try_from(value).unwrap_or(0))
}
