//! `respond` answers requests in place of the upstream.

use bytes::Bytes;

use crate::engine::Direction;
use crate::protocol::http::{Action, Answer};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::http::{
    Defaults, HttpKind, HttpShape, answer_preset, body_fields, given_answer, headers_attribute,
    preset_attribute,
};
use crate::toxics::values::Values;

/// The longest time that a client is asked to wait: a year.
const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;

/// Answers requests in place of the upstream, which does not see them.
#[derive(Debug)]
pub struct Respond;

impl HttpKind for Respond {
    const NAME: &'static str = "respond";
    const ABOUT: &'static str = "Answers requests in place of the upstream.";
    const DETAILS: &'static str = "Answers HTTP requests in place of the upstream, which does not see them: with `status` (503), \
        `headers` and `body`, or as an API provider does with `preset`. Values that are given replace \
        those of the preset. `retry_after` and `retry_after_ms` ask the client to wait. `raw` sends \
        bytes that need not be HTTP, and closes. `match.http` chooses the requests; without it, all are \
        answered. The answer passes the toxics of the proxy like one of the upstream.";
    const SHAPE: HttpShape = HttpShape::Answers;

    fn attributes() -> Vec<Attribute> {
        let [body, body_base64] = body_fields();
        vec![
            Attribute::new("status", Type::integer(200..=599))
                .about("the status of the answer; 503, or that of the preset, if it is not given")
                .example(429),
            Attribute::new("retry_after", Type::integer(0..=YEAR_MS / 1000))
                .unit("s")
                .about("when the client may ask again, sent as Retry-After; 0 is at once")
                .example(2),
            Attribute::new("retry_after_ms", Type::integer(0..=YEAR_MS))
                .unit("ms")
                .about("the same in milliseconds, sent as retry-after-ms, and rounded up as Retry-After")
                .example(1500),
            Attribute::new("close", Type::integer(0..=1))
                .default(0)
                .about("1 closes the connection behind the answer")
                .example(1),
            Attribute::new("grpc_status", Type::integer(0..=16))
                .about("the status of an answer to a gRPC call, such as 14 for UNAVAILABLE")
                .example(14),
            preset_attribute()
                .about("answer as an API provider does")
                .example("openai-rate-limit"),
            headers_attribute().about("the fields of the answer; null removes one of the preset"),
            body,
            body_base64,
            Attribute::new("raw", Type::text())
                .beside()
                .about("what to send in place of an answer, as it is; closes the connection")
                .example("HTTP/1.1 200 OK\r\n\r\nno"),
        ]
    }

    fn action(values: &Values, _: Option<Direction>) -> Result<Action, AttributeError> {
        let preset = answer_preset(values)?;
        let answer = given_answer(
            values,
            Defaults {
                status: 503,
                retry_after: None,
                preset,
            },
        )?;
        let raw = raw(values)?;
        let close = answer.close || raw.is_some();
        Ok(Action::Respond(
            Answer {
                raw,
                close,
                ..answer
            }
            .into(),
        ))
    }
}

/// The bytes of `raw`. Errors: something else is given that `raw` would leave out.
fn raw(values: &Values) -> Result<Option<Bytes>, AttributeError> {
    const OTHERS: [&str; 8] = [
        "status",
        "retry_after",
        "retry_after_ms",
        "grpc_status",
        "preset",
        "headers",
        "body",
        "body_base64",
    ];
    let raw = values.text("raw");
    if raw.is_empty() {
        return Ok(None);
    }
    match OTHERS.iter().find(|name| values.get(name).is_some()) {
        None => Ok(Some(Bytes::copy_from_slice(raw.as_bytes()))),
        Some(other) => {
            let problem = format!(
                "is everything that is sent, so {other} has no effect; leave one of them out"
            );
            Err(AttributeError::conflict("raw", problem))
        }
    }
}

#[cfg(test)]
mod tests;
