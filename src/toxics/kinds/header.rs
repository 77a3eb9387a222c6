//! `header` changes header fields, as a fork of Toxiproxy does that LitmusChaos uses.

use crate::engine::Direction;
use crate::protocol::http::{Action, HeaderEdit};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::http::{HttpKind, HttpShape, checked_fields, headers_attribute};
use crate::toxics::values::Values;

/// Sets and removes header fields of requests or answers.
#[derive(Debug)]
pub struct Header;

impl HttpKind for Header {
    const NAME: &'static str = "header";
    const ABOUT: &'static str = "Sets and removes header fields of requests or answers.";
    const DETAILS: &'static str = "Sets each field of `headers` to its value, or removes it for `null`: of HTTP requests with \
        `stream` \"upstream\", of the upstream's answers with \"downstream\". `mode` says the same and \
        must agree with `stream`; it is there for LitmusChaos, whose fork of Toxiproxy has it.";
    const SHAPE: HttpShape = HttpShape::ChangesEither;

    fn attributes() -> Vec<Attribute> {
        vec![
            headers_attribute().about("the fields to set; null removes a field"),
            Attribute::new("mode", Type::choice(&["request", "response"]))
                .beside()
                .about("what stream says: request for upstream, response for downstream")
                .example("response"),
        ]
    }

    fn action(values: &Values, direction: Option<Direction>) -> Result<Action, AttributeError> {
        let mode = match values.text("mode") {
            "request" => Some(Direction::Upstream),
            "response" => Some(Direction::Downstream),
            _ => None,
        };
        if let Some((mode, direction)) = mode.zip(direction).filter(|(mode, stream)| mode != stream)
        {
            let problem = format!(
                "is {:?}, but stream is \"{}\"; give stream \"{}\", or leave mode out",
                values.text("mode"),
                direction.name(),
                mode.name()
            );
            return Err(AttributeError::conflict("mode", problem));
        }
        Ok(Action::Headers(HeaderEdit {
            of: direction.or(mode).unwrap_or(Direction::Downstream),
            fields: checked_fields(values)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::Catalogue;
    use crate::toxics::value::Value;

    fn action(headers: Value, mode: &str, direction: Direction) -> Result<Action, String> {
        let catalogue = Catalogue::default();
        let kind = catalogue.find("header").unwrap();
        let given = [
            ("headers".to_owned(), headers),
            ("mode".to_owned(), mode.into()),
        ];
        let values = kind.read(&given).map_err(|error| error.to_string())?;
        let action = kind.http(&values, direction, None);
        action
            .map(Option::unwrap)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_and_its_json_text_are_the_same() {
        let object = Value::Map(vec![
            ("A".to_owned(), "1,2".into()),
            ("B".to_owned(), Value::Null),
        ]);
        let text = r#"{"A": "1,2", "B": null}"#.into();
        let expected = Action::Headers(HeaderEdit {
            of: Direction::Upstream,
            fields: vec![
                ("A".to_owned(), Some("1,2".to_owned())),
                ("B".to_owned(), None),
            ],
        });
        assert_eq!(
            action(object, "request", Direction::Upstream),
            Ok(expected.clone())
        );
        assert_eq!(action(text, "", Direction::Upstream), Ok(expected));
    }

    #[test]
    fn mode_must_agree_with_the_stream() {
        let headers = || Value::from(r#"{"A":"1"}"#);
        assert!(action(headers(), "response", Direction::Downstream).is_ok());
        assert_eq!(
            action(headers(), "request", Direction::Downstream).unwrap_err(),
            "mode is \"request\", but stream is \"downstream\"; give stream \"upstream\", or leave mode out"
        );
    }

    #[test]
    fn what_would_break_the_message_is_refused_with_its_name() {
        for (text, problem) in [
            (
                r#"{"A":"1\r\nB: 2"}"#,
                "headers.A is \"1\\r\\nB: 2\", but must be a text without line breaks",
            ),
            (r#"{"A":"\u0000"}"#, "headers.A is \"\\0\", but must be"),
            (
                r#"{"A b":"1"}"#,
                "headers has a member that is wrong: \"A b\" is no name",
            ),
            (
                r#"{"":"1"}"#,
                "headers has a member that is wrong: \"\" is no name",
            ),
            (
                r#"{"content-Length":"1"}"#,
                "headers.content-Length is set by the proxy",
            ),
            (
                r#"{"A":1}"#,
                "headers is \"{\\\"A\\\":1}\", but must be an object of texts",
            ),
        ] {
            let error = action(text.into(), "", Direction::Downstream).unwrap_err();
            assert!(error.starts_with(problem), "{text}: {error}");
        }
        let many = (0..101)
            .map(|n| (format!("a{n}"), Value::from("1")))
            .collect();
        let error = action(Value::Map(many), "", Direction::Downstream).unwrap_err();
        assert!(error.contains("at most 100 entries"), "{error}");
        let large = Value::Map(vec![("a".to_owned(), "x".repeat(65_536).into())]);
        let error = action(large, "", Direction::Downstream).unwrap_err();
        assert_eq!(
            error,
            "headers is 65537 bytes, but must be at most 65536 bytes"
        );
    }
}
