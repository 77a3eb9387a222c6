//! Decodes profiles: the choice of one in a request, and the custom ones of a config file.

use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::fields::{OBJECT, first, keep, list, object, string};
use super::json;
use super::proxies::toxic;
use super::toxic_options;
use super::unknown_fields;
use crate::control::{MAX_PROFILES, NewProfile, NewToxic, Profile};

/// The most toxics that the profiles of a file may have in total.
const MOST_TOXICS: usize = 100_000;
/// What the `profiles` of a config file must be.
pub(crate) const PROFILES: &str = "an object with a profile for each name";
/// What the toxics of a profile must be.
pub(crate) const TOXICS: &str = "a list of toxics";

/// Decodes the body of `PUT /proxies/{proxy}/profile`.
pub(crate) fn new_profile(body: &[u8]) -> Result<NewProfile, DecodeError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut new = NewProfile::default();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        if name == "name" {
            keep(&mut new.name, string(here.field("name"), raw)?);
        } else if !toxic_options::take(&mut new.options, here, &name, raw)? {
            unknown_fields::keep(&mut new.unknown, &name);
        }
    }
    Ok(new)
}

/// Decodes the `profiles` of a config file. `null` counts as absent.
///
/// # Errors
/// The error names the field, its value and what was expected.
pub(crate) fn read_profiles(raw: &RawValue) -> Result<Vec<Profile>, DecodeError> {
    let here = JsonPath::default().field("profiles");
    let mut profiles = Vec::new();
    let mut toxics = 0;
    for (name, raw) in members(here, raw, PROFILES)? {
        let profile = profile(name, raw)?;
        toxics += profile.upstream.len() + profile.downstream.len();
        if profiles.len() >= MAX_PROFILES || toxics > MOST_TOXICS {
            let why = format!("more than {MAX_PROFILES} profiles, or {MOST_TOXICS} toxics in them");
            return Err(DecodeError::TooMuch(why));
        }
        profiles.push(profile);
    }
    Ok(profiles)
}

fn members<'a>(
    here: JsonPath,
    raw: &'a RawValue,
    expected: &'static str,
) -> Result<Vec<(String, &'a RawValue)>, DecodeError> {
    match super::fields::look(raw)? {
        json::Value::Null => Ok(Vec::new()),
        // Names of profiles keep their case.
        json::Value::Object(_) => {
            json::members(raw).map_err(|error| DecodeError::TooMuch(error.to_string()))
        }
        _ => Err(here.wrong(raw.get(), expected)),
    }
}

fn profile(name: String, raw: &RawValue) -> Result<Profile, DecodeError> {
    let mut profile = Profile {
        name,
        ..Profile::default()
    };
    for (field, raw) in object(JsonPath::default().field("profiles"), raw)? {
        take_profile_field(&mut profile, &field, raw)?;
    }
    Ok(profile)
}

/// Decodes a field of a profile. Returns whether the field is known.
pub(crate) fn take_profile_field(
    profile: &mut Profile,
    field: &str,
    raw: &RawValue,
) -> Result<bool, DecodeError> {
    let here = JsonPath::default();
    match field {
        "description" => replace(
            &mut profile.description,
            string(here.field("description"), raw)?,
        ),
        "source" => replace(&mut profile.source, string(here.field("source"), raw)?),
        "upstream" => replace(&mut profile.upstream, toxics(here.field("upstream"), raw)?),
        "downstream" => replace(
            &mut profile.downstream,
            toxics(here.field("downstream"), raw)?,
        ),
        _ => return Ok(false),
    }
    Ok(true)
}

fn replace<T>(slot: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *slot = given;
    }
}

fn toxics(here: JsonPath, raw: &RawValue) -> Result<Option<Vec<NewToxic>>, DecodeError> {
    let Some(entries) = list(here, raw, TOXICS)? else {
        return Ok(None);
    };
    let entries = entries.into_iter().enumerate();
    let read = entries.map(|(index, raw)| toxic(here.toxic(index), raw));
    read.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<Vec<Profile>, DecodeError> {
        read_profiles(json::first(text).unwrap())
    }

    #[test]
    fn a_choice_has_a_name_and_options_of_toxics() {
        let text = r#"{"name": "3g", "session": "s", "duration": "30s", "odd": 1, "_note": 2}"#;
        let new = new_profile(text.as_bytes()).unwrap();
        assert_eq!(new.name.as_deref(), Some("3g"));
        assert_eq!(new.options.session.as_deref(), Some("s"));
        assert_eq!(new.options.duration, Some(Duration::from_secs(30)));
        assert_eq!(new.unknown, ["odd"]);
        for (bad, part) in [
            (r#"{"name": 3}"#, "name is 3, expected a string"),
            (r#"{"duration": "soon"}"#, "duration is \"soon\""),
            ("[]", "expected an object"),
        ] {
            let error = new_profile(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(part), "{bad}: {error}");
        }
    }

    #[test]
    fn profiles_of_a_file_keep_the_case_of_their_names() {
        let text = r#"{"Office": {"Description": "d", "source": "s", "upstream": [{"type": "noop"}],
            "downstream": [{"type": "latency", "attributes": {"latency": 5}}], "more": 1},
            "b": null, "Office ": {}, "b": {"upstream": [], "upstream": null}}"#;
        let profiles = read(text).unwrap();
        let names: Vec<&str> = profiles.iter().map(|one| one.name.as_str()).collect();
        // If a name is repeated, the last one counts, but each is checked.
        assert_eq!(names, ["Office", "b", "Office ", "b"]);
        let office = &profiles[0];
        assert_eq!(
            (office.description.as_str(), office.source.as_str()),
            ("d", "s")
        );
        assert_eq!(office.upstream[0].kind, "noop");
        assert_eq!(office.downstream[0].attributes[0].1, 5.into());
        assert!(read("null").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_profile_is_named() {
        for (bad, part) in [
            ("[]", "profiles is [], expected an object with a profile"),
            (r#"{"a": 5}"#, "profiles is 5, expected an object"),
            (
                r#"{"a": {"upstream": {}}}"#,
                "upstream is {}, expected a list of toxics",
            ),
            (
                r#"{"a": {"upstream": [{"type": 5}]}}"#,
                "toxics[0].type is 5",
            ),
        ] {
            let error = read(bad).unwrap_err().to_string();
            assert!(error.contains(part), "{bad}: {error}");
        }
    }

    #[test]
    fn profiles_have_a_bound() {
        let profiles = |count: usize| {
            let all: Vec<String> = (0..count).map(|at| format!("\"p{at}\": {{}}")).collect();
            read(&format!("{{{}}}", all.join(","))).is_ok()
        };
        assert_eq!([profiles(1000), profiles(1001)], [true, false]);
    }
}
