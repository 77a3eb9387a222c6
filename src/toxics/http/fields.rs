//! Header fields that users give.

use super::json_object;
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::value::Value;
use crate::toxics::values::Values;
use crate::util::text::shorten;

/// The most fields, and the most bytes of all of them together.
const MOST_FIELDS: usize = 100;
const MOST_BYTES: usize = 64 * 1024;
/// How much of a value a message repeats, in characters.
const SHOWN: usize = 40;

const HEADERS: &str = "headers";
/// Fields that tell where a message ends.
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

/// The attribute: an object of texts, with `null` for a field to remove, or the same as the text of JSON.
pub(in crate::toxics) fn headers_attribute() -> Attribute {
    let value = Type::one_of(vec![Type::text(), Type::Null]);
    let fields = Type::Map {
        of: Box::new(value),
        max_entries: MOST_FIELDS,
    };
    Attribute::new(HEADERS, Type::one_of(vec![Type::text(), fields]))
        .beside()
        .example([("X-Test", "1")])
}

/// The fields that the values give: a name, and its value or `None` to remove it.
///
/// Errors: a field is not valid, or there are too many.
pub(in crate::toxics) fn checked_fields(
    values: &Values,
) -> Result<Vec<(String, Option<String>)>, AttributeError> {
    let fields = match values.get(HEADERS) {
        Some(Value::Map(entries)) => {
            let entries = entries.iter();
            let text = |value: &Value| value.as_text().map(str::to_owned);
            entries
                .map(|(name, value)| (name.clone(), text(value)))
                .collect()
        }
        Some(Value::Text(text)) => json_object::parse(text).ok_or_else(|| {
            let expected =
                "an object of texts such as {\"X-Test\": \"1\"}, with null to remove a field";
            AttributeError::out_of_range(HEADERS, format!("{:?}", shorten(text, SHOWN)), expected)
        })?,
        _ => Vec::new(),
    };
    check(&fields)?;
    Ok(fields)
}

fn check(fields: &[(String, Option<String>)]) -> Result<(), AttributeError> {
    if fields.len() > MOST_FIELDS {
        let (given, expected) = (fields.len(), format!("at most {MOST_FIELDS} fields"));
        return Err(AttributeError::out_of_range(HEADERS, given, expected));
    }
    let size = |(name, value): &(String, Option<String>)| {
        name.len() + value.as_ref().map_or(0, String::len)
    };
    let bytes: usize = fields.iter().map(size).sum();
    if bytes > MOST_BYTES {
        let (given, expected) = (
            format!("{bytes} bytes"),
            format!("at most {MOST_BYTES} bytes"),
        );
        return Err(AttributeError::out_of_range(HEADERS, given, expected));
    }
    fields
        .iter()
        .try_for_each(|(name, value)| check_field(name, value.as_deref()))
}

fn check_field(name: &str, value: Option<&str>) -> Result<(), AttributeError> {
    let path = format!("{HEADERS}.{}", shorten(name, SHOWN));
    if name.is_empty() || !name.bytes().all(is_token) {
        let problem = format!(
            "{:?} is no name of a header field: use letters, digits and !#$%&'*+-.^_`|~",
            shorten(name, SHOWN)
        );
        return Err(AttributeError::conflict(
            HEADERS,
            format!("has a member that is wrong: {problem}"),
        ));
    }
    if FRAMING
        .iter()
        .any(|framing| name.eq_ignore_ascii_case(framing))
    {
        let problem = "is set by the proxy, so that the message ends where it should; to send a wrong \
                       one, give respond with raw";
        return Err(AttributeError::conflict(&path, problem));
    }
    let value = value.unwrap_or_default();
    let is_control = |byte: u8| byte != b'\t' && (byte < b' ' || byte == 0x7f);
    if value.bytes().any(is_control) {
        let expected = "a text without line breaks and other control characters";
        let shown = format!("{:?}", shorten(value, SHOWN));
        return Err(AttributeError::out_of_range(&path, shown, expected));
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A text that becomes the value of a field; `None` if it is empty or not given.
///
/// Errors: it has control characters.
pub(in crate::toxics) fn optional_text(
    values: &Values,
    name: &str,
) -> Result<Option<String>, AttributeError> {
    let text = values.text(name);
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        let expected = "a text without line breaks and other control characters";
        let shown = format!("{:?}", shorten(text, SHOWN));
        return Err(AttributeError::out_of_range(name, shown, expected));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}
