//! What an update changed, field by field.
//!
//! Must not know how an event is serialized.

use std::sync::Arc;
use std::time::Duration;

use crate::control::toxic::matching::ToxicMatch;
use crate::control::view::{HttpOptions, ToxicView};
use crate::toxics::Value;
use crate::util::duration;

/// One changed field.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The field, by its name in requests.
    pub field: Field,
    /// The value before.
    pub old: FieldValue,
    /// The value after.
    pub new: FieldValue,
}

/// A field of a proxy or a toxic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A field of the proxy or toxic itself.
    Own(&'static str),
    /// One of a toxic's attributes.
    Attribute(&'static str),
}

/// What a field can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// No value was given.
    Unset,
    /// An attribute; `None` if it was omitted and has no default.
    Attribute(Option<Value>),
    /// A seed, or the number of a connection.
    Number(u64),
    /// A toxicity.
    Share(f32),
    /// An address or a duration.
    Text(Arc<str>),
    /// The connections that a toxic may touch, and the requests on them.
    Match(Box<ToxicMatch>),
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        FieldValue::Text(text.into())
    }
}

impl From<Option<u64>> for FieldValue {
    fn from(number: Option<u64>) -> Self {
        number.map_or(FieldValue::Unset, FieldValue::Number)
    }
}

impl From<Option<Duration>> for FieldValue {
    fn from(span: Option<Duration>) -> Self {
        let text = |span| FieldValue::Text(duration::text(span).into());
        span.map_or(FieldValue::Unset, text)
    }
}

impl From<Option<&HttpOptions>> for FieldValue {
    fn from(http: Option<&HttpOptions>) -> Self {
        let value = |http: &HttpOptions| FieldValue::Attribute(Some(http.into()));
        http.map_or(FieldValue::Unset, value)
    }
}

/// As answers show it: `true`, or an object if it holds something.
impl From<&HttpOptions> for Value {
    fn from(http: &HttpOptions) -> Self {
        let host = http.host.clone().map(Value::Text);
        let locations = http.locations.map(Value::Boolean);
        let members = [("host", host), ("locations", locations)].into_iter();
        let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        match members.collect::<Vec<_>>() {
            members if members.is_empty() => Value::Boolean(true),
            members => Value::Map(members),
        }
    }
}

impl From<Option<&ToxicMatch>> for FieldValue {
    fn from(matching: Option<&ToxicMatch>) -> Self {
        let boxed = |matching: &ToxicMatch| FieldValue::Match(Box::new(matching.clone()));
        matching.map_or(FieldValue::Unset, boxed)
    }
}

impl FieldValue {
    /// Bytes of heap memory that the value holds.
    fn memory_size(&self) -> usize {
        match self {
            FieldValue::Text(text) => text.len(),
            FieldValue::Attribute(Some(value)) => value.weight(),
            FieldValue::Match(matching) => size_of::<ToxicMatch>() + matching.weight(),
            _ => 0,
        }
    }
}

impl Difference {
    /// The difference of a field that is not an attribute; `None` if its value did not change.
    pub(in crate::control) fn of(
        field: &'static str,
        old: impl Into<FieldValue>,
        new: impl Into<FieldValue>,
    ) -> Option<Self> {
        Self::between(Field::Own(field), old.into(), new.into())
    }

    fn between(field: Field, old: FieldValue, new: FieldValue) -> Option<Self> {
        (old != new).then_some(Difference { field, old, new })
    }

    pub(in crate::control) fn memory_size(&self) -> usize {
        size_of::<Self>() + self.old.memory_size() + self.new.memory_size()
    }
}

/// How a toxic differs from `old`. Its name, type and stream never change.
pub(in crate::control) fn of_toxic(old: &ToxicView, new: &ToxicView) -> Vec<Difference> {
    // An update never removes an attribute, so the new ones include all the old ones.
    let attributes = new.attributes.iter().map(|(name, new)| {
        let old = FieldValue::Attribute(old.attributes.get(name).cloned());
        let new = FieldValue::Attribute(Some(new.clone()));
        Difference::between(Field::Attribute(name), old, new)
    });
    // Attributes beside them are there only while they are set.
    let gone = old
        .beside
        .iter()
        .filter(|(name, _)| new.beside.get(name).is_none());
    let beside = new.beside.iter().chain(gone).map(|(name, _)| {
        let value = |view: &ToxicView| match view.beside.get(name) {
            Some(value) => FieldValue::Attribute(Some(value.clone())),
            None => FieldValue::Unset,
        };
        Difference::between(Field::Own(name), value(old), value(new))
    });
    let share = FieldValue::Share;
    let (was, is) = (&old.options, &new.options);
    let own = [
        Difference::of("toxicity", share(old.toxicity), share(new.toxicity)),
        Difference::of("duration", was.duration, is.duration),
        Difference::of("start_after", was.start_after, is.start_after),
        Difference::of("every", was.every, is.every),
        Difference::of("seed", was.seed, is.seed),
        Difference::of("replay", was.replay, is.replay),
        Difference::of("match", was.matching.as_ref(), is.matching.as_ref()),
    ];
    attributes.chain(own).chain(beside).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_beside_the_others_differ_as_fields_and_can_be_unset() {
        let view = |beside: &[(&'static str, Value)]| ToxicView {
            beside: beside.iter().cloned().collect(),
            ..ToxicView::default()
        };
        let old = view(&[("per", "message".into()), ("hold", true.into())]);
        let new = view(&[("hold", true.into()), ("wait", 5.into())]);
        let attribute = |value: Value| FieldValue::Attribute(Some(value));
        let expected = [
            Difference::of("wait", FieldValue::Unset, attribute(5.into())),
            Difference::of("per", attribute("message".into()), FieldValue::Unset),
        ];
        let expected: Vec<Difference> = expected.into_iter().flatten().collect();
        assert_eq!(of_toxic(&old, &new), expected);
    }
}
