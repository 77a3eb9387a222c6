//! Decodes the options of a toxic that Toxiproxy does not have.
//!
//! They are given beside the toxic's own fields. They may also be given among its attributes, because several
//! clients can send nothing else. If an option is given in both places, the one beside the fields wins.

use serde_json::value::RawValue;

use super::attribute;
use super::error::{DecodeError, JsonPath};
use super::fields::{keep, look, seed, string, time};
use super::json::{Member, Value};
use super::toxic_match::toxic_match;
use crate::control::{self, ANSWER_FIELDS, ToxicOption, ToxicOptions};

const REPLAY: &str = "an object such as {\"connection\": 17}, counted from 1";

/// Decodes a field if it is one of these options. Returns whether the field is known.
pub(super) fn take(
    options: &mut ToxicOptions,
    here: JsonPath,
    name: &str,
    raw: &RawValue,
) -> Result<bool, DecodeError> {
    let Some(option) = ToxicOption::find(name) else {
        // Clients may send back the toxic that they received, so fields of answers are accepted and ignored.
        return Ok(ANSWER_FIELDS.contains(&name));
    };
    let here = here.field(option.name());
    match option {
        ToxicOption::Duration => keep(&mut options.duration, time(here, raw)?),
        ToxicOption::StartAfter => keep(&mut options.start_after, time(here, raw)?),
        ToxicOption::Every => keep(&mut options.every, time(here, raw)?),
        ToxicOption::Session => keep(&mut options.session, string(here, raw)?),
        ToxicOption::Seed => keep(&mut options.seed, seed(here, raw)?),
        ToxicOption::Replay => keep(&mut options.replay, replay(here, raw)?),
        ToxicOption::Match => keep(&mut options.matching, toxic_match(here, raw)?),
    }
    Ok(true)
}

/// Separates a toxic's attributes from the options that are given among them.
pub(super) fn split_from_attributes(
    members: Vec<Member<'_>>,
    here: JsonPath,
) -> Result<(Vec<(String, control::Value)>, ToxicOptions), DecodeError> {
    let mut options = ToxicOptions::default();
    let mut attributes = Vec::with_capacity(members.len());
    for (name, raw) in members {
        if raw.get() != "null" && !take(&mut options, here, &name, raw)? {
            attributes.push((name, attribute::read(raw)));
        }
    }
    Ok((attributes, options))
}

fn replay(here: JsonPath, raw: &RawValue) -> Result<Option<u64>, DecodeError> {
    let wrong = || here.wrong(raw.get(), REPLAY);
    let members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(wrong()),
    };
    let connection = members.iter().rfind(|(name, _)| name == "connection");
    let (_, connection) = connection.ok_or_else(wrong)?;
    let connection = seed(here, connection).map_err(|_| wrong())?;
    let connection = connection.filter(|connection| *connection >= 1);
    connection.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<ToxicOptions, DecodeError> {
        super::super::proxies::new_toxic(text.as_bytes()).map(|new| new.options)
    }

    #[test]
    fn keys_stand_beside_or_among_the_attributes() {
        let beside = read(r#"{"duration":"30s","seed":7,"replay":{"connection":17}}"#).unwrap();
        assert_eq!(beside.duration, Some(Duration::from_secs(30)));
        assert_eq!((beside.seed, beside.replay), (Some(7), Some(17)));
        let among =
            read(r#"{"attributes":{"duration":30000,"seed":7,"replay":{"connection":17}}}"#);
        assert_eq!(among.unwrap(), beside);
        let both = read(r#"{"attributes":{"duration":1,"seed":8},"duration":"2ms"}"#).unwrap();
        assert_eq!(both.duration, Some(Duration::from_millis(2)));
        assert_eq!(both.seed, Some(8));
        assert_eq!(
            read(r#"{"expires_in":"3s","active":true}"#),
            Ok(ToxicOptions::default())
        );
    }

    #[test]
    fn attributes_keep_what_is_theirs() {
        let text = r#"{"type":"latency","attributes":{"latency":5,"duration":"1s","odd":1}}"#;
        let new = super::super::proxies::new_toxic(text.as_bytes()).unwrap();
        let names: Vec<_> = new
            .attributes
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["latency", "odd"]);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, named) in [
            (
                r#"{"duration":"soon"}"#,
                "duration is \"soon\", expected a time",
            ),
            (r#"{"duration":-1}"#, "duration is -1, expected a time"),
            (r#"{"duration":1.5}"#, "duration is 1.5"),
            (r#"{"attributes":{"every":true}}"#, "every is true"),
            (r#"{"seed":-1}"#, "seed is -1, expected a whole number"),
            (r#"{"seed":"7"}"#, "seed is"),
            (r#"{"replay":17}"#, "replay is 17, expected an object"),
            (r#"{"replay":{"connection":0}}"#, "replay is"),
            (
                r#"{"match":{"client":"home"}}"#,
                "match is \"home\", expected networks",
            ),
            (
                r#"{"match":{"connections":"3-1"}}"#,
                "match is \"3-1\", expected numbers",
            ),
            (r#"{"match":{"connections":"0"}}"#, "match is"),
            (r#"{"match":{"connections":"+1"}}"#, "match is"),
            (
                r#"{"match":{"clients":"::1"}}"#,
                "match.clients does not exist: did you mean \"client\"?",
            ),
            (r#"{"session":5}"#, "session is 5, expected a string"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
