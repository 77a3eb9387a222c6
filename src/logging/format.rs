//! Formats log records without characters that a terminal would interpret.

use std::fmt::{self, Write};

use tracing::field::Field;
use tracing_subscriber::fmt::format::Writer;

use crate::util::text::{escape, is_unsafe};

/// Writes one field for human readers.
pub(super) fn escaped(
    writer: &mut Writer<'_>,
    field: &Field,
    value: &dyn fmt::Debug,
) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{field}=")?;
    }
    write!(Escaper(writer), "{value:?}")
}

/// Passes text on with unsafe characters escaped.
struct Escaper<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&escape(text))
    }
}

/// Escapes the unsafe characters that the JSON writer leaves as they are. They occur only in
/// strings, where JSON has an escape for each.
pub(super) fn safe_json(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != '\n' && is_unsafe(letter) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(letter));
        } else {
            safe.push(letter);
        }
    }
    safe.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_of_a_field_are_escaped() {
        let mut text = String::new();
        let mut writer = Writer::new(&mut text);
        let name = "a\u{1b}[2J\r\nb\u{9b}\u{202e}é";
        write!(Escaper(&mut writer), "{name}\t.").unwrap();
        assert_eq!(text, "a\\u{1b}[2J\\r\\nb\\u{9b}\\u{202e}é\\t.");
    }
}
