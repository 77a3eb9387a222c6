//! Values → JSON text, byte for byte as Go's `encoding/json` writes it.

use std::fmt::{Display, LowerExp};
use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// Serializes a value as compact JSON without a newline.
///
/// # Errors
/// None for the types of `wire`.
pub(crate) fn to_vec(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(256);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Go))?;
    Ok(text)
}

/// A formatter with Go's rules where they differ from serde_json's.
struct Go;

impl Formatter for Go {
    fn write_f32<W: ?Sized + io::Write>(&mut self, to: &mut W, value: f32) -> io::Result<()> {
        let scientific = !is_plain(value.abs().into(), 1e-6_f32.into());
        to.write_all(float(value, scientific).as_bytes())
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, to: &mut W, value: f64) -> io::Result<()> {
        let scientific = !is_plain(value.abs(), 1e-6);
        to.write_all(float(value, scientific).as_bytes())
    }

    fn write_string_fragment<W>(&mut self, to: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        // Go escapes these characters, so that the text is safe inside HTML and JavaScript.
        const ESCAPED: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
        // `0xe2` is the first UTF-8 byte of the last two characters. Most texts contain none of these bytes.
        if !fragment.bytes().any(|byte| b"<>&\xe2".contains(&byte)) {
            return to.write_all(fragment.as_bytes());
        }
        for piece in fragment.split_inclusive(ESCAPED) {
            match piece.char_indices().next_back() {
                Some((at, last)) if ESCAPED.contains(&last) => {
                    to.write_all(piece.get(..at).unwrap_or_default().as_bytes())?;
                    write!(to, "\\u{:04x}", u32::from(last))?;
                }
                _ => to.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// Whether Go writes a number of this magnitude without an exponent. `least` is 1e-6 in the number's type.
fn is_plain(magnitude: f64, least: f64) -> bool {
    magnitude == 0.0 || (least..1e21).contains(&magnitude)
}

/// A number as Go writes it: the shortest digits that parse to the same value of its type.
fn float(value: impl Display + LowerExp, scientific: bool) -> String {
    if !scientific {
        return value.to_string();
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &impl Serialize) -> String {
        String::from_utf8(to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn floats_are_written_as_in_go() {
        let cases: [(f32, &str); 13] = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.5, "0.5"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (100.0, "100"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-10, "1.25e-10"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (f32::MAX, "3.4028235e+38"),
        ];
        for (value, text) in cases {
            assert_eq!(written(&value), text);
        }
        let cases: [(f64, &str); 8] = [
            (0.0, "0"),
            (1.0, "1"),
            (0.02, "0.02"),
            (-1.5, "-1.5"),
            (1e-6, "0.000001"),
            (9.9e-7, "9.9e-7"),
            (1e21, "1e+21"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (value, text) in cases {
            assert_eq!(written(&value), text);
        }
    }

    #[test]
    fn strings_are_escaped_as_in_go() {
        let text = written(&"<a>&\"b\"\u{2028}\u{2029}\u{7f}\0\n\t\u{1}\u{8}\u{c}\\é");
        let expected = "\"\\u003ca\\u003e\\u0026\\\"b\\\"\\u2028\\u2029\u{7f}\\u0000\\n\\t\\u0001\\b\\f\\\\é\"";
        assert_eq!(text, expected);
    }
}
