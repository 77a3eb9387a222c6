//! Reads heads: their syntax by `httparse`, their framing by RFC 9112.
//!
//! Nothing is repaired and nothing guessed: a head that two recipients could read in two ways is
//! refused. The alternative of hyper, nginx and others is to answer 400, which is the upstream's to do.

use std::mem::MaybeUninit;

use super::fields::Facts;
use super::limits;
use super::message::{BodyFraming, Method, Parsed, Request, Response, Version};
use super::refusal::Refusal;
use super::target::Target;
use crate::protocol::http::{Field, RequestHead, ResponseHead};

/// With these bytes a client begins HTTP/2 with prior knowledge (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Room for the fields of one head, on the stack of whoever reads it.
pub struct FieldSpace<'b> {
    fields: [MaybeUninit<Field<'b>>; limits::FIELDS],
}

impl FieldSpace<'_> {
    /// Room for the fields of one head. It costs nothing.
    pub fn new() -> Self {
        FieldSpace {
            fields: [const { MaybeUninit::uninit() }; limits::FIELDS],
        }
    }
}

impl Default for FieldSpace<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads the head of the request that begins with the first byte.
///
/// It looks at all bytes of the head. For one that arrives in pieces, a [`HeadReader`] does so once.
///
/// [`HeadReader`]: super::HeadReader
pub fn request_head<'h, 'b: 'h>(
    bytes: &'b [u8],
    space: &'h mut FieldSpace<'b>,
) -> Parsed<Request<'h>> {
    // No HTTP message begins with a type of TLS record (RFC 8446, section 5.1).
    if bytes.first() == Some(&0x16) {
        return Parsed::Refused(Refusal::Tls);
    }
    if bytes.starts_with(PREFACE) {
        return Parsed::Refused(Refusal::Http2);
    }
    if PREFACE.starts_with(bytes) {
        return Parsed::Partial;
    }
    let mut read = httparse::Request::new(&mut []);
    let len = match read.parse_with_uninit_headers(bytes, &mut space.fields) {
        Ok(httparse::Status::Complete(len)) if len <= limits::HEAD => len,
        Ok(httparse::Status::Complete(_)) => return Parsed::Refused(Refusal::HeadTooLong),
        Ok(httparse::Status::Partial) => return partial(bytes, Refusal::NoRequestLine),
        Err(error) => return Parsed::Refused(refusal(error, bytes, Refusal::NoRequestLine)),
    };
    let (method, target) = (read.method.unwrap_or(""), read.path.unwrap_or(""));
    match describe_request(method, target, read.version, read.headers, len) {
        Ok(request) => Parsed::Complete(request),
        Err(refusal) => Parsed::Refused(refusal),
    }
}

fn describe_request<'h>(
    name: &'h str,
    target: &'h str,
    version: Option<u8>,
    fields: &'h [Field<'h>],
    len: usize,
) -> Result<Request<'h>, Refusal> {
    let (version, method) = (version_of(version), Method::of(name));
    let facts = Facts::of(fields);
    let target = Target::of(target, method);
    let host = std::str::from_utf8(facts.host).unwrap_or("");
    Ok(Request {
        head: RequestHead {
            method: name,
            // A target in absolute form goes before `Host` (RFC 9112, section 3.2.2).
            host: target.authority.unwrap_or(host),
            path: target.path,
            query: target.query,
            fields,
        },
        len,
        version,
        method,
        framing: facts.of_request(version)?,
        keeps_alive: facts.keeps_alive(version),
        expects_continue: facts.expects_continue(version),
        upgrade: facts.upgrade(version),
    })
}

/// Reads the head of the answer that begins with the first byte, to a request with this method.
///
/// It looks at all bytes of the head. For one that arrives in pieces, a [`HeadReader`] does so once.
///
/// [`HeadReader`]: super::HeadReader
pub fn response_head<'h, 'b: 'h>(
    bytes: &'b [u8],
    method: Method,
    space: &'h mut FieldSpace<'b>,
) -> Parsed<Response<'h>> {
    match bytes.first() {
        // A handshake, or an alert.
        Some(0x15 | 0x16) => return Parsed::Refused(Refusal::Tls),
        // `httparse` skips empty lines, which only a server may (RFC 9112, section 2.2).
        Some(b'\r' | b'\n') => return Parsed::Refused(Refusal::NoStatusLine),
        _ => {}
    }
    let mut read = httparse::Response::new(&mut []);
    let parser = httparse::ParserConfig::default();
    let len = match parser.parse_response_with_uninit_headers(&mut read, bytes, &mut space.fields) {
        Ok(httparse::Status::Complete(len)) if len <= limits::HEAD => len,
        Ok(httparse::Status::Complete(_)) => return Parsed::Refused(Refusal::HeadTooLong),
        Ok(httparse::Status::Partial) => return partial(bytes, Refusal::NoStatusLine),
        Err(error) => return Parsed::Refused(refusal(error, bytes, Refusal::NoStatusLine)),
    };
    match describe_response(read.code, read.version, read.headers, method, len) {
        Ok(response) => Parsed::Complete(response),
        Err(refusal) => Parsed::Refused(refusal),
    }
}

fn describe_response<'h>(
    status: Option<u16>,
    version: Option<u8>,
    fields: &'h [Field<'h>],
    method: Method,
    len: usize,
) -> Result<Response<'h>, Refusal> {
    let status = status.filter(|status| (100..1000).contains(status));
    let status = status.ok_or(Refusal::NoStatusLine)?;
    let version = version_of(version);
    let facts = Facts::of(fields);
    // RFC 9112, section 6.3, rules 1 and 2: whatever the fields say.
    let tunnel = status == 101 || method == Method::Connect && (200..300).contains(&status);
    let framing = match has_body(method, status) {
        true => facts.of_response(version)?,
        false => BodyFraming::None,
    };
    Ok(Response {
        head: ResponseHead { status, fields },
        len,
        version,
        framing,
        keeps_alive: facts.keeps_alive(version) && framing != BodyFraming::UntilEnd,
        interim: status < 200 && status != 101,
        tunnel,
    })
}

/// Whether an answer with this status to a request with this method has a body, be it an empty one
/// (RFC 9112, section 6.3, rules 1 and 2).
pub(super) fn has_body(method: Method, status: u16) -> bool {
    let none = matches!(status, 100..200 | 204 | 304);
    let tunnel = method == Method::Connect && (200..300).contains(&status);
    !(none || tunnel || method == Method::Head)
}

fn version_of(minor: Option<u8>) -> Version {
    match minor {
        Some(0) => Version::Http10,
        _ => Version::Http11,
    }
}

/// An unfinished head, if it may still become one within the limits.
fn partial<T>(bytes: &[u8], no_first_line: Refusal) -> Parsed<T> {
    let begun = bytes.get(..limits::FIRST_LINE);
    if begun.is_some_and(|begun| !has_line(begun)) {
        return Parsed::Refused(no_first_line);
    }
    match bytes.len() > limits::HEAD {
        true => Parsed::Refused(Refusal::HeadTooLong),
        false => Parsed::Partial,
    }
}

/// Whether a line that is not empty ends in here.
fn has_line(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    // What is behind the last line feed is no line yet.
    lines.next_back();
    lines.any(|line| !matches!(line, b"" | b"\r"))
}

fn refusal(error: httparse::Error, bytes: &[u8], no_first_line: Refusal) -> Refusal {
    use httparse::Error;
    match error {
        Error::TooManyHeaders => Refusal::TooManyFields,
        Error::HeaderName if has_fold(bytes) => Refusal::Folded,
        Error::HeaderName | Error::HeaderValue => Refusal::Malformed,
        _ => no_first_line,
    }
}

/// Whether a line begins with white space.
fn has_fold(bytes: &[u8]) -> bool {
    bytes
        .windows(2)
        .any(|pair| matches!(pair, b"\n " | b"\n\t"))
}
