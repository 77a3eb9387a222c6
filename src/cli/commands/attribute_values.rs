//! Converts attributes from the command line to the API's JSON, by the types in the catalogue.
//!
//! Called as `toxiproxy-cli`, values are numbers where they can be, as Toxiproxy's client sends them. Where
//! an attribute takes a text, a list or an object, which none of Toxiproxy's does, they are what it takes.
//! `aconite` also takes lists and objects as JSON, and places an attribute where its kind has it. A
//! kind that is not in the catalogue is left to the server, which may be newer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::json_hint;
use crate::args::client::Dialect;
use crate::cli::error::CommandError;
use crate::cli::output::go_number;
use crate::toxics::{Attribute, Catalogue, Type};
use crate::util::text::shorten;
use crate::wire::Attributes;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// The attributes of a toxic in the API's form.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Placed {
    /// Those inside `attributes`.
    pub(crate) inside: Attributes,
    /// Those beside it.
    pub(crate) beside: Attributes,
}

/// Converts the attributes that were given for a kind. If one is given twice, the last value is used.
pub(crate) fn placed(
    dialect: Dialect,
    kind: &str,
    given: &[(String, String)],
) -> Result<Placed, CommandError> {
    let last: BTreeMap<&str, &str> = given
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let catalogue = Catalogue::default();
    let known = catalogue.find(kind);
    let mut placed = Placed::default();
    for (name, text) in last {
        let attribute = known.and_then(|kind| kind.attribute(&name.to_lowercase()));
        let is_number = !attribute.is_some_and(|attribute| takes_more(&attribute.value_type));
        let value = match dialect {
            Dialect::Toxiproxy if is_number => go_number::parse(text),
            Dialect::Toxiproxy | Dialect::Aconite => value(name, text, attribute)?,
        };
        let is_beside = attribute.is_some_and(|attribute| attribute.beside);
        let place = match is_beside && dialect == Dialect::Aconite {
            true => &mut placed.beside,
            false => &mut placed.inside,
        };
        place.0.push((Cow::Owned(name.to_owned()), value));
    }
    Ok(placed)
}

/// A value by the type of its attribute. `None`: an attribute of a kind that is not known here.
fn value(name: &str, text: &str, attribute: Option<&Attribute>) -> Result<Value, CommandError> {
    let value_type = attribute.map(|attribute| &attribute.value_type);
    let parsed = || serde_json::from_str::<Value>(text);
    match text.as_bytes().first() {
        // Quotes make a text of what would be a number, and allow commas.
        Some(b'"') => Ok(parsed().unwrap_or_else(|_| text.into())),
        _ if value_type.is_some_and(is_text) => Ok(text.into()),
        Some(b'{' | b'[') => match parsed() {
            Ok(value) => Ok(value),
            Err(error) if value_type.is_some() => Err(bad_json(name, text, &error)),
            Err(_) => Ok(text.into()),
        },
        _ if !text.is_empty()
            && let Some(error) =
                attribute.and_then(|attribute| json_hint::wrong_form(attribute, text)) =>
        {
            Err(error)
        }
        _ if matches!(value_type, Some(Type::Integer { .. })) && is_beyond(text) => {
            let text = format!("attribute {name} is {}.", shorten(text, SHOWN));
            let hint = format!("Give a whole number of at most {}.", i64::MAX);
            Err(CommandError::local(text).with_hint(Some(hint)))
        }
        _ => match (text, value_type) {
            ("true" | "false", None) => Ok((text == "true").into()),
            ("true" | "false", Some(known)) if takes_boolean(known) => Ok((text == "true").into()),
            _ => Ok(go_number::parse(text)),
        },
    }
}

/// Whether the text is a whole number that no integer can hold. As a float, it would be another number.
fn is_beyond(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.len() > 1
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && text.parse::<i64>().is_err()
}

fn bad_json(name: &str, text: &str, error: &serde_json::Error) -> CommandError {
    let text = shorten(text, SHOWN);
    let text = format!("attribute {name} is {text}, which is not valid JSON: {error}");
    let hint = "Put names and texts in double quotes, and the whole in single quotes for the shell: -a 'NAME={\"FIELD\": 5}'.";
    CommandError::local(text).with_hint(Some(hint.to_owned()))
}

/// Whether any text is a value of this type, so that nothing else can be meant.
fn is_text(value_type: &Type) -> bool {
    matches!(value_type, Type::Text { .. })
}

/// Whether Toxiproxy has no attribute of this type.
fn takes_more(value_type: &Type) -> bool {
    match value_type {
        Type::Null | Type::Integer { .. } | Type::Number { .. } => false,
        Type::Boolean | Type::Duration { .. } => false,
        Type::Text { .. } | Type::List { .. } | Type::Map { .. } | Type::Object { .. } => true,
        Type::OneOf(types) => types.iter().any(takes_more),
    }
}

fn takes_boolean(value_type: &Type) -> bool {
    match value_type {
        Type::Boolean => true,
        Type::OneOf(types) => types.iter().any(takes_boolean),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
        let given = given.iter();
        given
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    fn members(attributes: &Attributes) -> Value {
        serde_json::to_value(attributes).unwrap()
    }

    #[test]
    fn toxiproxys_client_sends_numbers_and_texts_only() {
        let given = pairs(&[("latency", "1e3"), ("jitter", "[1]"), ("on", "true")]);
        let placed = placed(Dialect::Toxiproxy, "latency", &given).unwrap();
        let expected = json!({"latency": 1000, "jitter": "[1]", "on": "true"});
        assert_eq!(members(&placed.inside), expected);
        assert_eq!(members(&placed.beside), json!({}));
    }

    #[test]
    fn a_whole_number_beyond_an_integer_is_refused_as_it_was_written() {
        for text in ["9223372036854775808", "-99999999999999999999"] {
            let given = pairs(&[("latency", text)]);
            let error = placed(Dialect::Aconite, "latency", &given).unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
        let given = pairs(&[("latency", "9223372036854775807")]);
        let placed = placed(Dialect::Aconite, "latency", &given).unwrap();
        assert_eq!(members(&placed.inside), json!({"latency": i64::MAX}));
    }

    #[test]
    fn the_last_of_two_values_is_sent() {
        let given = pairs(&[("latency", "5"), ("latency", "6")]);
        let placed = placed(Dialect::Aconite, "latency", &given).unwrap();
        assert_eq!(members(&placed.inside), json!({"latency": 6}));
    }

    #[test]
    fn a_kind_that_is_not_known_gets_json_where_the_text_is_json() {
        let given = pairs(&[
            ("a", r#"{"x":[1,2]}"#),
            ("b", "true"),
            ("c", "[x"),
            ("d", "1.5"),
            ("e", r#""7,8""#),
        ]);
        let placed = placed(Dialect::Aconite, "future", &given).unwrap();
        let expected = json!({"a": {"x": [1, 2]}, "b": true, "c": "[x", "d": 1.5, "e": "7,8"});
        assert_eq!(members(&placed.inside), expected);
    }

    #[test]
    fn values_follow_the_type_of_the_attribute() {
        let text = Attribute::new("a", Type::text());
        let flag = Attribute::new("a", Type::one_of(vec![Type::Boolean, Type::duration()]));
        let list = Attribute::new("a", Type::list(Type::integer(0..=9)));
        for (attribute, written, expected) in [
            (&text, "5", json!("5")),
            (&text, "{x", json!("{x")),
            (&text, r#""5,6""#, json!("5,6")),
            (&text, r#""5"#, json!(r#""5"#)),
            (&flag, "true", json!(true)),
            (&flag, "30s", json!("30s")),
            (&flag, "30", json!(30)),
            (&list, "[1,2]", json!([1, 2])),
        ] {
            let value = value("a", written, Some(attribute)).unwrap();
            assert_eq!(value, expected, "{written}");
        }
        let error = value("a", "[1,", Some(&list)).unwrap_err().to_string();
        assert!(
            error.contains("attribute a is [1,, which is not valid JSON: EOF"),
            "{error}"
        );
    }
}
