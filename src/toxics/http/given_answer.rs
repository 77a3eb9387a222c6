//! The answer that a toxic gives in place of the upstream, from its values.

use std::time::Duration;

use bytes::Bytes;

use super::body::read_body;
use super::fields::checked_fields;
use super::presets::Preset;
use crate::protocol::http::{Answer, RetryAfter};
use crate::toxics::error::AttributeError;
use crate::toxics::values::Values;

/// The fields that tell when the client may ask again.
const RETRY_FIELDS: [&str; 2] = ["retry-after", "retry-after-ms"];

/// What an answer is where the values do not say.
#[derive(Clone, Copy, Debug)]
pub(in crate::toxics) struct Defaults {
    /// The status.
    pub(in crate::toxics) status: u16,
    /// When the client may ask again, unless the preset says so.
    pub(in crate::toxics) retry_after: Option<RetryAfter>,
    /// Everything that a preset says.
    pub(in crate::toxics) preset: Option<&'static Preset>,
}

/// The answer that the values describe. A value that is given goes before that of the preset.
///
/// Errors: a value is not valid.
pub(in crate::toxics) fn given_answer(
    values: &Values,
    defaults: Defaults,
) -> Result<Answer, AttributeError> {
    let preset = defaults.preset;
    let mut headers = preset.map(Preset::headers).unwrap_or_default();
    let fields = checked_fields(values)?;
    let removes = |wanted: &str| {
        let mut fields = fields.iter();
        fields.any(|(name, value)| value.is_none() && name.eq_ignore_ascii_case(wanted))
    };
    let removed = RETRY_FIELDS.map(removes);
    for (name, value) in fields {
        headers.retain(|(own, _)| !own.eq_ignore_ascii_case(&name));
        headers.extend(value.map(|value| (name, value)));
    }
    let body = match read_body(values)? {
        Some(body) => body,
        None => Bytes::from_static(preset.map_or(b"", |preset| preset.body.as_bytes())),
    };
    add_content_type(&mut headers, &body);
    let told = take_retry_after(&mut headers);
    let default = preset.and_then(|preset| preset.retry_after);
    let default = without(default.or(defaults.retry_after), removed);
    let retry_after = match retry_after(values, removed)? {
        Some(given) => Some(given),
        None => told.or(default),
    };
    let status = preset.map_or(defaults.status, |preset| preset.status);
    let given = u16::try_from(values.count("status")).ok();
    let grpc_status = values
        .get("grpc_status")
        .and_then(|status| status.as_integer());
    Ok(Answer {
        status: given.filter(|status| *status > 0).unwrap_or(status),
        headers,
        body,
        raw: None,
        retry_after,
        close: values.integer("close") != 0,
        grpc_status: grpc_status.and_then(|status| u8::try_from(status).ok()),
    })
}

/// Names the type of a body that has none: clients parse a body as JSON only if it is called so.
fn add_content_type(headers: &mut Vec<(String, String)>, body: &Bytes) {
    let is_named = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if is_named || body.is_empty() {
        return;
    }
    let content_type = match (body.trim_ascii_start().first(), str::from_utf8(body)) {
        (Some(b'{' | b'['), Ok(_)) => "application/json",
        (_, Ok(_)) => "text/plain; charset=utf-8",
        (_, Err(_)) => "application/octet-stream",
    };
    headers.push(("Content-Type".to_owned(), content_type.to_owned()));
}

/// A time in `Retry-After` or `retry-after-ms` is the same as the attribute; a date stays a field.
fn take_retry_after(headers: &mut Vec<(String, String)>) -> Option<RetryAfter> {
    let told = |name: &str| {
        let found = headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.parse().ok())
    };
    let retry_after = match (told("retry-after-ms"), told("retry-after")) {
        (Some(millis), _) => RetryAfter {
            time: Duration::from_millis(millis),
            in_millis: true,
        },
        (None, Some(seconds)) => RetryAfter {
            time: Duration::from_secs(seconds),
            in_millis: false,
        },
        (None, None) => return None,
    };
    headers.retain(|(name, value)| {
        let is_told = name.eq_ignore_ascii_case("retry-after") && value.parse::<u64>().is_ok();
        !is_told && !name.eq_ignore_ascii_case("retry-after-ms")
    });
    Some(retry_after)
}

/// A wait without the fields that are removed. Without `Retry-After`, there is none: `retry-after-ms` tells
/// the same.
fn without(wait: Option<RetryAfter>, [seconds, millis]: [bool; 2]) -> Option<RetryAfter> {
    let wait = wait.filter(|_| !seconds)?;
    Some(RetryAfter {
        in_millis: wait.in_millis && !millis,
        ..wait
    })
}

/// The wait that the attributes give.
///
/// Errors: both do, or the field that one of them sends is removed.
fn retry_after(
    values: &Values,
    [seconds, millis]: [bool; 2],
) -> Result<Option<RetryAfter>, AttributeError> {
    let given = |name| values.get(name).map(|_| values.count(name));
    for (name, is_removed) in [
        ("retry_after", seconds),
        ("retry_after_ms", seconds || millis),
    ] {
        if is_removed && given(name).is_some() {
            let problem =
                "is given, but headers removes a field that it sends; leave one of them out";
            return Err(AttributeError::conflict(name, problem));
        }
    }
    Ok(match (given("retry_after"), given("retry_after_ms")) {
        (None, None) => None,
        (Some(seconds), None) => Some(RetryAfter {
            time: Duration::from_secs(seconds),
            in_millis: false,
        }),
        (None, Some(millis)) => Some(RetryAfter {
            time: Duration::from_millis(millis),
            in_millis: true,
        }),
        (Some(_), Some(_)) => {
            let problem = "is given beside retry_after; give one of the two: retry_after_ms sends both fields";
            return Err(AttributeError::conflict("retry_after_ms", problem));
        }
    })
}
