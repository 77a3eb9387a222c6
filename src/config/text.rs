//! A config file as text, and what people write there that JSON does not have.
//!
//! Config files are written by hand and by editors of all systems, which bodies of requests are not;
//! so this is for files alone. May know: serde_json's errors. Must not know: what the file is about.

use std::borrow::Cow;

use crate::decode::json;

/// What a file that is no UTF-8 needs.
const SAVE_AS: &str = "save it as UTF-8";

/// The text of a config file, without the mark that editors put before UTF-8.
///
/// # Errors
/// What is wrong and what would be right, where it is text of another encoding.
pub(super) fn decode(file: &[u8]) -> Result<Cow<'_, str>, String> {
    // The longest marks first: that of UTF-32 begins like that of UTF-16.
    let encoding = match file {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Ok(json::text(rest)),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        // Without a mark: the first character of JSON is ASCII.
        [0, 0, 0, 1..=u8::MAX, ..] | [1..=u8::MAX, 0, 0, 0, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [1..=u8::MAX, 0, ..] => "UTF-16 (little endian)",
        [0xfe, 0xff, ..] | [0, 1..=u8::MAX, ..] => "UTF-16 (big endian)",
        _ => return Ok(json::text(file)),
    };
    Err(format!(
        "the file is {encoding}, but it must be UTF-8; {SAVE_AS}"
    ))
}

/// What a syntax error is really about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// Where it stands in the text, in bytes.
    pub(super) offset: usize,
    /// What is wrong and what would be right.
    pub(super) problem: String,
}

/// Explains a syntax error by what stands at its place.
pub(super) fn explain(text: &str, error: &serde_json::Error) -> Syntax {
    let offset = offset(text, error);
    let (before, rest) = text.split_at_checked(offset).unwrap_or((text, ""));
    let said = without_place(error);
    let last = before.trim_end();
    let wants_key = said.contains("key must be");
    let remedy = match rest.chars().next() {
        Some('/') if rest.starts_with("//") || rest.starts_with("/*") => COMMENT.to_owned(),
        Some('#') => COMMENT.to_owned(),
        Some(end @ (']' | '}')) if last.ends_with(',') => {
            return Syntax {
                offset: last.len() - 1,
                problem: format!("not valid JSON: a trailing comma before {end:?}; remove it"),
            };
        }
        Some('\'' | '`' | '\u{2018}'..='\u{201f}') => {
            "put strings in straight double quotes".to_owned()
        }
        Some(letter) if wants_key && letter.is_alphabetic() => {
            "put the names of fields in double quotes".to_owned()
        }
        _ if ["True", "False", "None"]
            .iter()
            .any(|word| rest.starts_with(word)) =>
        {
            "it has true, false and null; write one of these".to_owned()
        }
        Some('"' | '{' | '[') if said.starts_with("expected `,`") => {
            format!("{said}; a comma is missing before this")
        }
        Some(blank) if blank.is_whitespace() || blank == '\u{feff}' || blank == '\u{200b}' => {
            format!("U+{:04X} is no blank there; replace it", u32::from(blank))
        }
        _ => {
            return Syntax {
                offset,
                problem: format!("not valid JSON: {said}"),
            };
        }
    };
    Syntax {
        offset,
        problem: format!("not valid JSON: {remedy}"),
    }
}

const COMMENT: &str = "it has no comments; remove this one";

/// Where serde_json stopped. It counts lines and, in them, bytes from 1.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (before + error.column().saturating_sub(1)).min(text.len());
    let mut offsets = (0..=offset).rev();
    let boundary = offsets.find(|offset| text.is_char_boundary(*offset));
    boundary.unwrap_or_default()
}

/// What serde_json says, without the place, which is told in front.
fn without_place(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let told = error.to_string();
    told.strip_suffix(&place).unwrap_or(&told).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> (usize, String) {
        let syntax = explain(text, &json::first(text).unwrap_err());
        (syntax.offset, syntax.problem)
    }

    #[test]
    fn what_json_does_not_have_is_named_at_its_place_with_the_remedy() {
        for (text, offset, words) in [
            ("// all\n[]", 0, "remove this one"),
            ("[ # mine\n]", 2, "remove this one"),
            ("[{\"é\": 1, /* x */ \"b\": 2}]", 11, "remove this one"),
            ("[{\"a\": 1} // x\n]", 10, "remove this one"),
            (
                "[{\"a\": 1},\n ]",
                9,
                "a trailing comma before ']'; remove it",
            ),
            ("[{\"a\": 1,}]", 8, "a trailing comma before '}'; remove it"),
            ("[{'a': 1}]", 2, "straight double quotes"),
            ("[{\"a\": \u{201c}b\u{201d}}]", 7, "straight double quotes"),
            ("[{name: 1}]", 2, "in double quotes"),
            ("[{\"a\": True}]", 7, "true, false and null"),
            ("[{\"a\": 1 \"b\": 2}]", 9, "a comma is missing"),
            ("[{\"a\": 1}\n{}]", 10, "a comma is missing"),
            ("[\u{a0}{}]", 1, "U+00A0"),
            ("[1, 01]", 5, "invalid number"),
            ("[{", 1, "EOF"),
        ] {
            let (at, problem) = explained(text);
            assert!(problem.contains(words), "{text}: {problem}");
            assert_eq!(at, offset, "{text}: {problem}");
        }
    }

    #[test]
    fn a_mark_of_utf8_is_accepted_and_other_encodings_are_named() {
        assert_eq!(decode(b"\xef\xbb\xbf[]").unwrap(), "[]");
        assert_eq!(decode(b"[]").unwrap(), "[]");
        assert_eq!(decode(b"").unwrap(), "");
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let cases: [(Vec<u8>, &str); 6] = [
            (little("\u{feff}[]"), "UTF-16 (little endian)"),
            (big("\u{feff}[]"), "UTF-16 (big endian)"),
            (little("[{}]"), "UTF-16 (little endian)"),
            (big("[{}]"), "UTF-16 (big endian)"),
            (vec![0xff, 0xfe, 0, 0, b'[', 0, 0, 0], "UTF-32"),
            (vec![0, 0, 0, b'['], "UTF-32"),
        ];
        for (file, encoding) in cases {
            let problem = decode(&file).unwrap_err();
            assert!(
                problem.contains(encoding) && problem.contains("save it as UTF-8"),
                "{problem}"
            );
        }
    }
}
