//! What an answer says in headers besides its body: a code, a hint, warnings.
//!
//! Bodies stay identical to Toxiproxy's. Clients that do not know these headers ignore them. May know: axum's
//! headers. Must not know: what errors there are, routes.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use crate::wire::{self, ErrorCode};

pub(super) const CODE: HeaderName = HeaderName::from_static(wire::ERROR_CODE);
pub(super) const HINT: HeaderName = HeaderName::from_static(wire::HINT);
pub(super) const WARNING: HeaderName = HeaderName::from_static(wire::WARNING);

/// The limits on a hint and on one warning, in bytes, and on the number of warnings. Some clients refuse
/// response heads of more than 8 KiB.
const LONGEST_HINT: usize = 1024;
const LONGEST_WARNING: usize = 512;
pub(super) const MOST_WARNINGS: usize = 8;

/// The characters to encode: those that a header cannot hold, so that no name can inject a header, and the
/// percent sign, so that decoding restores the exact text.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// Adds the error's code.
pub(super) fn set_code(response: &mut Response, code: ErrorCode) {
    let value = HeaderValue::from_static(code.as_str());
    response.headers_mut().insert(CODE, value);
}

/// Adds the hint that says what to do about the error.
pub(super) fn set_hint(response: &mut Response, text: &str) {
    let value = value(text, LONGEST_HINT);
    response.headers_mut().insert(HINT, value);
}

/// Adds warnings about input that was accepted but is probably a mistake: the first few, and the number of
/// the others.
pub(super) fn add_warnings(response: &mut Response, texts: &[String]) {
    let headers = response.headers_mut();
    let shown = match texts.len() {
        0..=MOST_WARNINGS => texts.len(),
        _ => MOST_WARNINGS - 1,
    };
    for text in texts.iter().take(shown) {
        headers.append(WARNING, value(text, LONGEST_WARNING));
    }
    if texts.len() > shown {
        let rest = format!("and {} more warnings", texts.len() - shown);
        headers.append(WARNING, value(&rest, LONGEST_WARNING));
    }
}

/// Makes one line of ASCII; all other characters become percent-encoded UTF-8. A text that is too long is cut
/// between characters.
fn value(text: &str, longest: usize) -> HeaderValue {
    let mut line = String::with_capacity(text.len().min(longest));
    let mut buffer = [0; 4];
    for letter in text.trim().chars() {
        let letter = letter.encode_utf8(&mut buffer);
        let encoded = percent_encode(letter.as_bytes(), ENCODED).to_string();
        if line.len() + encoded.len() > longest - "...".len() {
            line.push_str("...");
            break;
        }
        line.push_str(&encoded);
    }
    HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn no_text_can_break_the_line_it_stands_in() {
        for (text, sent) in [
            ("plain \"text\"", "plain \"text\""),
            ("a\r\nSet-Cookie: b", "a%0D%0ASet-Cookie: b"),
            ("\u{fc}50%\0\u{7f}", "%C3%BC50%25%00%7F"),
            ("", ""),
        ] {
            assert_eq!(value(text, 100), sent, "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = value(&"\u{fc}".repeat(1000), 100);
        let long = long.to_str().unwrap();
        assert!(long.len() <= 100 && long.ends_with("%BC..."), "{long}");
    }

    #[test]
    fn warnings_are_bounded_and_the_rest_is_counted() {
        let texts: Vec<String> = (0..100)
            .map(|n| format!("{n}{}", "x".repeat(9000)))
            .collect();
        let mut response = Response::new(Body::empty());
        add_warnings(&mut response, &texts);
        let all: Vec<_> = response.headers().get_all(WARNING).iter().collect();
        assert_eq!(all.len(), MOST_WARNINGS);
        assert_eq!(all[MOST_WARNINGS - 1], "and 93 more warnings");
        assert!(all.iter().map(|one| one.len()).sum::<usize>() <= 4096);
    }
}
