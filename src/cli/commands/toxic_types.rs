//! `toxic types`: explains the kinds of toxic, from the catalogue.

use serde_json::{Value, json};

use super::attributes::unknown_kind;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::colour::{Colour, Palette};
use crate::cli::output::format::{OutputFormat, json};
use crate::toxics::{Attribute, KINDS, Kind, find};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: Option<&str>,
) -> Result<String, CommandError> {
    let kinds: Vec<&Kind> = match name {
        None => KINDS.iter().collect(),
        Some(name) => vec![find(name).ok_or_else(|| {
            let text = format!("There is no kind of toxic {name:?}.");
            CommandError::local(text).with_hint(Some(unknown_kind(name)))
        })?],
    };
    if context.format() == OutputFormat::Json {
        let list: Vec<Value> = kinds.into_iter().map(as_json).collect();
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
    for attribute in kind.attributes {
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
    let range = match (attribute.sensible.start(), attribute.sensible.end()) {
        (&i64::MIN, &i64::MAX) => "any number".to_owned(),
        (low, &i64::MAX) => format!("{low} or more"),
        (low, high) => format!("{low} to {high}"),
    };
    let default = match attribute.default {
        Some(value) => format!("default {value}"),
        None => "must be given".to_owned(),
    };
    format!("in {}, {range}, {default}", attribute.unit)
}

fn as_json(kind: &Kind) -> Value {
    let attribute = |attribute: &Attribute| {
        json!({
            "name": attribute.name,
            "about": attribute.about,
            "unit": attribute.unit,
            "minimum": attribute.sensible.start(),
            "maximum": attribute.sensible.end(),
            "default": attribute.default,
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
        for kind in KINDS {
            let text = explain(Palette::new(false), kind);
            assert!(text.starts_with(&format!("{}\n  {}\n", kind.name, kind.about)));
            for attribute in kind.attributes {
                assert!(text.contains(&format!("    {}", attribute.name)), "{text}");
                assert!(text.contains(attribute.about), "{text}");
            }
        }
        let slicer = explain(Palette::new(false), find("slicer").unwrap());
        assert!(
            slicer.contains("in bytes, 1 or more, must be given\n"),
            "{slicer}"
        );
        assert!(slicer.contains("in µs, 0 or more, default 0\n"), "{slicer}");
    }
}
