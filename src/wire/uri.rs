//! Escapes in the paths and queries of the API.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters to escape in a path segment or a query value: all except the unreserved ones (RFC 3986,
/// section 2.3).
pub const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The characters that Go's `net/url` escapes in a path, and the slash.
pub const GO_SEGMENT: &AsciiSet = &SEGMENT
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// A path segment that names a thing, whatever its name. Unescaped `.` and `..` would be resolved as dot
/// segments (RFC 3986, section 5.2.4).
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
