//! Makes untrusted text safe to show to people: in messages, in the log, on a terminal.
//!
//! Must not know where the text is shown.

use std::borrow::Cow;

/// The text, or its first `most` characters and `…`.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    let start = truncate(text, most);
    match start.len() < text.len() {
        true => format!("{start}…").into(),
        false => text.into(),
    }
}

/// At most the first `most` characters of the text.
pub fn truncate(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

/// Parses a whole number of digits only; Rust's parser would also accept a plus sign.
pub fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// Whether a text is a token, as methods and names of header fields in HTTP are (RFC 9110, section 5.6.2).
pub fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// The text with every [unsafe](is_unsafe) character escaped.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Whether a terminal may interpret a character instead of showing it, or show it as a line end. These are
/// control characters, line separators, and marks that change the direction of text (UAX 9), which can
/// make one name look like another.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shorten("üüü", 2), "üü…");
        assert_eq!(shorten("üüü", 3), "üüü");
        assert_eq!(truncate("üüü", 2), "üü");
    }

    #[test]
    fn control_and_direction_characters_are_escaped() {
        assert_eq!(
            escape("a\u{1b}[2J\r\nb\u{9b}\u{202e}\u{2066}\u{61c}é\t."),
            "a\\u{1b}[2J\\r\\nb\\u{9b}\\u{202e}\\u{2066}\\u{61c}é\\t."
        );
        assert_eq!(escape("naïve – 名前"), "naïve – 名前");
    }
}
