//! `toxic types`: explains the types of toxic that the server knows. If no server answers, or it has no
//! such list, these are the types of this program.

use std::time::Duration;

use super::attributes::unknown_kind;
use crate::cli::api::client::Verb;
use crate::cli::api::response;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::colour::{Colour, Palette};
use crate::cli::output::format::{OutputFormat, json};
use crate::cli::output::wrap::hanging;
use crate::toxics::Catalogue;
use crate::util::text::escape;
use crate::wire::{AttributeType, ToxicType, ToxicTypes};

/// The time limit for the server's answer, because there is an answer without it.
const LIMIT: Duration = Duration::from_millis(500);

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: Option<&str>,
) -> Result<String, CommandError> {
    let all = known(context).types;
    let types: Vec<&ToxicType> = match name {
        None => all.iter().collect(),
        Some(name) => {
            let found = all.iter().find(|one| one.name == name);
            vec![found.ok_or_else(|| {
                let text = format!("There is no type of toxic {name:?}.");
                let names = all.iter().map(|one| one.name.as_str());
                CommandError::local(text).with_hint(Some(unknown_kind(name, names)))
            })?]
        }
    };
    if context.format() == OutputFormat::Json {
        let list = serde_json::to_value(&types).unwrap_or_default();
        return Ok(json(&list));
    }
    let look = (context.palette(), context.width());
    if name.is_some() {
        let texts = types.into_iter().map(|one| explain(look, one, |_| true));
        return Ok(texts.collect());
    }
    let own = |attribute: &&AttributeType| !attribute.every_type;
    let common = types.first().and_then(|one| every_type(look, one));
    let texts = types.into_iter().map(|one| explain(look, one, own));
    Ok(texts.chain(common).collect::<Vec<_>>().join("\n"))
}

/// The types that the server knows, which may have more than this program, or fewer.
fn known(context: &CommandContext<'_>) -> ToxicTypes {
    let answer = context
        .api()
        .send_within(LIMIT, Verb::Get, "/toxic-types", None);
    let types = answer.ok().and_then(|answer| response::typed(&answer).ok());
    types.unwrap_or_else(|| ToxicTypes::from(&Catalogue::default()))
}

/// The colours, and the columns that there are.
type Look = (Palette, Option<usize>);

/// The attributes of every type, which one type is enough to know. `None`: there are none.
fn every_type(look: Look, one: &ToxicType) -> Option<String> {
    let common = one
        .attributes
        .iter()
        .filter(|attribute| attribute.every_type);
    let common: Vec<&AttributeType> = common.collect();
    let title = look.0.text(Colour::Green, "every type");
    let attributes = describe(look, &common);
    (!common.is_empty()).then(|| format!("{title}\n  Takes these too.\n{attributes}"))
}

fn explain(look: Look, one: &ToxicType, is_shown: impl Fn(&&AttributeType) -> bool) -> String {
    let title = look.0.text(Colour::Green, &escape(&one.name));
    let shown: Vec<&AttributeType> = one.attributes.iter().filter(is_shown).collect();
    let attributes = match shown.is_empty() {
        true => "    no attributes\n".to_owned(),
        false => describe(look, &shown),
    };
    let about = hanging(&escape(&one.about), 2, look.1);
    format!("{title}\n  {about}{attributes}")
}

fn describe((palette, columns): Look, attributes: &[&AttributeType]) -> String {
    let mut text = String::new();
    let width = attributes.iter().map(|attribute| attribute.name.len());
    let width = width.max().unwrap_or(0);
    for attribute in attributes {
        let gap = " ".repeat(width - attribute.name.len());
        let name = palette.text(Colour::Blue, &escape(&attribute.name));
        let indent = width + 6;
        let about = hanging(&escape(&attribute.about), indent, columns);
        let facts = hanging(&escape(&facts(attribute)), indent, columns);
        text.push_str(&format!("    {name}{gap}  {about}{:indent$}{facts}", ""));
    }
    text
}

/// Unit, range and default of an attribute.
fn facts(attribute: &AttributeType) -> String {
    let unit = match attribute.unit.as_str() {
        "" => String::new(),
        unit => format!("in {unit}, "),
    };
    let default = match &attribute.default {
        _ if attribute.required => "must be given".to_owned(),
        value if value.is_null() => "may be left out".to_owned(),
        value => format!("default {value}"),
    };
    format!("{unit}{}, {default}", attribute.takes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_explained_with_units_ranges_and_defaults() {
        for kind in Catalogue::default().kinds() {
            let text = explain(
                (Palette::new(false), None),
                &ToxicType::from(&**kind),
                |_| true,
            );
            assert!(text.starts_with(&format!("{}\n  {}\n", kind.name, kind.about)));
            for attribute in &kind.attributes {
                assert!(text.contains(&format!("    {}", attribute.name)), "{text}");
                assert!(text.contains(attribute.about), "{text}");
            }
        }
        let catalogue = Catalogue::default();
        let slicer = catalogue.find("slicer").unwrap();
        let slicer = explain(
            (Palette::new(false), None),
            &ToxicType::from(&**slicer),
            |_| true,
        );
        assert!(
            slicer.contains("in bytes, 1 or more, must be given\n"),
            "{slicer}"
        );
        assert!(slicer.contains("in µs, 0 or more, default 0\n"), "{slicer}");
    }
}
