//! `status_code` changes the status of answers, as a fork of Toxiproxy does that LitmusChaos uses.

use crate::engine::Direction;
use crate::protocol::http::{Action, BodyEdit, StatusEdit};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::http::{HttpKind, HttpShape, coding_fields, replacing};
use crate::toxics::values::Values;

/// Changes the status of the upstream's answers, and their body.
#[derive(Debug)]
pub struct StatusCode;

impl HttpKind for StatusCode {
    const NAME: &'static str = "status_code";
    const ABOUT: &'static str = "Changes the status of answers.";
    const DETAILS: &'static str = "Changes the status of the upstream's HTTP answers to `status_code`. The upstream sees the \
        request; `respond` answers without it. With `modify_response_body` 1 the body becomes \
        `response_body`, encoded by `content_encoding`, or a page that names the status if that is \
        empty. Attributes are those of the fork of Toxiproxy that LitmusChaos uses; 429 and all other \
        statuses work here.";
    const SHAPE: HttpShape = HttpShape::ChangesAnswers;

    fn attributes() -> Vec<Attribute> {
        let [content_encoding, content_type] = coding_fields();
        vec![
            Attribute::new("status_code", Type::integer(200..=599))
                .about("the new status; the upstream's stays if it is not given")
                .example(503),
            Attribute::new("modify_response_body", Type::integer(0..=1))
                .default(0)
                .about("1 changes the body too")
                .example(1),
            Attribute::new("response_body", Type::text())
                .beside()
                .about("the new body; empty stands for a page that names the status")
                .example("{\"error\": \"busy\"}"),
            content_encoding,
            content_type,
        ]
    }

    fn action(values: &Values, _: Option<Direction>) -> Result<Action, AttributeError> {
        let status = u16::try_from(values.count("status_code")).unwrap_or(0);
        let body = match values.integer("modify_response_body") {
            0 => None,
            _ => Some(new_body(status, values)?),
        };
        Ok(match (status, body) {
            (0, body) => Action::Body(body.unwrap_or_default()),
            (status, body) => Action::Status(StatusEdit { status, body }),
        })
    }
}

fn new_body(status: u16, values: &Values) -> Result<BodyEdit, AttributeError> {
    let body = values.text("response_body");
    if !body.is_empty() || status == 0 {
        return replacing(body, values);
    }
    let page =
        format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
    let edit = replacing(&page, values)?;
    let content_type = edit.content_type.or(Some("text/html".to_owned()));
    Ok(BodyEdit {
        content_type,
        ..edit
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::Value;

    fn edit(given: &[(&'static str, Value)]) -> StatusEdit {
        match StatusCode::action(&given.iter().cloned().collect(), None) {
            Ok(Action::Status(edit)) => edit,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_body_changes_only_if_that_is_asked_for() {
        let body: (&str, Value) = ("response_body", "busy".into());
        let status = ("status_code", 429.into());
        let kept = edit(&[
            status.clone(),
            ("modify_response_body", 0.into()),
            body.clone(),
        ]);
        assert_eq!((kept.status, kept.body), (429, None));
        let body = edit(&[status, ("modify_response_body", 1.into()), body])
            .body
            .unwrap();
        assert_eq!(body.replace.as_deref(), Some(&b"busy"[..]));
        assert_eq!(
            (body.content_type, body.content_encoding.as_deref()),
            (None, Some(""))
        );
    }

    #[test]
    fn an_empty_body_is_a_page_and_an_encoding_is_applied() {
        let given = [
            ("status_code", 503.into()),
            ("modify_response_body", 1.into()),
            ("content_encoding", "gzip".into()),
        ];
        let body = edit(&given).body.unwrap();
        assert_eq!(body.content_type.as_deref(), Some("text/html"));
        assert_eq!(body.content_encoding.as_deref(), Some("gzip"));
        let body = body.replace.unwrap();
        assert!(body.starts_with(&[0x1f, 0x8b]) && body.windows(3).any(|part| part == b"503"));
    }
}
