//! What to write for an attribute that takes only a list or an object, if something else was written.

use serde_json::{Map, Value as Json};

use crate::cli::error::CommandError;
use crate::toxics::{Attribute, Type, Value};
use crate::util::duration;
use crate::util::text::shorten;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// The error for a text in place of a list or an object. `None`: the attribute takes other values too.
pub(crate) fn wrong_form(attribute: &Attribute, text: &str) -> Option<CommandError> {
    let value_type = &attribute.value_type;
    if !matches!(
        value_type,
        Type::List { .. } | Type::Map { .. } | Type::Object { .. }
    ) {
        return None;
    }
    let name = attribute.name;
    let example = meant(value_type, text).unwrap_or_else(|| json(&attribute.some_value()));
    let expected = value_type.expected(attribute.unit);
    let text = shorten(text, SHOWN);
    let text = format!("attribute {name} is {text}, but must be {expected}.");
    let hint = format!("Write it as JSON, in single quotes for the shell: -a '{name}={example}'");
    Some(CommandError::local(text).with_hint(Some(hint)))
}

/// The object with the one field that takes the text, if the others may be left out.
fn meant(value_type: &Type, text: &str) -> Option<Json> {
    let Type::Object { fields } = value_type else {
        return None;
    };
    if fields.iter().any(|field| field.required) {
        return None;
    }
    let value_of = |field: &Attribute| match &field.value_type {
        Type::Duration { .. } if text.parse::<f64>().is_err() => {
            duration::parse(text).ok().map(|_| Json::from(text))
        }
        Type::Integer { accepted, .. } => {
            let number = text.parse().ok();
            let number = number.filter(|number| accepted.contains(number));
            number.map(Json::from)
        }
        _ => None,
    };
    let mut fields = fields.iter();
    let (name, value) = fields.find_map(|field| Some((field.name, value_of(field)?)))?;
    Some(Map::from_iter([(name.to_owned(), value)]).into())
}

fn json(value: &Value) -> Json {
    match value {
        Value::List(entries) => entries.iter().map(json).collect(),
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(name, value)| (name.clone(), json(value)));
            Json::Object(entries.collect())
        }
        Value::Duration(time) => duration::text(*time).into(),
        Value::Text(text) => text.as_str().into(),
        other => serde_json::from_str(&other.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::Catalogue;

    #[test]
    fn a_text_in_place_of_an_object_is_answered_with_the_object() {
        let catalogue = Catalogue::default();
        for (kind, name, text, hint) in [
            ("noop", "after", "5s", r#"-a 'after={"time":"5s"}'"#),
            ("noop", "after", "100", r#"-a 'after={"bytes":100}'"#),
            ("noop", "after", "soon", r#"-a 'after={"time":"5s"}'"#),
            (
                "latency",
                "wave",
                "60s",
                r#"-a 'wave={"amplitude":50,"period":"1m0s","shape":"sine"}'"#,
            ),
            ("bandwidth", "trace", "9", "-a 'trace=[[0,1000],[10,200]]'"),
        ] {
            let kind = catalogue.find(kind).unwrap();
            let error = wrong_form(kind.attribute(name).unwrap(), text).unwrap();
            let seen = error.hint.clone().unwrap();
            assert!(seen.ends_with(hint), "{seen}");
            assert!(
                error
                    .to_string()
                    .contains(&format!("attribute {name} is {text}, but"))
            );
        }
        let latency = catalogue.find("latency").unwrap();
        for name in ["latency", "per", "framing"] {
            assert!(
                wrong_form(latency.attribute(name).unwrap(), "x").is_none(),
                "{name}"
            );
        }
    }
}
