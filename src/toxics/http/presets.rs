//! Errors as providers of APIs send them: what their client libraries parse into their own errors.
//!
//! Each follows the provider's public documentation of errors, which is named beside it. Texts are our
//! own where the documentation has none. Must not know what a toxic does with them.

mod answers;
mod preset;
mod streams;

pub use preset::Preset;

use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::values::Values;
use crate::util::suggest::nearest;
use crate::util::text::shorten;

/// All presets, in the order of the documentation.
pub fn presets() -> impl Iterator<Item = &'static Preset> + Clone {
    answers::ANSWERS.iter().chain(streams::EVENTS)
}

const PRESET: &str = "preset";

/// The attribute.
pub(in crate::toxics) fn preset_attribute() -> Attribute {
    let name = Type::Text {
        choices: &[],
        max_bytes: 100,
    };
    Attribute::new(PRESET, name).beside()
}

/// The preset of an answer that the values name.
///
/// Errors: there is none of this name.
pub(in crate::toxics) fn answer_preset(
    values: &Values,
) -> Result<Option<&'static Preset>, AttributeError> {
    find(values, "respond")
}

/// The preset of an event that the values name.
///
/// Errors: there is none of this name.
pub(in crate::toxics) fn stream_preset(
    values: &Values,
) -> Result<Option<&'static Preset>, AttributeError> {
    find(values, "modify_body")
}

fn find(values: &Values, kind: &str) -> Result<Option<&'static Preset>, AttributeError> {
    let name = values.text(PRESET);
    if name.is_empty() {
        return Ok(None);
    }
    let found = presets().find(|preset| preset.name == name);
    match found {
        Some(preset) if preset.kind == kind => Ok(Some(preset)),
        Some(preset) => {
            let problem = format!("is {name:?}, which is for {}, not for {kind}", preset.kind);
            Err(AttributeError::conflict(PRESET, problem))
        }
        None => {
            let names = presets().filter(|preset| preset.kind == kind);
            let names = names.map(|preset| preset.name);
            let remedy = match nearest(name, names.clone()) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("use one of {}", names.collect::<Vec<_>>().join(", ")),
            };
            let name = shorten(name, 40);
            let problem = format!("is {name:?}, which is no preset: {remedy}");
            Err(AttributeError::conflict(PRESET, problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_valid_answer_with_a_name_of_its_own() {
        let mut names: Vec<&str> = presets().map(|preset| preset.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), presets().count());
        for preset in presets() {
            assert!((200..600).contains(&preset.status), "{}", preset.name);
            let framing = ["retry-after", "retry-after-ms", "content-length"];
            for (name, value) in preset.fields {
                assert!(!framing.contains(name), "{} has {name}", preset.name);
                assert!(value.bytes().all(|byte| (b' '..0x7f).contains(&byte)));
            }
            let is_json = |text: &str| text.starts_with('{') && text.trim_end().ends_with('}');
            match preset.kind {
                "respond" => assert!(is_json(preset.body), "{}", preset.name),
                _ => {
                    // A whole event: fields, then an empty line.
                    assert!(preset.body.ends_with("\n\n"), "{}", preset.name);
                    let data = preset
                        .body
                        .lines()
                        .find_map(|line| line.strip_prefix("data: "));
                    assert!(data.is_some_and(is_json), "{}", preset.name);
                }
            }
        }
    }
}
