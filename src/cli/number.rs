//! Numbers: how attributes are read from the command line, and how the reference prints them.

use serde_json::{Number, Value};

/// The value of an attribute as it goes to the API: a number if it is one, a whole one if it can
/// be (`1e3` is 1000), else text, which the server will object to in its own words.
pub(super) fn read(text: &str) -> Value {
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

/// A float that is a whole number which floats tell from its neighbours.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let exact = number.fract() == 0.0 && number.abs() <= EXACT;
    // Within these bounds the cast changes nothing.
    exact.then_some(number as i64)
}

/// A value as the reference prints it: numbers as Go prints floats (`%v`), with an exponent below
/// 1e-4 and from 1e6 on.
pub(super) fn print(value: &Value) -> String {
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
    fn attributes_are_read_as_numbers_where_they_are_some() {
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
            assert_eq!(read(text), value, "{text}");
        }
        assert!(read("1e300").is_f64());
    }

    #[test]
    fn numbers_are_printed_as_go_prints_floats() {
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
            assert_eq!(print(&value), text);
        }
    }
}
