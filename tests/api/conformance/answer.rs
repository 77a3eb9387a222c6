//! Compares an answer of the control API with the recorded one.

use super::body;
use super::pattern;
use super::places::Places;
use super::request::{Expect, HeaderRule};
use support::Response;

/// All differences between `response` and what is expected; empty if there are none.
pub fn differences(expect: &Expect, response: &Response, places: &Places) -> Vec<String> {
    let mut found = Vec::new();
    if response.status != expect.status {
        found.push(format!(
            "expected status {}, got {} with the body {}",
            expect.status,
            response.status,
            body::show(&response.body)
        ));
    }
    for (name, rule) in &expect.headers {
        let value = response.header(name);
        if let Err(what) = check_header(rule.as_ref(), value.as_deref()) {
            found.push(format!("header {name}: {what}"));
        }
    }
    if let Some(rule) = &expect.body {
        found.extend(body::check(rule, &response.body, places).err());
    }
    found
}

fn check_header(rule: Option<&HeaderRule>, value: Option<&str>) -> Result<(), String> {
    let holds = match (rule, value) {
        (None, None) => true,
        (Some(HeaderRule::Equal(wanted)), Some(value)) => wanted == value,
        (Some(HeaderRule::Matches { pattern }), Some(value)) => pattern::matches(pattern, value)?,
        _ => false,
    };
    if holds {
        return Ok(());
    }
    let wanted = match rule {
        None => "none".to_owned(),
        Some(HeaderRule::Equal(wanted)) => format!("{wanted:?}"),
        Some(HeaderRule::Matches { pattern }) => format!("one like {pattern}"),
    };
    let got = value.map_or("none".to_owned(), |value| format!("{value:?}"));
    Err(format!("expected {wanted}, got {got}"))
}
