//! Errors as providers of APIs send them: what their client libraries parse into their own errors.
//!
//! Each follows the provider's public documentation of errors, which is named beside it. Texts are our
//! own where the documentation has none. Must not know what a toxic does with them.

mod answers;
mod streams;

use crate::protocol::http::RetryAfter;
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::values::Values;
use crate::util::suggest::nearest;
use crate::util::text::shorten;

/// An error as a provider sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in the API.
    pub name: &'static str,
    /// One line for users.
    pub about: &'static str,
    /// The kind of toxic that takes it: `respond` for an answer, `modify_body` for an event inside of
    /// an answer.
    pub kind: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// When the client may ask again.
    pub retry_after: Option<RetryAfter>,
    /// The fields of the answer.
    pub fields: &'static [(&'static str, &'static str)],
    /// The body, or the event.
    pub body: &'static str,
}

impl Preset {
    pub(super) fn headers(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter();
        let owned = fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect()
    }
}

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
