//! The types of toxic that a server or this program knows, as people and programs read about them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::toxics::{self, Attribute, Catalogue, Kind, Type};

/// The answer of `GET /toxic-types`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ToxicTypes {
    /// Every type, in the order of the documentation.
    pub types: Vec<ToxicType>,
}

/// A type of toxic.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ToxicType {
    /// Its name.
    #[serde(rename = "type")]
    pub name: String,
    /// What it does, in one sentence.
    pub about: String,
    /// What it takes: its own attributes, then those that every type takes.
    pub attributes: Vec<AttributeType>,
}

/// An attribute of a type of toxic.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AttributeType {
    /// Its name.
    pub name: String,
    /// What it means, as the beginning of a sentence.
    pub about: String,
    /// The unit of a number; may be empty.
    pub unit: String,
    /// The values that it takes, in words.
    pub takes: String,
    /// The least number that makes sense; null if it is no number.
    pub minimum: Value,
    /// The greatest number that makes sense; null if it is no number.
    pub maximum: Value,
    /// The value of an attribute that is left out; null if there is none.
    pub default: Value,
    /// Whether it must be given.
    pub required: bool,
    /// `attributes`, or `toxic` if it is placed at the top level of the toxic.
    pub placed: String,
    /// Whether every type takes it.
    pub every_type: bool,
}

impl From<&Catalogue> for ToxicTypes {
    fn from(catalogue: &Catalogue) -> Self {
        let types = catalogue.kinds().map(|kind| ToxicType::from(&**kind));
        ToxicTypes {
            types: types.collect(),
        }
    }
}

impl From<&Kind> for ToxicType {
    fn from(kind: &Kind) -> Self {
        let own = kind.own_attributes().len();
        let attributes = kind.attributes.iter().enumerate();
        let attributes = attributes.map(|(index, one)| AttributeType {
            every_type: index >= own,
            ..AttributeType::from(one)
        });
        ToxicType {
            name: kind.name.to_owned(),
            about: kind.about.to_owned(),
            attributes: attributes.collect(),
        }
    }
}

impl From<&Attribute> for AttributeType {
    fn from(attribute: &Attribute) -> Self {
        let (minimum, maximum) = match &attribute.value_type {
            Type::Integer { sensible, .. } => {
                ((*sensible.start()).into(), (*sensible.end()).into())
            }
            Type::Number { sensible, .. } => ((*sensible.start()).into(), (*sensible.end()).into()),
            _ => (Value::Null, Value::Null),
        };
        AttributeType {
            name: attribute.name.to_owned(),
            about: attribute.about.to_owned(),
            unit: attribute.unit.to_owned(),
            takes: attribute.value_type.brief(),
            minimum,
            maximum,
            default: attribute.default.as_ref().map_or(Value::Null, json),
            required: attribute.required,
            placed: if attribute.beside {
                "toxic"
            } else {
                "attributes"
            }
            .to_owned(),
            every_type: false,
        }
    }
}

/// A value as JSON. Its text is JSON, except that times are bare.
fn json(value: &toxics::Value) -> Value {
    let text = value.to_string();
    serde_json::from_str(&text).unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_attribute_is_described_with_its_placement_and_default() {
        let pause = Attribute::new("pause", Type::duration())
            .about("how long")
            .default(Duration::from_millis(500))
            .beside();
        let shown = serde_json::to_value(AttributeType::from(&pause)).unwrap();
        let expected = serde_json::json!({
            "name": "pause", "about": "how long", "unit": "", "minimum": null, "maximum": null,
            "takes": "a time such as \"1s\" or \"1m30s\", or whole milliseconds",
            "default": "500ms", "required": false, "placed": "toxic", "every_type": false,
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn every_kind_of_the_catalogue_reads_back() {
        let types = ToxicTypes::from(&Catalogue::default());
        let text = serde_json::to_string(&types).unwrap();
        assert_eq!(serde_json::from_str::<ToxicTypes>(&text).unwrap(), types);
        let latency = types.types.first().unwrap();
        let first = latency.attributes.first().unwrap();
        assert_eq!((&first.minimum, &first.default), (&0.into(), &0.into()));
    }
}
