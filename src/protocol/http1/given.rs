//! Writes answers that are given in place of the upstream's.
//!
//! Such an answer has no `Date`: a server without a clock sends none (RFC 9110, section 6.6.1), and this
//! code has none. Clients measure `Retry-After` in seconds from their own time.

use bytes::{Bytes, BytesMut};

use super::head::has_body;
use super::message::{Method, Version};
use super::reason::reason;
use crate::protocol::http::Answer;

/// The bytes of an answer to a request with this method and version, and whether the connection must be
/// closed behind them. `keep_alive`: whether the connection can take another request.
///
/// The framing is always right: fields of the answer named `Content-Length`, `Transfer-Encoding` or
/// `Connection` are not sent, except that `Connection: close` is obeyed. `raw` bytes are sent as they
/// are.
pub fn given_answer(
    answer: &Answer,
    method: Method,
    version: Version,
    keep_alive: bool,
) -> (Bytes, bool) {
    if let Some(raw) = &answer.raw {
        return (raw.clone(), true);
    }
    // A client takes what follows a 2xx to its CONNECT for the bytes of a tunnel.
    let tunnel = method == Method::Connect && (200..300).contains(&answer.status);
    let closes = !keep_alive || answer.close || asks_to_close(answer) || tunnel;
    let mut out = BytesMut::with_capacity(answer.body.len() + 256);
    let minor = match version {
        Version::Http10 => 0,
        Version::Http11 => 1,
    };
    let status = answer.status;
    line(
        &mut out,
        &format!("HTTP/1.{minor} {status} {}", reason(status)),
    );
    for (name, value) in answer.headers.iter().filter(|(name, _)| !is_framing(name)) {
        line(&mut out, &format!("{name}: {value}"));
    }
    retry_after(&mut out, answer);
    let has_body = has_body(method, status);
    // An answer to HEAD has the length that GET would have had (RFC 9110, section 9.3.2).
    let as_if_get = method == Method::Head && self::has_body(Method::Other, status);
    if has_body || as_if_get {
        line(&mut out, &format!("Content-Length: {}", answer.body.len()));
    }
    match (closes, version) {
        (true, _) => line(&mut out, "Connection: close"),
        (false, Version::Http10) => line(&mut out, "Connection: keep-alive"),
        (false, Version::Http11) => {}
    }
    line(&mut out, "");
    if has_body {
        out.extend_from_slice(&answer.body);
    }
    (out.freeze(), closes)
}

fn line(out: &mut BytesMut, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn is_framing(name: &str) -> bool {
    let ours = ["content-length", "transfer-encoding", "connection"];
    ours.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

fn asks_to_close(answer: &Answer) -> bool {
    let is_close = |option: &str| option.trim().eq_ignore_ascii_case("close");
    let mut headers = answer.headers.iter();
    headers.any(|(name, value)| {
        name.eq_ignore_ascii_case("connection") && value.split(',').any(is_close)
    })
}

/// Writes when the client may ask again, in the fields that the answer does not have itself.
fn retry_after(out: &mut BytesMut, answer: &Answer) {
    let Some(retry) = answer.retry_after else {
        return;
    };
    let has = |wanted: &str| {
        let mut headers = answer.headers.iter();
        headers.any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    if !has("retry-after") {
        line(out, &format!("Retry-After: {}", retry.seconds()));
    }
    if retry.in_millis && !has("retry-after-ms") {
        // A client that is told less than the time comes too early.
        let millis = retry.time.as_nanos().div_ceil(1_000_000);
        line(out, &format!("retry-after-ms: {millis}"));
    }
}
