//! Paths and queries of the API: which characters stand as they are.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped in a segment of a path or a value of a query: all but what nobody ever escapes
/// (RFC 3986, section 2.3).
pub const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What Go's `net/url` escapes in a path; the slash is escaped besides.
pub const GO_SEGMENT: &AsciiSet = &SEGMENT
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// A segment that names a thing, whatever its name. Between slashes `.` and `..` would be read as
/// steps (RFC 3986, section 5.2.4).
pub fn segment(name: &str) -> String {
    match name {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        name => utf8_percent_encode(name, SEGMENT).to_string(),
    }
}

/// Whether every percent sign begins an escape.
pub fn has_complete_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_one_segment() {
        for (name, expected) in [
            ("a ?#%é", "a%20%3F%23%25%C3%A9"),
            ("a/b", "a%2Fb"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("...", "..."),
            ("a.b", "a.b"),
        ] {
            assert_eq!(segment(name), expected);
        }
    }

    #[test]
    fn escapes_are_complete_with_two_hexadecimal_digits() {
        assert!(has_complete_escapes("a%20%fF"));
        for text in ["%", "%4", "a%zzb", "%%41"] {
            assert!(!has_complete_escapes(text), "{text}");
        }
    }
}
