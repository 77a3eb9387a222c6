//! The query of a request's target.
//!
//! May know: `error`. Must not know: routes, `control`.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use axum::http::Uri;
use percent_encoding::percent_decode_str;

use super::error::ApiError;
use crate::util::text::whole_number;

/// The value of a key; the first one if there are several. Bytes that are not UTF-8 are replaced.
pub(super) fn value(uri: &Uri, key: &str) -> Option<String> {
    let pairs = uri.query()?.split('&');
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(name, _)| decoded(name) == key)?;
    Some(decoded(value))
}

/// The number given for a key, or `default`. It is an error if the value is no number or is outside `range`.
pub(super) fn number(
    uri: &Uri,
    key: &str,
    range: RangeInclusive<u64>,
    default: u64,
) -> Result<u64, ApiError> {
    let Some(text) = value(uri, key) else {
        return Ok(default);
    };
    let number = whole_number(&text).filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (least, most) = range.into_inner();
        ApiError::bad(format!(
            "{key} is {text:?}, but must be a whole number from {least} to {most}"
        ))
    })
}

fn decoded(text: &str) -> String {
    let text: Cow<'_, str> = match text.contains('+') {
        true => text.replace('+', " ").into(),
        false => text.into(),
    };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        let uri: Uri = "/x?a=1&name=a%20b+c&a=2&flag".parse().unwrap();
        assert_eq!(value(&uri, "a").as_deref(), Some("1"));
        assert_eq!(value(&uri, "name").as_deref(), Some("a b c"));
        assert_eq!(value(&uri, "flag").as_deref(), Some(""));
        assert_eq!(value(&uri, "b"), None);
        assert_eq!(value(&"/x".parse().unwrap(), "a"), None);
    }

    #[test]
    fn numbers_have_a_range() {
        let uri: Uri = "/x?a=10&b=11&c=x&d=&e=%2B5&f=18446744073709551616&g=-1"
            .parse()
            .unwrap();
        assert_eq!(number(&uri, "a", 1..=10, 5).unwrap(), 10);
        assert_eq!(number(&uri, "none", 1..=10, 5).unwrap(), 5);
        for key in ["b", "c", "d", "e", "f", "g"] {
            assert!(number(&uri, key, 1..=10, 5).is_err(), "{key}");
        }
    }
}
