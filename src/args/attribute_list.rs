//! Attributes in one word, as in `latency=100,distribution={"normal":{"mean":20}}`.

use super::values::{self, BadValue};

/// The attributes of one `-a`: names and values as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttributeList(pub(super) Vec<(String, String)>);

/// Parses `NAME=VALUE,...`.
pub(super) fn parse(text: &str) -> Result<AttributeList, BadValue> {
    let parts = split(text).into_iter();
    parts
        .map(values::attribute)
        .collect::<Result<_, _>>()
        .map(AttributeList)
}

/// The attributes of all `-a`.
pub(super) fn joined(lists: Vec<AttributeList>) -> Vec<(String, String)> {
    lists.into_iter().flat_map(|list| list.0).collect()
}

/// Splits a text at the commas that are outside JSON lists, objects and strings. A quote begins a
/// string only inside of brackets or where a value begins, because other texts may contain one.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut in_string, mut is_escaped, mut before) = (false, false, ',');
    for (at, letter) in text.char_indices() {
        if in_string {
            in_string = is_escaped || letter != '"';
            is_escaped = letter == '\\' && !is_escaped;
        } else {
            match letter {
                '"' => in_string = depth > 0 || before == '=',
                '{' | '[' if depth > 0 || before == '=' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    parts.push(text.get(start..at).unwrap_or_default());
                    start = at + 1;
                }
                _ => {}
            }
        }
        before = letter;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_json_do_not_split() {
        for (text, parts) in [
            ("", vec![""]),
            ("a=1,b=2", vec!["a=1", "b=2"]),
            (
                r#"a={"x":[1,2],"y":3},b=2"#,
                vec![r#"a={"x":[1,2],"y":3}"#, "b=2"],
            ),
            ("a=[[0,1],[2,3]],b=", vec!["a=[[0,1],[2,3]]", "b="]),
            (r#"a="x,y",b=z"#, vec![r#"a="x,y""#, "b=z"]),
            (r#"a={"x":"}\",{"},b=2"#, vec![r#"a={"x":"}\",{"}"#, "b=2"]),
            (r#"a={"x":"\\"},b=2"#, vec![r#"a={"x":"\\"}"#, "b=2"]),
            // Brackets and quotes within a text are no JSON.
            ("a=x[,b=y}", vec!["a=x[", "b=y}"]),
            (r#"a=5",b=6"#, vec![r#"a=5""#, "b=6"]),
            // What never ends is one part, so that the error about it shows all of it.
            (r#"a={"x":1,b=2"#, vec![r#"a={"x":1,b=2"#]),
            ("a=é,b=ü", vec!["a=é", "b=ü"]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    #[test]
    fn each_part_is_an_attribute() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = AttributeList(vec![pair("a", "[1,2]"), pair("b", "x=y")]);
        assert_eq!(parse("a=[1,2],b=x=y"), Ok(expected));
        assert_eq!(parse("a=1,b"), Err(BadValue::Attribute("b".into())));
    }
}
