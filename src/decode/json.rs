//! Reads JSON one level at a time, by the rules of Go's `encoding/json`.
//!
//! May know: serde_json. Must not know: what the text is about, HTTP.
//!
//! Values stay text until they are needed. So `100.0` differs from `100`, numbers of any size are kept, and
//! unused values are never built.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The most members of one object and entries of one list that are read. Two bytes of text can take dozens of
/// bytes of memory once decoded. The largest useful list holds all proxies.
pub(crate) const MOST_MEMBERS: usize = 1000;
pub(crate) const MOST_ENTRIES: usize = 100_000;

/// A member of an object: its name and its value. [`look`] normalizes the name with [`fold`].
pub(crate) type Member<'a> = (String, &'a RawValue);

/// A JSON value, decoded one level deep.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// The number's text, unchanged.
    Number(&'a str),
    Text(String),
    List(Vec<&'a RawValue>),
    /// The members in order, including repeated names.
    Object(Vec<Member<'a>>),
}

/// The text of a body. As in Go, each byte that is not UTF-8 becomes U+FFFD. Inside a string it is part of
/// the string; anywhere else it is a syntax error anyway.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(body) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

/// The first JSON value of a text; its syntax is checked to its end. Anything that follows is ignored, as in
/// Go's `Decoder`.
///
/// # Errors
/// There is no value, or it is malformed.
pub(crate) fn first(text: &str) -> serde_json::Result<&RawValue> {
    <&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// The members of an object, with their names unchanged.
///
/// # Errors
/// As for [`look`].
pub(crate) fn members(raw: &RawValue) -> serde_json::Result<Vec<Member<'_>>> {
    Ok(serde_json::from_str::<Members<'_>>(raw.get())?.0)
}

/// Decodes a value one level deep.
///
/// # Errors
/// For a value that [`first`] has checked: it has more than [`MOST_MEMBERS`] or [`MOST_ENTRIES`].
pub(crate) fn look(raw: &RawValue) -> serde_json::Result<Value<'_>> {
    let json = raw.get();
    Ok(match json.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'"') => Value::Text(string(json)?),
        Some(b'[') => Value::List(serde_json::from_str::<Entries<'_>>(json)?.0),
        Some(b'{') => {
            let members = members(raw)?.into_iter();
            Value::Object(members.map(|(name, raw)| (fold(&name), raw)).collect())
        }
        _ => Value::Number(json),
    })
}

/// Folds a name as Go compares field names. ASCII letters match in either case. So do the two letters outside
/// ASCII that fold to ASCII letters: the long s and the Kelvin sign.
fn fold(name: &str) -> String {
    let fold = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(fold).collect()
}

fn string(json: &str) -> serde_json::Result<String> {
    Ok(serde_json::from_str::<Unescaped>(json)?.0)
}

struct Unescaped(String);

impl<'de> Deserialize<'de> for Unescaped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Decode as bytes, because serde_json rejects the escape of half a surrogate pair in a string.
        deserializer.deserialize_bytes(UnescapedVisitor)
    }
}

struct UnescapedVisitor;

impl Visitor<'_> for UnescapedVisitor {
    type Value = Unescaped;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Unescaped, E> {
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            // Half a surrogate pair arrives as the three bytes that UTF-8 would have for it; the first is ED.
            if chunk.invalid().first() == Some(&0xed) {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Ok(Unescaped(text))
    }
}

struct Entries<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            if entries.len() == MOST_ENTRIES {
                let why = format_args!("a list of more than {MOST_ENTRIES} entries");
                return Err(A::Error::custom(why));
            }
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if members.len() == MOST_MEMBERS {
                let why = format_args!("an object of more than {MOST_MEMBERS} members");
                return Err(A::Error::custom(why));
            }
            let name = string(name.get()).map_err(A::Error::custom)?;
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(json: &str) -> String {
        match look(first(json).unwrap()).unwrap() {
            Value::Text(text) => text,
            other => panic!("{json} is {other:?}"),
        }
    }

    #[test]
    fn only_the_first_value_counts() {
        assert_eq!(first(" \n{\"a\":1} trailing").unwrap().get(), "{\"a\":1}");
        assert_eq!(first("nullx").unwrap().get(), "null");
        for bad in [
            "",
            " ",
            "{",
            "{\"a\":01}",
            "{'a':1}",
            "{\"a\":1,}",
            "\u{feff}{}",
        ] {
            assert!(first(bad).is_err(), "{bad:?}");
        }
        assert!(first("{\"a\":\"\n\"}").is_err());
        assert!(first(r#"{"a":"\x41"}"#).is_err());
    }

    #[test]
    fn halves_of_surrogate_pairs_are_replaced() {
        assert_eq!(text_of(r#""a\ud800b""#), "a\u{fffd}b");
        assert_eq!(text_of(r#""\udc00\ud800\u0041""#), "\u{fffd}\u{fffd}A");
        assert_eq!(text_of(r#""\ud800\ud800""#), "\u{fffd}\u{fffd}");
        assert_eq!(text_of(r#""\ud800\ud83d\ude00""#), "\u{fffd}\u{1f600}");
        assert_eq!(text_of("\"\u{1f600}\\n\""), "\u{1f600}\n");
        assert_eq!(text_of(r#""plain""#), "plain");
    }

    #[test]
    fn each_byte_that_is_not_utf8_is_replaced() {
        assert_eq!(text(b"\"a\xe2\x80\""), "\"a\u{fffd}\u{fffd}\"");
        assert_eq!(text("\"\u{e9}\"".as_bytes()), "\"\u{e9}\"");
    }

    #[test]
    fn members_keep_order_repetition_and_text() {
        let raw = first(r#"{"B":100.0,"a":{"x": 1},"b":1e3,"\ud800":[]}"#).unwrap();
        let Value::Object(members) = look(raw).unwrap() else {
            panic!("no object");
        };
        let pairs: Vec<_> = members.iter().map(|(n, v)| (n.as_str(), v.get())).collect();
        let expected = [
            ("b", "100.0"),
            ("a", "{\"x\": 1}"),
            ("b", "1e3"),
            ("\u{fffd}", "[]"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn names_fold_as_in_go() {
        assert_eq!(fold("uP\u{17f}tream"), "upstream");
        assert_eq!(fold("\u{212a}"), "k");
        // Other letters outside ASCII keep their case.
        assert_eq!(fold("\u{c9}"), "\u{c9}");
    }

    #[test]
    fn what_is_small_to_send_is_not_large_to_keep() {
        let list = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        let object = |count: usize| format!("{{{}}}", vec!["\"\":0"; count].join(","));
        let is_taken = |text: &str| look(first(text).unwrap()).is_ok();
        assert!(is_taken(&list(MOST_ENTRIES)) && !is_taken(&list(MOST_ENTRIES + 1)));
        assert!(is_taken(&object(MOST_MEMBERS)) && !is_taken(&object(MOST_MEMBERS + 1)));
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(matches!(look(first(&deep).unwrap()), Ok(Value::Object(_))));
    }
}
