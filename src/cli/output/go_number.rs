//! Numbers of attributes: how they are read from the command line, and how Toxiproxy prints them.

use serde_json::{Number, Value};

/// The value of an attribute as the API takes it: a number where the text is one, a whole number if
/// possible (`1e3` is 1000), else text, which the server refuses with its own message.
pub(crate) fn parse(text: &str) -> Value {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    let number = text.parse::<f64>().ok();
    let whole = number.and_then(whole);
    match (whole, number.and_then(Number::from_f64)) {
        (Some(whole), _) => whole.into(),
        (None, Some(number)) => number.into(),
        (None, None) => text.into(),
    }
}

/// A float that is a whole number, in the range where floats represent every whole number.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let exact = number.fract() == 0.0 && number.abs() <= EXACT;
    // The cast is exact within these bounds.
    exact.then_some(number as i64)
}

/// A value as Toxiproxy's client prints it: numbers as Go prints floats (`%v`), with an exponent below
/// 1e-4 and from 1e6 on.
pub(crate) fn format(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_f64().map_or(number.to_string(), float),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(-4..6) | Err(_) => number.to_string(),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_are_parsed_as_numbers_where_possible() {
        for (text, value) in [
            ("100", json!(100)),
            ("-5", json!(-5)),
            ("1e3", json!(1000)),
            ("1.5", json!(1.5)),
            ("9223372036854775807", json!(i64::MAX)),
            ("abc", json!("abc")),
            ("", json!("")),
            ("nan", json!("nan")),
            ("inf", json!("inf")),
            ("30s", json!("30s")),
        ] {
            assert_eq!(parse(text), value, "{text}");
        }
        assert!(parse("1e300").is_f64());
    }

    #[test]
    fn numbers_are_formatted_as_go_prints_floats() {
        for (value, text) in [
            (json!(0), "0"),
            (json!(100_000), "100000"),
            (json!(1_000_000), "1e+06"),
            (json!(5_000_000), "5e+06"),
            (json!(12_345_678_901_i64), "1.2345678901e+10"),
            (json!(-20), "-20"),
            (json!(0.5), "0.5"),
            (json!(0.0001), "0.0001"),
            (json!(0.000_012), "1.2e-05"),
            (json!(1e100), "1e+100"),
            (json!("30s"), "30s"),
            (json!(true), "true"),
        ] {
            assert_eq!(format(&value), text);
        }
    }
}
