//! The catalogue: every kind of toxic, what it is called and which attributes it takes.
//!
//! May know: `engine`. Must not know: sockets, clocks, HTTP, proxies.

use std::ops::RangeInclusive;

/// One attribute of a kind of toxic. All attributes are 64-bit integers, as in Toxiproxy.
#[derive(Debug)]
pub struct Attribute {
    /// The name in the API, in lower case.
    pub name: &'static str,
    /// What the number counts, for example `ms`.
    pub unit: &'static str,
    /// What the API takes; anything else is refused.
    pub accepted: RangeInclusive<i64>,
    /// What makes sense; an accepted value outside acts like the nearest end, with a warning.
    pub sensible: RangeInclusive<i64>,
    /// The value when none is given; `None`: it must be given.
    pub default: Option<i64>,
    /// One line for people.
    pub about: &'static str,
}

/// A kind of toxic.
#[derive(Debug)]
pub struct Kind {
    /// The `type` in the API.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Its attributes, in the order in which the API shows them.
    pub attributes: &'static [Attribute],
}

/// An attribute as a caller gave it: the name in lower case, the value as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The attribute's name, already folded to lower case.
    pub name: String,
    /// The value's JSON text as it was sent; `null` counts as not given.
    pub json: String,
}

/// Every kind, in the order of the documentation.
#[allow(clippy::todo)]
pub fn kinds() -> &'static [Kind] {
    todo!()
}
