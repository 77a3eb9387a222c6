//! `toxic types`: explains the kinds of toxic, from the catalogue.

use std::sync::Arc;

use serde_json::{Value, json};

use super::attributes::unknown_kind;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::colour::{Colour, Palette};
use crate::cli::output::format::{OutputFormat, json};
use crate::toxics::{Attribute, Catalogue, Kind, Type};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: Option<&str>,
) -> Result<String, CommandError> {
    let catalogue = Catalogue::default();
    let kinds: Vec<&Arc<Kind>> = match name {
        None => catalogue.kinds().collect(),
        Some(name) => vec![catalogue.find(name).ok_or_else(|| {
            let text = format!("There is no type of toxic {name:?}.");
            CommandError::local(text).with_hint(Some(unknown_kind(name)))
        })?],
    };
    if context.format() == OutputFormat::Json {
        let list: Vec<Value> = kinds.into_iter().map(|kind| as_json(kind)).collect();
        return Ok(json(&list.into()));
    }
    let palette = context.palette();
    let texts = kinds.into_iter().map(|kind| explain(palette, kind));
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

fn explain(palette: Palette, kind: &Kind) -> String {
    let mut text = format!(
        "{}\n  {}\n",
        palette.text(Colour::Green, kind.name),
        kind.about
    );
    let width = kind.attributes.iter().map(|attribute| attribute.name.len());
    let width = width.max().unwrap_or(0);
    for attribute in &kind.attributes {
        let gap = " ".repeat(width - attribute.name.len());
        let name = palette.text(Colour::Blue, attribute.name);
        let facts = facts(attribute);
        text.push_str(&format!("    {name}{gap}  {}\n", attribute.about));
        text.push_str(&format!("    {:width$}  {facts}\n", ""));
    }
    if kind.attributes.is_empty() {
        text.push_str("    no attributes\n");
    }
    text
}

/// Unit, range and default of an attribute.
fn facts(attribute: &Attribute) -> String {
    let range = match &attribute.value_type {
        Type::Text { choices: [], .. } => "a text".to_owned(),
        Type::List { .. } | Type::Map { .. } | Type::Duration { .. } => {
            attribute.value_type.expected(attribute.unit)
        }
        value_type => value_type.range(),
    };
    let unit = match attribute.unit {
        "" => String::new(),
        unit => format!("in {unit}, "),
    };
    let default = match &attribute.default {
        Some(value) => format!("default {value}"),
        None if attribute.required => "must be given".to_owned(),
        None => "may be left out".to_owned(),
    };
    format!("{unit}{range}, {default}")
}

fn as_json(kind: &Kind) -> Value {
    let attribute = |attribute: &Attribute| {
        let sensible = match &attribute.value_type {
            Type::Integer { sensible, .. } => Some(sensible),
            _ => None,
        };
        let default = attribute.default.as_ref();
        json!({
            "name": attribute.name,
            "about": attribute.about,
            "unit": attribute.unit,
            "minimum": sensible.map(|sensible| *sensible.start()),
            "maximum": sensible.map(|sensible| *sensible.end()),
            "default": default.and_then(|value| value.as_integer()),
        })
    };
    let attributes: Vec<Value> = kind.attributes.iter().map(attribute).collect();
    json!({ "type": kind.name, "about": kind.about, "attributes": attributes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_explained_with_units_ranges_and_defaults() {
        for kind in Catalogue::default().kinds() {
            let text = explain(Palette::new(false), kind);
            assert!(text.starts_with(&format!("{}\n  {}\n", kind.name, kind.about)));
            for attribute in &kind.attributes {
                assert!(text.contains(&format!("    {}", attribute.name)), "{text}");
                assert!(text.contains(attribute.about), "{text}");
            }
        }
        let slicer = explain(
            Palette::new(false),
            Catalogue::default().find("slicer").unwrap(),
        );
        assert!(
            slicer.contains("in bytes, 1 or more, must be given\n"),
            "{slicer}"
        );
        assert!(slicer.contains("in µs, 0 or more, default 0\n"), "{slicer}");
    }
}
