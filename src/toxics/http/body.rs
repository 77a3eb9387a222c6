//! Bodies that users give.

use bytes::Bytes;

use super::base64;
use super::encoding::{Encoding, encoded};
use super::fields::optional_text;
use crate::protocol::http::BodyEdit;
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::values::Values;

/// The most bytes of a body.
const MOST: usize = 1024 * 1024;

/// `body` and `body_base64` of an answer that is given.
pub(in crate::toxics) fn body_fields() -> [Attribute; 2] {
    [
        Attribute::new("body", Type::text())
            .beside()
            .about("the body of the answer, at most 1 MiB")
            .example("{\"error\": \"busy\"}"),
        Attribute::new("body_base64", base64_text())
            .beside()
            .about("the same for a body that is no text")
            .example("AAH/"),
    ]
}

/// Room for the base64 of the largest body.
fn base64_text() -> Type {
    Type::Text {
        choices: &[],
        max_bytes: MOST.div_ceil(3) * 4,
    }
}

/// The body that `body` or `body_base64` gives.
///
/// Errors: both are given, or one is not valid.
pub(in crate::toxics) fn read_body(values: &Values) -> Result<Option<Bytes>, AttributeError> {
    let (text, coded) = (values.text("body"), values.text("body_base64"));
    match (text.is_empty(), coded.is_empty()) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(Bytes::copy_from_slice(text.as_bytes()))),
        (true, false) => {
            let bytes = base64::decode(coded).map_err(|position| {
                let problem = format!("is no base64: see character {}", position + 1);
                AttributeError::conflict("body_base64", problem)
            })?;
            Ok(Some(bytes.into()))
        }
        (false, false) => {
            let problem = "is given beside body; give one of the two";
            Err(AttributeError::conflict("body_base64", problem))
        }
    }
}

/// A body that replaces that of an answer, with what its fields then are. An empty `content_type` leaves
/// the field as it is, as in the fork of Toxiproxy that LitmusChaos uses.
///
/// Errors: a value has control characters.
pub(in crate::toxics) fn replacing(
    body: &str,
    values: &Values,
) -> Result<BodyEdit, AttributeError> {
    let coding = values.text("content_encoding");
    let replace = match body.is_empty() {
        true => None,
        false => Some(encoded(body.as_bytes(), Encoding::of(coding)).into()),
    };
    let content_encoding = match (replace.is_some(), coding) {
        // The field must not tell of a coding that the new body does not have.
        (true, "" | "identity") => Some(String::new()),
        (false, "") => None,
        (_, coding) => Some(coding.to_owned()),
    };
    Ok(BodyEdit {
        replace,
        content_type: optional_text(values, "content_type")?,
        content_encoding,
        ..BodyEdit::default()
    })
}

/// `content_encoding` and `content_type`, under the names and with the defaults of that fork.
pub(in crate::toxics) fn coding_fields() -> [Attribute; 2] {
    [
        Attribute::new("content_encoding", Type::choice(Encoding::NAMES))
            .beside()
            .about("how the new body is encoded, and the value of Content-Encoding")
            .example("gzip"),
        Attribute::new("content_type", Type::text())
            .beside()
            .about("the value of Content-Type; the upstream's stays if it is not given")
            .example("application/json"),
    ]
}
