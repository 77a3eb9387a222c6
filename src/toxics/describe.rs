//! Describes types and attributes in words, and gives an example of each.

use std::time::Duration;

use super::attribute::{Attribute, LONGEST, Type};
use super::value::Value;
use crate::util::duration;

impl Attribute {
    /// A valid value for documentation and messages.
    pub fn some_value(&self) -> Value {
        let given = self.example.as_ref().or(self.default.as_ref());
        given
            .cloned()
            .unwrap_or_else(|| self.value_type.some_value())
    }
}

impl Type {
    /// Describes the expected value, as the end of "must be …".
    pub fn expected(&self, unit: &str) -> String {
        let of = |what: &str| match unit {
            "" => what.to_owned(),
            unit => format!("{what} of {unit}"),
        };
        match self {
            Type::Integer { .. } => of("a whole number"),
            Type::Number { .. } => of("a number"),
            Type::Null => "null".to_owned(),
            Type::Boolean => "true or false".to_owned(),
            Type::Text { choices: [], .. } => "a text".to_owned(),
            Type::Text { .. } => self.range(),
            Type::Duration { .. } => {
                "a time such as \"1s\" or \"1m30s\", or whole milliseconds".to_owned()
            }
            Type::List { of, .. } => format!("a list; each entry is {}", of.expected(unit)),
            Type::Map { of, .. } => format!("an object; each value is {}", of.expected(unit)),
            Type::Object { fields } => {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                format!("an object with {}", names.join(", "))
            }
            Type::OneOf(types) => {
                let types: Vec<String> = types.iter().map(|one| one.expected(unit)).collect();
                types.join(", or ")
            }
        }
    }

    /// The sensible range, for users: `0 or more`, `from 1 to 10`, `one of a, b`.
    pub fn range(&self) -> String {
        let time = |time: &Duration| duration::text(*time);
        match self {
            Type::Integer { sensible, .. } => match (*sensible.start(), *sensible.end()) {
                (i64::MIN, i64::MAX) => "any whole number".to_owned(),
                (i64::MIN, high) => format!("{high} or less"),
                (low, i64::MAX) => format!("{low} or more"),
                (low, high) => format!("from {low} to {high}"),
            },
            Type::Number { sensible, .. } => match (*sensible.start(), *sensible.end()) {
                (f64::MIN, f64::MAX) => "any number".to_owned(),
                (low, f64::MAX) => format!("{low} or more"),
                (low, high) => format!("from {low} to {high}"),
            },
            Type::Null => "null".to_owned(),
            Type::Boolean => "true or false".to_owned(),
            Type::Text {
                choices: [],
                max_bytes,
            } => format!("at most {max_bytes} bytes"),
            Type::Text { choices, .. } => format!("one of {}", choices.join(", ")),
            Type::Duration { accepted } => match accepted.clone().into_inner() {
                (low, LONGEST) => format!("{} or more", time(&low)),
                (low, high) => format!("from {} to {}", time(&low), time(&high)),
            },
            Type::List { max_entries, .. } | Type::Map { max_entries, .. } => {
                format!("at most {max_entries} entries")
            }
            Type::Object { .. } => self.expected(""),
            Type::OneOf(types) => {
                let types: Vec<String> = types.iter().map(Type::brief).collect();
                types.join(", or ")
            }
        }
    }

    /// What the type accepts, in the fewest words that say it without context.
    pub fn brief(&self) -> String {
        match self {
            Type::Text { choices: [], .. } | Type::Duration { .. } => self.expected(""),
            Type::List { .. } | Type::Map { .. } => self.expected(""),
            _ => self.range(),
        }
    }

    /// A valid value of this type.
    fn some_value(&self) -> Value {
        match self {
            Type::Integer { sensible, .. } => 1.max(*sensible.start()).min(*sensible.end()).into(),
            Type::Number { sensible, .. } => {
                1_f64.max(*sensible.start()).min(*sensible.end()).into()
            }
            Type::Null => Value::Null,
            Type::Boolean => true.into(),
            Type::Text { choices, .. } => (*choices.first().unwrap_or(&"text")).into(),
            Type::Duration { accepted } => Duration::from_secs(1)
                .max(*accepted.start())
                .min(*accepted.end())
                .into(),
            Type::List { of, .. } => Value::List(vec![of.some_value()]),
            Type::Map { of, .. } => Value::Map(vec![("name".to_owned(), of.some_value())]),
            Type::Object { fields } => {
                let needed = fields.iter().filter(|field| field.required);
                let shown = match fields.iter().any(|field| field.required) {
                    true => needed.collect(),
                    false => fields.iter().take(1).collect::<Vec<_>>(),
                };
                let shown = shown.into_iter();
                let shown = shown.map(|field| (field.name.to_owned(), field.some_value()));
                Value::Map(shown.collect())
            }
            Type::OneOf(types) => types.first().map_or(Value::Null, Type::some_value),
        }
    }
}
