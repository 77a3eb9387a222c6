//! Decodes a config file to text, and explains common mistakes that are not JSON.
//!
//! Unlike request bodies, config files are written by hand and with editors of all systems, so this module is
//! for files only. May know: serde_json's errors. Must not know: what the file is about.

use std::borrow::Cow;

use crate::decode::json;

/// The advice for a file that is not UTF-8.
const SAVE_AS: &str = "save it as UTF-8";

/// The text of a config file, without a byte order mark.
///
/// # Errors
/// The file has another encoding; the message says which, and what to do.
pub(super) fn decode(file: &[u8]) -> Result<Cow<'_, str>, String> {
    // Longest marks first: the UTF-32 mark begins like the UTF-16 mark.
    let encoding = match file {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Ok(json::text(rest)),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        // There is no mark. The first character of JSON is ASCII, so its zero bytes reveal the encoding.
        [0, 0, 0, 1..=u8::MAX, ..] | [1..=u8::MAX, 0, 0, 0, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [1..=u8::MAX, 0, ..] => "UTF-16 (little endian)",
        [0xfe, 0xff, ..] | [0, 1..=u8::MAX, ..] => "UTF-16 (big endian)",
        _ => return Ok(json::text(file)),
    };
    Err(format!(
        "the file is {encoding}, but it must be UTF-8; {SAVE_AS}"
    ))
}

/// The likely mistake behind a syntax error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// The byte offset in the text.
    pub(super) offset: usize,
    /// What is wrong and how to fix it.
    pub(super) problem: String,
}

/// Explains a syntax error by the text at its position.
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

/// The byte offset at which serde_json stopped. serde_json counts lines from 1, and bytes in a line from 1.
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

/// The message of serde_json without the position, which is printed in front of it.
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
