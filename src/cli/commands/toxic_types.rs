//! `toxic types`: explains the kinds of toxic, from the catalogue.

use std::sync::Arc;

use serde_json::{Value, json};

use super::attributes::unknown_kind;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::colour::{Colour, Palette};
use crate::cli::output::format::{OutputFormat, json};
use crate::toxics::{self, Attribute, Catalogue, Kind, Type, common_attributes};

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
    let common = match (name, common_attributes()) {
        (None, common) if !common.is_empty() => {
            let title = palette.text(Colour::Green, "every type");
            let attributes = describe(palette, &common);
            Some(format!("{title}\n  Takes these too.\n{attributes}"))
        }
        _ => None,
    };
    let texts = kinds.into_iter().map(|kind| match name {
        None => explain(palette, kind, kind.own_attributes()),
        Some(_) => explain(palette, kind, &kind.attributes),
    });
    Ok(texts.chain(common).collect::<Vec<_>>().join("\n"))
}

fn explain(palette: Palette, kind: &Kind, attributes: &[Attribute]) -> String {
    let title = palette.text(Colour::Green, kind.name);
    let attributes = match attributes {
        [] => "    no attributes\n".to_owned(),
        attributes => describe(palette, attributes),
    };
    format!("{title}\n  {}\n{attributes}", kind.about)
}

fn describe(palette: Palette, attributes: &[Attribute]) -> String {
    let mut text = String::new();
    let width = attributes.iter().map(|attribute| attribute.name.len());
    let width = width.max().unwrap_or(0);
    for attribute in attributes {
        let gap = " ".repeat(width - attribute.name.len());
        let name = palette.text(Colour::Blue, attribute.name);
        let facts = facts(attribute);
        text.push_str(&format!("    {name}{gap}  {}\n", attribute.about));
        text.push_str(&format!("    {:width$}  {facts}\n", ""));
    }
    text
}

/// Unit, range and default of an attribute.
fn facts(attribute: &Attribute) -> String {
    let range = attribute.value_type.brief();
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
        let (minimum, maximum) = match &attribute.value_type {
            Type::Integer { sensible, .. } => (json!(sensible.start()), json!(sensible.end())),
            Type::Number { sensible, .. } => (json!(sensible.start()), json!(sensible.end())),
            _ => (Value::Null, Value::Null),
        };
        json!({
            "name": attribute.name,
            "about": attribute.about,
            "unit": attribute.unit,
            "minimum": minimum,
            "maximum": maximum,
            "default": attribute.default.as_ref().map(as_value),
            "takes": attribute.value_type.brief(),
            "required": attribute.required,
            "placed": if attribute.beside { "toxic" } else { "attributes" },
        })
    };
    let attributes: Vec<Value> = kind.attributes.iter().map(attribute).collect();
    json!({ "type": kind.name, "about": kind.about, "attributes": attributes })
}

/// A default as the API shows it. Values are written as JSON, except times, which are bare there.
fn as_value(default: &toxics::Value) -> Value {
    let text = default.to_string();
    serde_json::from_str(&text).unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_explained_with_units_ranges_and_defaults() {
        for kind in Catalogue::default().kinds() {
            let text = explain(Palette::new(false), kind, &kind.attributes);
            assert!(text.starts_with(&format!("{}\n  {}\n", kind.name, kind.about)));
            for attribute in &kind.attributes {
                assert!(text.contains(&format!("    {}", attribute.name)), "{text}");
                assert!(text.contains(attribute.about), "{text}");
            }
        }
        let catalogue = Catalogue::default();
        let slicer = catalogue.find("slicer").unwrap();
        let slicer = explain(Palette::new(false), slicer, slicer.own_attributes());
        assert!(
            slicer.contains("in bytes, 1 or more, must be given\n"),
            "{slicer}"
        );
        assert!(slicer.contains("in µs, 0 or more, default 0\n"), "{slicer}");
    }
}
