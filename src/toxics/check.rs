//! Checks that a value has an attribute's type, and converts it to the form that a kind receives.
//!
//! Whole numbers follow Toxiproxy's rules: `100` is one, but `100.0`, `1e2` and `"100"` are not.

use std::time::Duration;

use super::attribute::{Attribute, Type};
use super::error::{AttributeError, SHOWN, shown};
use super::value::Value;
use crate::util::duration;
use crate::util::suggest::nearest;
use crate::util::text::shorten;

impl Attribute {
    /// Converts the value to the form that the kind receives.
    ///
    /// # Errors
    /// The value is of another type, or outside the range.
    pub(super) fn check(&self, value: &Value) -> Result<Value, AttributeError> {
        self.value_type.check(self.name, self.unit, value)
    }

    /// Whether a checked value differs from leaving the attribute out.
    pub fn is_set(&self, value: &Value) -> bool {
        !value.is_empty() && self.default.as_ref() != Some(value)
    }

    /// Whether a given value is the same as leaving the attribute out.
    pub(super) fn is_cleared_by(&self, value: &Value) -> bool {
        self.beside && value.is_empty() && self.value_type.has_form(value)
    }

    /// This attribute with its default and example in the form that the kind receives, if they are
    /// valid.
    pub(super) fn normalized(mut self) -> Self {
        let checked = |value: Option<&Value>| value.and_then(|value| self.check(value).ok());
        let (default, example) = (
            checked(self.default.as_ref()),
            checked(self.example.as_ref()),
        );
        self.default = default.or(self.default);
        self.example = example.or(self.example);
        self
    }

    /// The warning for a checked value that is accepted but makes no sense.
    pub(super) fn warning(&self, value: &Value) -> Option<AttributeError> {
        let odd = self.value_type.is_odd(value);
        odd.then(|| {
            self.value_type
                .out_of_range(self.name, self.unit, value.clone())
        })
    }

    /// The error that no value was given at this path, which is the attribute's name at the top.
    pub(super) fn missing(&self, path: &str) -> AttributeError {
        AttributeError::Missing {
            name: path.into(),
            expected: self.value_type.expected(self.unit),
            example: self.some_value().to_string(),
        }
    }
}

impl Type {
    /// Converts the value to the form that a kind receives, or says why it is not valid.
    pub(super) fn check(
        &self,
        name: &str,
        unit: &'static str,
        value: &Value,
    ) -> Result<Value, AttributeError> {
        let out_of_range = || Err(self.out_of_range(name, unit, value.clone()));
        match (self, value) {
            (Type::Integer { accepted, .. }, Value::Integer(number)) => {
                match accepted.contains(number) {
                    true => Ok(value.clone()),
                    false => out_of_range(),
                }
            }
            (
                Type::Number { accepted, .. },
                Value::Integer(_) | Value::Written { .. } | Value::Number(_),
            ) => {
                let number = value.as_number().filter(|number| number.is_finite());
                match number.filter(|number| accepted.contains(number)) {
                    Some(number) => Ok(Value::Number(number)),
                    None => out_of_range(),
                }
            }
            (Type::Boolean, Value::Boolean(_)) | (Type::Null, Value::Null) => Ok(value.clone()),
            (Type::Text { choices, max_bytes }, Value::Text(text)) => {
                let known = choices.is_empty() || choices.contains(&text.as_str());
                match known && text.len() <= *max_bytes {
                    true => Ok(value.clone()),
                    false => out_of_range().map_err(|error| error.suggesting(text, choices)),
                }
            }
            (Type::Duration { accepted }, value) => match read_time(value) {
                Some(time) if accepted.contains(&time) => Ok(Value::Duration(time)),
                Some(_) => out_of_range(),
                None => Err(self.wrong(name, unit, value)),
            },
            (Type::List { max_entries, .. }, Value::List(all)) if all.len() > *max_entries => {
                out_of_range()
            }
            (Type::Map { max_entries, .. }, Value::Map(all)) if all.len() > *max_entries => {
                out_of_range()
            }
            (Type::List { of, .. }, Value::List(entries)) => {
                let entries = entries.iter().enumerate();
                let checked = entries
                    .map(|(index, entry)| of.check(&format!("{name}[{index}]"), unit, entry));
                Ok(Value::List(checked.collect::<Result<_, _>>()?))
            }
            (Type::Map { of, .. }, Value::Map(entries)) => check_map(of, name, unit, entries),
            (Type::Object { fields }, Value::Map(entries)) => check_fields(fields, name, entries),
            (Type::OneOf(types), value) => self.check_any(types, name, unit, value),
            (_, value) => Err(self.wrong(name, unit, value)),
        }
    }

    /// Whether an accepted value makes no sense.
    pub(crate) fn is_odd(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Integer { sensible, .. }, Value::Integer(value)) => !sensible.contains(value),
            (Type::Number { sensible, .. }, value) => {
                let value = value.as_number();
                value.is_some_and(|value| !sensible.contains(&value))
            }
            _ => false,
        }
    }

    /// If no type accepts the value, the error is that of the first type with the value's form,
    /// because it names what is wrong inside the value.
    fn check_any(
        &self,
        types: &[Type],
        name: &str,
        unit: &'static str,
        value: &Value,
    ) -> Result<Value, AttributeError> {
        let mut nearest = None;
        for one in types {
            match one.check(name, unit, value) {
                Ok(value) => return Ok(value),
                Err(error) if one.has_form(value) => nearest = nearest.or(Some(error)),
                Err(_) => {}
            }
        }
        Err(nearest.unwrap_or_else(|| self.wrong(name, unit, value)))
    }

    /// Whether the value is a number, a text, a list and so on, as this type is.
    pub(super) fn has_form(&self, value: &Value) -> bool {
        match self {
            Type::Integer { .. } | Type::Number { .. } => value.as_number().is_some(),
            Type::Null => *value == Value::Null,
            Type::Boolean => matches!(value, Value::Boolean(_)),
            Type::Text { .. } => matches!(value, Value::Text(_)),
            Type::Duration { .. } => read_time(value).is_some(),
            Type::List { .. } => matches!(value, Value::List(_)),
            Type::Map { .. } | Type::Object { .. } => matches!(value, Value::Map(_)),
            Type::OneOf(types) => types.iter().any(|one| one.has_form(value)),
        }
    }

    fn wrong(&self, name: &str, unit: &'static str, value: &Value) -> AttributeError {
        let (name, value, expected) = (name.into(), shown(value), self.expected(unit));
        match self {
            Type::Integer { .. } => AttributeError::NotAnInteger {
                name,
                value,
                expected,
                unit,
            },
            _ => AttributeError::WrongType {
                name,
                value,
                expected,
            },
        }
    }

    pub(super) fn out_of_range(
        &self,
        name: &str,
        unit: &'static str,
        value: impl Into<Value>,
    ) -> AttributeError {
        let value = value.into();
        let counts = matches!(self, Type::Integer { .. } | Type::Number { .. }) && !unit.is_empty();
        let value = shown(&value);
        AttributeError::OutOfRange {
            name: name.into(),
            value: if counts {
                format!("{value} {unit}")
            } else {
                value
            },
            expected: self.range(),
        }
    }
}

fn check_map(
    of: &Type,
    name: &str,
    unit: &'static str,
    entries: &[(String, Value)],
) -> Result<Value, AttributeError> {
    let checked = entries.iter().map(|(key, entry)| {
        let checked = of.check(&format!("{name}.{key}"), unit, entry)?;
        Ok((key.clone(), checked))
    });
    Ok(Value::Map(checked.collect::<Result<_, _>>()?))
}

/// Checks the fields of an object. The result has them in the order of their declaration.
fn check_fields(
    fields: &[Attribute],
    name: &str,
    entries: &[(String, Value)],
) -> Result<Value, AttributeError> {
    if let Some(error) = unknown_fields(fields, name, entries).next() {
        return Err(error);
    }
    let mut checked = Vec::with_capacity(fields.len());
    for field in fields {
        let path = format!("{name}.{}", field.name);
        let is_it = |(key, value): &&(String, Value)| {
            key.eq_ignore_ascii_case(field.name) && *value != Value::Null
        };
        let given = entries.iter().rfind(is_it).map(|(_, value)| value);
        match given.or(field.default.as_ref()) {
            Some(value) => {
                let value = field.value_type.check(&path, field.unit, value)?;
                checked.push((field.name.to_owned(), value));
            }
            None if field.required => return Err(field.missing(&path)),
            None => {}
        }
    }
    Ok(Value::Map(checked))
}

/// An error for each entry that is no field.
pub(super) fn unknown_fields(
    fields: &[Attribute],
    name: &str,
    entries: &[(String, Value)],
) -> impl Iterator<Item = AttributeError> {
    let is_known = |key: &str| {
        fields
            .iter()
            .any(|field| key.eq_ignore_ascii_case(field.name))
    };
    let unknown = entries.iter().filter(move |(key, _)| !is_known(key));
    unknown.map(move |(key, _)| unknown_field(fields, name, key))
}

fn unknown_field(fields: &[Attribute], name: &str, key: &str) -> AttributeError {
    let names = fields.iter().map(|field| field.name);
    let key = shorten(key, SHOWN);
    let remedy = match nearest(&key, names.clone()) {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("use one of {}", names.collect::<Vec<_>>().join(", ")),
    };
    AttributeError::UnknownField {
        name: format!("{name}.{key}").as_str().into(),
        remedy,
    }
}

/// Reads a time in any of the forms in which it can be given.
fn read_time(value: &Value) -> Option<Duration> {
    match value {
        Value::Duration(time) => Some(*time),
        Value::Text(text) => duration::parse(text).ok(),
        Value::Integer(ms) => u64::try_from(*ms).ok().map(Duration::from_millis),
        _ => None,
    }
}
