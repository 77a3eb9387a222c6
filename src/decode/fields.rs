//! Decodes values of single fields by the rules of Go's decoder, where `null` counts as absent.

use std::time::Duration;

use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::json::{self, Member, Value};
use crate::util::duration;

pub(crate) const OBJECT: &str = "an object";
pub(crate) const LIST_OF_PROXIES: &str = "a list of proxies";
const SPAN: &str = "a time such as \"30s\" or \"1m30s\", or whole milliseconds";
const NUMBER: &str = "a whole number from 0 to 18446744073709551615";

pub(crate) fn first<'a>(
    text: &'a str,
    expected: &'static str,
) -> Result<&'a RawValue, DecodeError> {
    json::first(text).map_err(|error| match text.trim_ascii() {
        "" => DecodeError::Empty { expected },
        _ => syntax(&error),
    })
}

fn syntax(error: &serde_json::Error) -> DecodeError {
    DecodeError::Syntax(error.to_string())
}

pub(crate) fn look(raw: &RawValue) -> Result<Value<'_>, DecodeError> {
    // The syntax was checked before, so the only possible error is the size.
    json::look(raw).map_err(|error| DecodeError::TooMuch(error.to_string()))
}

pub(super) fn keep<T>(slot: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *slot = given;
    }
}

pub(super) fn object(here: JsonPath, raw: &RawValue) -> Result<Vec<Member<'_>>, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(Vec::new()),
        Value::Object(members) => Ok(members),
        _ => Err(here.wrong(raw.get(), OBJECT)),
    }
}

pub(super) fn list<'a>(
    here: JsonPath,
    raw: &'a RawValue,
    expected: &'static str,
) -> Result<Option<Vec<&'a RawValue>>, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::List(entries) => Ok(Some(entries)),
        _ => Err(here.wrong(raw.get(), expected)),
    }
}

pub(super) fn string(here: JsonPath, raw: &RawValue) -> Result<Option<String>, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        _ => Err(here.wrong(raw.get(), "a string")),
    }
}

pub(super) fn boolean(here: JsonPath, raw: &RawValue) -> Result<Option<bool>, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(value)),
        _ => Err(here.wrong(raw.get(), "true or false")),
    }
}

/// A Go `float32`: integers are accepted, and numbers that round to infinity are rejected.
pub(super) fn float(here: JsonPath, raw: &RawValue) -> Result<Option<f32>, DecodeError> {
    let number = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Number(text) => text.parse().ok().filter(|value: &f32| value.is_finite()),
        _ => None,
    };
    match number {
        None => Err(here.wrong(raw.get(), "a number that fits 32-bit floating point")),
        found => Ok(found),
    }
}

/// A duration.
pub(super) fn time(here: JsonPath, raw: &RawValue) -> Result<Option<Duration>, DecodeError> {
    let wrong = || here.wrong(raw.get(), SPAN);
    match look(raw)? {
        Value::Null => Ok(None),
        Value::Text(text) => duration::parse(&text).map(Some).map_err(|_| wrong()),
        Value::Number(text) => duration::parse_millis(text).map(Some).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// A seed: a 64-bit number.
pub(crate) fn seed(here: JsonPath, raw: &RawValue) -> Result<Option<u64>, DecodeError> {
    let number = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Number(text) => text.parse().ok(),
        _ => None,
    };
    number
        .map(Some)
        .ok_or_else(|| here.wrong(raw.get(), NUMBER))
}
