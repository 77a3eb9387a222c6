//! Checks of a toxic's attributes before anything is sent, from the catalogue of kinds.
//!
//! Toxiproxy ignores an attribute that a kind does not have, and accepts values that make no sense,
//! so a typing error creates a toxic that does nothing. `aconite` rejects both; called as
//! `toxiproxy-cli` it only adds a note. Kinds that are not in the catalogue are left to the server,
//! which may be newer.

use crate::args::client::Dialect;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::go_number;
use crate::toxics::{Catalogue, Kind, ToxicOption, Value};
use crate::util::suggest::nearest;
use crate::wire::ErrorCode;

/// Checks the attributes that were given for a kind.
pub(crate) fn check(
    context: &mut CommandContext<'_>,
    kind: &str,
    given: &[(String, String)],
) -> Result<(), CommandError> {
    let catalogue = Catalogue::default();
    let Some(kind) = catalogue.find(kind) else {
        return Ok(());
    };
    for (name, _) in given {
        if let Some((text, hint)) = unknown(kind, name, context.dialect()) {
            refuse_or_note(context, text, hint)?;
        }
    }
    check_values(context, kind, given)
}

/// The message for an attribute that the kind does not have. `None`: the kind has it.
fn unknown(kind: &Kind, name: &str, dialect: Dialect) -> Option<(String, String)> {
    let attributes = kind.attributes.iter().map(|attribute| attribute.name);
    let known: Vec<&str> = attributes.collect();
    let own = kind.own_attributes().iter();
    let own: Vec<&str> = own.map(|attribute| attribute.name).collect();
    let is_option = ToxicOption::find(name).is_some();
    // The server also accepts a toxic's options among its attributes, for clients without flags for
    // them. `aconite` has flags, which check more.
    let is_taken = dialect == Dialect::Toxiproxy && is_option;
    if is_taken || known.contains(&name.to_lowercase().as_str()) {
        return None;
    }
    let hint = match nearest(name, known.iter().copied()) {
        _ if is_option => {
            "It is an option of the toxic: see `aconite toxic add --help`.".to_owned()
        }
        Some(nearest) => format!("Did you mean {nearest}?"),
        None if own.is_empty() => "It has no attributes.".to_owned(),
        None => format!("It has {}.", own.join(", ")),
    };
    Some((format!("{} has no attribute {name:?}.", kind.name), hint))
}

/// The server, like Toxiproxy, accepts values that make no sense; they act like the nearest valid
/// value.
fn check_values(
    context: &mut CommandContext<'_>,
    kind: &Kind,
    given: &[(String, String)],
) -> Result<(), CommandError> {
    for attribute in &kind.attributes {
        let values = given
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(attribute.name));
        let mut values = values.filter_map(|(_, text)| number(text));
        let Some(value) = values.find(|value| attribute.value_type.is_odd(value)) else {
            continue;
        };
        let (name, unit) = (attribute.name, attribute.unit);
        let text = format!("attribute {name} of {} is {value}.", kind.name);
        let range = attribute.value_type.range();
        let hint = match unit {
            "" => format!("Give {range}."),
            unit => format!("Give {range} (in {unit})."),
        };
        refuse_or_note(context, text, hint)?;
    }
    Ok(())
}

/// The number that the server will read, if the text is one.
fn number(text: &str) -> Option<Value> {
    let number = go_number::parse(text);
    let whole = number.as_i64().map(Value::from);
    whole.or_else(|| number.as_f64().map(Value::from))
}

fn refuse_or_note(
    context: &mut CommandContext<'_>,
    text: String,
    hint: String,
) -> Result<(), CommandError> {
    if context.dialect() == Dialect::Aconite {
        return Err(CommandError::local(text).with_hint(Some(hint)));
    }
    context.note(format!("{text} {hint}"));
    Ok(())
}

/// The kind that may have been meant, if the server rejected one of these as unknown.
pub(crate) fn kind_hint<'a>(
    error: &RequestError,
    kinds: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    if error.error_code() != Some(ErrorCode::InvalidToxicType) {
        return None;
    }
    let catalogue = Catalogue::default();
    let unknown = kinds
        .into_iter()
        .find(|kind| catalogue.find(kind).is_none())?;
    Some(unknown_kind(unknown, catalogue.names()))
}

/// The remedy for a kind that is not one of these.
pub(crate) fn unknown_kind<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let nearest = nearest(name, known);
    let nearest = nearest.map(|nearest| format!("Did you mean {nearest}? "));
    let nearest = nearest.unwrap_or_default();
    format!("{nearest}`aconite toxic types` explains every type.")
}
