//! Decodes numbers of connections or requests, such as `1-3,7,10-`.

use std::ops::RangeInclusive;

use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::fields::look;
use super::json::Value;
use crate::util::text::whole_number;

const ORDINALS: &str = "numbers from 1 such as \"1-3,7,10-\", up to 1000 parts";
/// The most networks or ranges in a `match`: each connection or request is compared with all of them.
pub(super) const MOST_PARTS: usize = 1000;

pub(super) fn ordinals(
    here: JsonPath,
    raw: &RawValue,
) -> Result<Vec<RangeInclusive<u64>>, DecodeError> {
    let text = match look(raw)? {
        Value::Null => return Ok(Vec::new()),
        Value::Text(text) => text,
        Value::Number(text) => text.to_string(),
        _ => return Err(here.wrong(raw.get(), ORDINALS)),
    };
    let ranges = text.split(',').map(|part| range(part.trim()));
    let ranges: Option<Vec<_>> = ranges.take(MOST_PARTS + 1).collect();
    let ranges = ranges.filter(|ranges| ranges.len() <= MOST_PARTS);
    ranges.ok_or_else(|| here.wrong(raw.get(), ORDINALS))
}

fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let ordinal = |text: &str| whole_number(text.trim()).filter(|n| *n >= 1);
    let (first, last) = match text.split_once('-') {
        None => (ordinal(text)?, ordinal(text)?),
        Some((first, last)) if last.trim().is_empty() => (ordinal(first)?, u64::MAX),
        Some((first, last)) => (ordinal(first)?, ordinal(last)?),
    };
    (first <= last).then_some(first..=last)
}
