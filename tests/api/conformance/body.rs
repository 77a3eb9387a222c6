//! Compares the body of an answer with the recorded one.

use serde_json::Value;

use super::places::Places;
use super::request::BodyRule;

/// Compares `body` with `rule`.
///
/// # Errors
/// What was expected and what came.
pub fn check(rule: &BodyRule, body: &[u8], places: &Places) -> Result<(), String> {
    match rule {
        BodyRule::Any {} => Ok(()),
        BodyRule::Empty {} if body.is_empty() => Ok(()),
        BodyRule::Empty {} => Err(format!("expected an empty body, got {}", show(body))),
        BodyRule::Text { text } => check_text(&places.fill(text), body),
        BodyRule::Exact { json, newline } => {
            check_newline(*newline, body)?;
            let (wanted, got) = both(json, body, places)?;
            equal(&wanted, &got)
        }
        BodyRule::Prefix { json, newline, .. } => {
            check_newline(*newline, body)?;
            let (wanted, got) = both(json, body, places)?;
            check_prefix(&wanted, got)
        }
        BodyRule::Keys { json } => {
            let (wanted, got) = both(json, body, places)?;
            check_shape(&wanted, &got, "").map_err(|what| format!("{what}; the body is {got}"))
        }
        BodyRule::Metrics { lines } => check_metrics(lines, body, places),
    }
}

fn check_text(wanted: &str, body: &[u8]) -> Result<(), String> {
    const LOGGER: &str = r#""Logger":{},"#;
    let wanted = wanted.replace(LOGGER, "");
    match std::str::from_utf8(body) {
        Ok(got) if got.replace(LOGGER, "") == wanted => Ok(()),
        _ => Err(format!("expected the text {wanted:?}, got {}", show(body))),
    }
}

fn check_newline(newline: Option<bool>, body: &[u8]) -> Result<(), String> {
    match newline {
        Some(wanted) if body.ends_with(b"\n") != wanted => {
            let word = if wanted { "a" } else { "no" };
            Err(format!(
                "expected {word} newline at the end of {}",
                show(body)
            ))
        }
        _ => Ok(()),
    }
}

/// The expected and the actual value, without what is ignored.
fn both(json: &Value, body: &[u8], places: &Places) -> Result<(Value, Value), String> {
    let mut wanted = places.fill_json(json);
    drop_logger(&mut wanted);
    let mut got: Value = serde_json::from_slice(body)
        .map_err(|error| format!("expected {wanted}, got {} ({error})", show(body)))?;
    drop_logger(&mut got);
    Ok((wanted, got))
}

/// Toxiproxy accidentally includes an empty member `Logger` in every proxy.
fn drop_logger(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_logger),
        Value::Object(members) => {
            members.retain(|name, item| {
                name != "Logger" || *item != Value::Object([].into_iter().collect())
            });
            members.values_mut().for_each(drop_logger);
        }
        _ => {}
    }
}

/// Numbers of different kinds, such as 1 and 1.0, differ in `serde_json`, which is intended here.
fn equal(wanted: &Value, got: &Value) -> Result<(), String> {
    if wanted == got {
        return Ok(());
    }
    Err(format!("expected {wanted}, got {got}"))
}

fn check_prefix(wanted: &Value, mut got: Value) -> Result<(), String> {
    let begins = match (wanted["error"].as_str(), got["error"].as_str()) {
        (Some(start), Some(text)) => text.starts_with(start),
        _ => false,
    };
    if !begins {
        return Err(format!(
            "expected {wanted} with more text in its error, got {got}"
        ));
    }
    got["error"] = wanted["error"].clone();
    equal(wanted, &got)
}

fn check_shape(wanted: &Value, got: &Value, at: &str) -> Result<(), String> {
    let differ = || Err(format!("expected {wanted} at {at:?}, got {got}"));
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            if wanted.len() != got.len() {
                return differ();
            }
            wanted
                .iter()
                .try_for_each(|(name, item)| match got.get(name) {
                    Some(other) => check_shape(item, other, &format!("{at}/{name}")),
                    None => differ(),
                })
        }
        (Value::Array(wanted), Value::Array(got)) => {
            if wanted.len() != got.len() {
                return differ();
            }
            let mut pairs = wanted.iter().zip(got).enumerate();
            pairs.try_for_each(|(index, (a, b))| check_shape(a, b, &format!("{at}/{index}")))
        }
        (Value::String(kind), leaf) if kind == kind_of(leaf) => Ok(()),
        _ => differ(),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_metrics(lines: &[String], body: &[u8], places: &Places) -> Result<(), String> {
    let text = String::from_utf8_lossy(body);
    let ours =
        |line: &&str| line.starts_with("toxiproxy_") || line.starts_with("# TYPE toxiproxy_");
    let mut got: Vec<&str> = text.lines().filter(ours).collect();
    got.sort_unstable();
    let mut wanted: Vec<String> = lines.iter().map(|line| places.fill(line)).collect();
    wanted.sort_unstable();
    if got == wanted {
        return Ok(());
    }
    Err(format!("expected the metrics {wanted:#?}, got {got:#?}"))
}

/// A body for a report.
pub fn show(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut short: String = text.chars().take(2000).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
