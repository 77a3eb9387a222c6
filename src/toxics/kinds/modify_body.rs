//! `modify_body` changes the body of answers: what a fork of Toxiproxy does that LitmusChaos uses, and
//! faults of streaming answers.

use bytes::Bytes;

use crate::engine::Direction;
use crate::protocol::http::{Action, BodyEdit};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::http::{
    HttpKind, HttpShape, coding_fields, preset_attribute, replacing, stream_preset,
};
use crate::toxics::values::Values;

/// The most copies of an event.
const MOST_REPEATS: i64 = 1000;

/// Changes the body of the upstream's answers.
#[derive(Debug)]
pub struct ModifyBody;

impl HttpKind for ModifyBody {
    const NAME: &'static str = "modify_body";
    const ABOUT: &'static str = "Changes the body of answers.";
    const DETAILS: &'static str = "Changes the body of the upstream's HTTP answers. `body` replaces it, encoded by \
        `content_encoding`; these are the attributes of the fork of Toxiproxy that LitmusChaos uses. \
        `insert`, or the event of a `preset`, is put in at the place that `match.http.after` names, or \
        at the end; `repeat_event` sends the last whole server-sent event before that place again, so \
        often; `truncate` ends the body so many bytes behind that place, or behind its start. The \
        message stays whole: its length is right.";
    const SHAPE: HttpShape = HttpShape::ChangesAnswers;

    fn attributes() -> Vec<Attribute> {
        let [content_encoding, content_type] = coding_fields();
        vec![
            Attribute::new("truncate", Type::integer(0..=i64::MAX))
                .unit("bytes")
                .about("how long the body is at most, from match.http.after or from its start")
                .example(100),
            Attribute::new("repeat_event", Type::integer(0..=MOST_REPEATS))
                .default(0)
                .about("how often the event before match.http.after is sent again")
                .example(1),
            Attribute::new("body", Type::text())
                .beside()
                .about("the new body; empty keeps the upstream's")
                .example("{\"error\": \"busy\"}"),
            content_encoding,
            content_type,
            Attribute::new("insert", Type::text())
                .beside()
                .about("what to put in at match.http.after, or at the end")
                .example("data: {\"error\": \"busy\"}\n\n"),
            preset_attribute()
                .about("put in an error event as an API provider sends it")
                .example("openai-stream-error"),
        ]
    }

    fn action(values: &Values, _: Option<Direction>) -> Result<Action, AttributeError> {
        let edit = replacing(values.text("body"), values)?;
        let insert = inserted(values)?;
        let repeat_event = u32::try_from(values.count("repeat_event")).unwrap_or(0);
        let truncate = values.get("truncate").map(|_| values.count("truncate"));
        let changes_text = insert.is_some() || repeat_event > 0 || truncate.is_some();
        let is_encoded = ["gzip", "deflate"].contains(&values.text("content_encoding"));
        if edit.replace.is_some() && is_encoded && changes_text {
            let problem = "encodes the new body, so insert, repeat_event and truncate would damage it; \
                           leave it out, or them";
            return Err(AttributeError::conflict("content_encoding", problem));
        }
        Ok(Action::Body(BodyEdit {
            insert,
            repeat_event,
            truncate,
            ..edit
        }))
    }
}

/// What `insert` or `preset` puts in.
fn inserted(values: &Values) -> Result<Option<Bytes>, AttributeError> {
    let (text, preset) = (values.text("insert"), stream_preset(values)?);
    match preset {
        Some(_) if !text.is_empty() => {
            let problem =
                "is given beside preset, which puts in something else; give one of the two";
            Err(AttributeError::conflict("insert", problem))
        }
        Some(preset) => Ok(Some(Bytes::from_static(preset.body.as_bytes()))),
        None if text.is_empty() => Ok(None),
        None => Ok(Some(Bytes::copy_from_slice(text.as_bytes()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::Value;

    fn edit(given: &[(&'static str, Value)]) -> Result<BodyEdit, String> {
        match ModifyBody::action(&given.iter().cloned().collect(), None) {
            Ok(Action::Body(edit)) => Ok(edit),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn nothing_is_changed_where_nothing_is_given() {
        let empty = [
            ("body", "".into()),
            ("content_type", "".into()),
            ("content_encoding", "".into()),
        ];
        assert_eq!(edit(&empty), Ok(BodyEdit::default()));
    }

    #[test]
    fn an_event_comes_from_insert_or_a_preset() {
        let by_preset = edit(&[("preset", "anthropic-stream-error".into())]).unwrap();
        assert!(by_preset.insert.unwrap().starts_with(b"event: error\n"));
        let by_text = edit(&[("insert", "x".into()), ("repeat_event", 2.into())]).unwrap();
        assert_eq!(
            (by_text.insert.as_deref(), by_text.repeat_event),
            (Some(&b"x"[..]), 2)
        );
        let both = edit(&[
            ("insert", "x".into()),
            ("preset", "openai-stream-error".into()),
        ]);
        assert!(both.unwrap_err().contains("give one of the two"));
        let other = edit(&[("preset", "openai-rate-limit".into())]).unwrap_err();
        assert!(
            other.ends_with("which is for respond, not for modify_body"),
            "{other}"
        );
    }

    #[test]
    fn an_encoded_body_cannot_be_changed_further() {
        let given = [
            ("body", "abc".into()),
            ("content_encoding", "gzip".into()),
            ("truncate", 0.into()),
        ];
        assert!(
            edit(&given)
                .unwrap_err()
                .contains("content_encoding encodes the new body")
        );
        assert_eq!(edit(&given[2..]).unwrap().truncate, Some(0));
    }
}
