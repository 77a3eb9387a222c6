//! Fields that are given as the text of a JSON object, as LitmusChaos's command line gives them.

/// The members of a JSON object (RFC 8259) whose values are strings or null, in their order. `None`:
/// the text is no such object.
pub(super) fn parse(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut rest = Reader(text);
    let mut members = Vec::new();
    rest.take("{")?;
    if rest.take("}").is_none() {
        loop {
            let name = rest.string()?;
            rest.take(":")?;
            let value = match rest.take("null") {
                Some(()) => None,
                None => Some(rest.string()?),
            };
            members.push((name, value));
            if rest.take(",").is_none() {
                rest.take("}")?;
                break;
            }
        }
    }
    rest.is_at_end().then_some(members)
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, word: &str) -> Option<()> {
        self.skip_space();
        self.0 = self.0.strip_prefix(word)?;
        Some(())
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.0.is_empty()
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.0.chars();
        let letter = letters.next();
        self.0 = letters.as_str();
        letter
    }

    fn string(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut text = String::new();
        loop {
            text.push(match self.next()? {
                '"' => return Some(text),
                '\\' => self.escape()?,
                letter if letter < ' ' => return None,
                letter => letter,
            });
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            letter @ ('"' | '\\' | '/') => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => self.unicode()?,
            _ => return None,
        })
    }

    /// A character outside of the first 65,536 is a pair of surrogates.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.0 = self.0.strip_prefix("\\u")?;
        let second = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
    }

    fn hex(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |value, _| Some(value * 16 + self.next()?.to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn strings_and_nulls_are_read_in_order() {
        let text = r#" { "A" : "1,2" , "B\n":"\u00e9\ud83d\ude00/\\" ,"C":null } "#;
        let members = parse(text).unwrap();
        let expected = [("A", Some("1,2")), ("B\n", Some("é😀/\\")), ("C", None)];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(members, expected);
        assert_eq!(parse("{}"), Some(vec![]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"a":1}"#,
            r#"{"a":"b""#,
            r#"{"a":"b",}"#,
            r#"{"a":"b"} x"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\ud83d"}"#,
            "{\"a\":\"\n\"}",
            r#"{a:"b"}"#,
            "{\"a\":{}}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
