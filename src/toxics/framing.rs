//! The attribute `framing`: how the messages of a toxic's stream are told apart.

use super::attribute::{Attribute, Type};
use super::error::AttributeError;
use super::value::Value;
use super::values::Values;
use crate::engine::framing::{Delimiter, Framing, LengthField, MAX_DELIMITER, MAX_OFFSET, Preset};

const NAME: &str = "framing";
/// The names of all presets.
const PRESETS: &[&str] = &["postgres", "mysql", "kafka", "mongodb", "redis", "amqp"];
const SIZE: &str = "length_size";
/// The fields that make sense only beside `length_size`.
const OF_LENGTH: [&str; 5] = [
    "length_at",
    "includes_length",
    "little_endian",
    "header",
    "trailer",
];
const DELIMITER: &str = "delimiter";
const HEX: &str = "delimiter_hex";

pub(super) fn attribute() -> Attribute {
    let [at, includes, little, header, trailer] = OF_LENGTH;
    let part = || Type::integer(0..=i64::from(MAX_OFFSET));
    let text = |max_bytes| Type::Text {
        choices: &[],
        max_bytes,
    };
    let fields = vec![
        Attribute::new(at, part()).about("bytes of a message before its length; 0 if left out"),
        Attribute::new(SIZE, Type::integer(1..=8)).about("bytes of the length"),
        Attribute::new(includes, Type::Boolean)
            .about("the length counts itself, but not what is before it"),
        Attribute::new(little, Type::Boolean).about("the least significant byte comes first"),
        Attribute::new(header, part()).about(
            "bytes at the start of a message that the length does not count; \
             if left out, those up to the end of the length",
        ),
        Attribute::new(trailer, part())
            .about("bytes at the end of a message that the length does not count"),
        Attribute::new(DELIMITER, text(MAX_DELIMITER)).about("what ends each message, as text"),
        Attribute::new(HEX, text(2 * MAX_DELIMITER)).about("the same in hexadecimal digits"),
    ];
    let types = vec![Type::choice(PRESETS), Type::object(fields)];
    Attribute::new(NAME, Type::one_of(types))
        .about("where messages begin: a protocol, a length or a delimiter; if left out, a message is a turn of the conversation")
        .example("postgres")
        .beside()
}

/// The framing. Errors: the fields contradict each other.
pub(super) fn read(values: &Values) -> Result<Option<Framing>, AttributeError> {
    let value = match values.get(NAME) {
        None => return Ok(None),
        Some(value) if value.is_empty() => return Ok(None),
        Some(Value::Text(name)) => return Ok(Preset::find(name).map(Framing::Preset)),
        Some(value) => value,
    };
    let given = [SIZE, DELIMITER, HEX].map(|name| value.member(name).map(|value| (name, value)));
    let given: Vec<(&str, &Value)> = given.into_iter().flatten().collect();
    let (name, what) = match given.as_slice() {
        [one] => *one,
        [] => {
            let problem = format!("has none of {SIZE}, {DELIMITER} and {HEX}: give one of them");
            return Err(AttributeError::conflict(NAME, problem));
        }
        [(one, _), (other, _), ..] => {
            let problem = format!("has {one} and {other}: give only one of them");
            return Err(AttributeError::conflict(NAME, problem));
        }
    };
    if name == SIZE {
        return length(value).map(|field| Some(Framing::Length(field)));
    }
    if let Some(useless) = OF_LENGTH
        .into_iter()
        .find(|name| value.member(name).is_some())
    {
        let problem = format!("has no effect without {SIZE}: leave one of them out");
        return Err(AttributeError::conflict(
            &format!("{NAME}.{useless}"),
            problem,
        ));
    }
    let text = what.as_text().unwrap_or_default();
    let bytes = match name {
        HEX => hexadecimal(text),
        _ => Some(text.as_bytes().to_vec()),
    };
    match bytes.and_then(|bytes| Delimiter::new(&bytes)) {
        Some(delimiter) => Ok(Some(Framing::Delimiter(delimiter))),
        None => {
            let expected = match name {
                HEX => "1 to 256 bytes of two hexadecimal digits each, such as 0d0a",
                _ => "1 to 256 bytes",
            };
            let path = format!("{NAME}.{name}");
            Err(AttributeError::out_of_range(&path, what, expected))
        }
    }
}

fn length(value: &Value) -> Result<LengthField, AttributeError> {
    let [at, includes, little, header, trailer] = OF_LENGTH;
    let number = |name| {
        let number = value.member(name).and_then(Value::as_integer);
        number.and_then(|number| u32::try_from(number).ok())
    };
    let is_true = |name| value.member(name) == Some(&Value::Boolean(true));
    let before = number(at).unwrap_or(0);
    let field = LengthField::new(before, number(SIZE).unwrap_or(1));
    let header = match (is_true(includes), number(header)) {
        (true, Some(_)) => {
            let problem = format!("says the same as {includes}: leave one of them out");
            return Err(AttributeError::conflict(
                &format!("{NAME}.{header}"),
                problem,
            ));
        }
        (true, None) => before,
        (false, header) => header.unwrap_or(field.header),
    };
    Ok(LengthField {
        little_endian: is_true(little),
        header,
        trailer: number(trailer).unwrap_or(0),
        ..field
    })
}

/// Bytes from pairs of hexadecimal digits.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<const N: usize>(fields: [(&str, Value); N]) -> Result<Option<Framing>, AttributeError> {
        let value = attribute().check(&Value::from(fields))?;
        read(&[(NAME, value)].into_iter().collect())
    }

    #[test]
    fn a_length_counts_what_it_is_told_to() {
        let of = |fields: &[(&str, Value)]| {
            let fields = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            let value = attribute().check(&Value::Map(fields.collect())).unwrap();
            match read(&[(NAME, value)].into_iter().collect()) {
                Ok(Some(Framing::Length(field))) => field,
                other => panic!("{other:?}"),
            }
        };
        let plain = of(&[("length_size", 4.into())]);
        assert_eq!(plain, LengthField::new(0, 4));
        let postgres = of(&[
            ("length_at", 1.into()),
            ("length_size", 4.into()),
            ("includes_length", true.into()),
        ]);
        assert_eq!((postgres.offset, postgres.header), (1, 1));
        let mysql = of(&[
            ("length_size", 3.into()),
            ("little_endian", true.into()),
            ("header", 4.into()),
            ("trailer", 1.into()),
        ]);
        assert_eq!(
            (mysql.little_endian, mysql.header, mysql.trailer),
            (true, 4, 1)
        );
    }

    #[test]
    fn delimiters_are_text_or_hexadecimal() {
        let lines = of([("delimiter", "\r\n".into())]);
        assert_eq!(lines, of([("delimiter_hex", "0D0a".into())]));
        assert!(matches!(lines, Ok(Some(Framing::Delimiter(_)))));
    }

    #[test]
    fn contradictions_are_named() {
        for (fields, named) in [
            (
                vec![("length_at", 1.into())],
                "framing has none of length_size",
            ),
            (
                vec![("delimiter", "a".into()), ("length_size", 1.into())],
                "length_size and delimiter",
            ),
            (
                vec![("delimiter", "a".into()), ("delimiter_hex", "0a".into())],
                "delimiter_hex",
            ),
            (
                vec![("delimiter", "".into())],
                "framing.delimiter is \"\", but must be 1 to 256 bytes",
            ),
            (
                vec![("delimiter", "a".repeat(257).into())],
                "framing.delimiter",
            ),
            (vec![("delimiter_hex", "0".into())], "hexadecimal digits"),
            (vec![("delimiter_hex", "0ä".into())], "hexadecimal digits"),
            (
                vec![("delimiter", "a".into()), ("trailer", 1.into())],
                "framing.trailer has no effect",
            ),
            (
                vec![("length_size", 9.into())],
                "framing.length_size is 9, but must be from 1 to 8",
            ),
            (vec![("length_size", 0.into())], "framing.length_size is 0"),
            (
                vec![("length_size", 4.into()), ("length_at", (-1).into())],
                "framing.length_at is -1",
            ),
            (
                vec![("length_size", 4.into()), ("length_at", 2000.into())],
                "from 0 to 1024",
            ),
            (
                vec![
                    ("length_size", 4.into()),
                    ("header", 0.into()),
                    ("includes_length", true.into()),
                ],
                "framing.header says the same as includes_length",
            ),
            (
                vec![("delimeter", "a".into())],
                "did you mean \"delimiter\"?",
            ),
        ] {
            let fields: Vec<(&str, Value)> = fields;
            let entries = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            let checked = attribute().check(&Value::Map(entries.collect()));
            let error = checked.and_then(|value| read(&[(NAME, value)].into_iter().collect()));
            let error = error.unwrap_err().to_string();
            assert!(error.contains(named), "{fields:?}: {error}");
        }
    }

    #[test]
    fn every_preset_has_its_name() {
        let names: Vec<&str> = Preset::ALL.map(Preset::name).into();
        assert_eq!(PRESETS, names);
        for preset in Preset::ALL {
            let value = attribute().check(&preset.name().into()).unwrap();
            let read = read(&[(NAME, value)].into_iter().collect());
            assert_eq!(read, Ok(Some(Framing::Preset(preset))));
        }
        let error = attribute()
            .check(&"postgre".into())
            .unwrap_err()
            .to_string();
        assert!(error.contains("one of postgres, mysql"), "{error}");
    }
}
