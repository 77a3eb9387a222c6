//! Whether a request, or its answer, fits the conditions of a rule.

use std::borrow::Cow;

use super::matching::{AfterPart, HeaderTest, HttpMatch};
use super::message::{Field, RequestHead, ResponseHead};

impl HttpMatch {
    /// Whether a request fits every condition on its head. Its number is not looked at.
    pub(super) fn fits_request(&self, request: &RequestHead<'_>) -> bool {
        let query = request.query.unwrap_or_default();
        self.fits_method(request.method)
            && fits(self.path.as_ref(), |path| {
                path.fits(decoded(request.path.as_bytes()).as_ref())
            })
            && fits(self.host.as_ref(), |host| fits_host(host, request.host))
            && fits(self.query.as_ref(), |pattern| {
                pattern.fits(query.as_bytes())
            })
            && self
                .headers
                .iter()
                .all(|(name, test)| test.fits(name, request.fields))
    }

    /// Whether a request with this number, of those that fit, is one to act on.
    pub(super) fn fits_number(&self, number: u64) -> bool {
        let in_ranges =
            self.requests.is_empty() || self.requests.iter().any(|range| range.contains(&number));
        in_ranges && self.nth.is_none_or(|nth| number % nth == 0)
    }

    /// Whether an answer fits the conditions on its head.
    pub(super) fn fits_answer(&self, answer: &ResponseHead<'_>) -> bool {
        let by_status = self.status.is_empty()
            || self
                .status
                .iter()
                .any(|range| range.contains(&answer.status));
        by_status
            && match &self.content_type {
                Some(pattern) => pattern.fits_in_any_case(media_type(answer)),
                // Events are counted where there are some, or where the user says that there are.
                None => !self.counts_events() || is_event_stream(answer),
            }
    }

    fn counts_events(&self) -> bool {
        self.split_events || matches!(self.after, Some(AfterPart::Events(_)))
    }

    fn fits_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|one| one == method)
    }
}

fn fits<T>(condition: Option<&T>, test: impl FnOnce(&T) -> bool) -> bool {
    condition.is_none_or(test)
}

fn fits_host(pattern: &super::pattern::Pattern, host: &str) -> bool {
    pattern.fits_in_any_case(host.as_bytes())
        || without_port(host).is_some_and(|name| pattern.fits_in_any_case(name.as_bytes()))
}

/// The host without its port, if it has one (RFC 3986, section 3.2.2: a colon inside brackets is part of
/// an IPv6 address).
fn without_port(host: &str) -> Option<&str> {
    let (name, port) = host.rsplit_once(':')?;
    let is_port = port.bytes().all(|letter| letter.is_ascii_digit());
    (is_port && (!name.contains(':') || name.ends_with(']'))).then_some(name)
}

impl HeaderTest {
    fn fits(&self, name: &str, fields: &[Field<'_>]) -> bool {
        let mut named = fields
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        match self {
            HeaderTest::Present => named.next().is_some(),
            HeaderTest::Absent => named.next().is_none(),
            HeaderTest::Value(pattern) => named.any(|field| pattern.fits(field.value)),
        }
    }
}

/// The media type of an answer without its parameters; empty if there is none.
fn media_type<'a>(answer: &ResponseHead<'a>) -> &'a [u8] {
    let value = answer.field("content-type").unwrap_or_default();
    let end = value.iter().position(|byte| *byte == b';');
    let media_type = value.get(..end.unwrap_or(value.len()));
    media_type.unwrap_or_default().trim_ascii()
}

fn is_event_stream(answer: &ResponseHead<'_>) -> bool {
    media_type(answer).eq_ignore_ascii_case(b"text/event-stream")
}

/// Whether the body of an answer is encoded, so that its text and events cannot be told.
pub(super) fn is_encoded(answer: &ResponseHead<'_>) -> bool {
    answer.fields.iter().any(|field| {
        // What leaves the text as it is. A transfer coding beside `chunked` compresses it as well.
        let plain: &[u8] = match field.name {
            name if name.eq_ignore_ascii_case("content-encoding") => b"identity",
            name if name.eq_ignore_ascii_case("transfer-encoding") => b"chunked",
            _ => return false,
        };
        let mut codings = field.value.split(|byte| *byte == b',');
        codings.any(|coding| {
            let coding = coding.trim_ascii();
            !coding.is_empty() && !coding.eq_ignore_ascii_case(plain)
        })
    })
}

/// The path with the percent-escapes of unreserved characters decoded (RFC 3986, section 6.2.2.2).
fn decoded(path: &[u8]) -> Cow<'_, [u8]> {
    if !path.contains(&b'%') {
        return Cow::Borrowed(path);
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, behind)) = rest.split_first() {
        match escaped(rest) {
            Some(byte) if is_unreserved(byte) => {
                decoded.push(byte);
                rest = rest.get(3..).unwrap_or_default();
            }
            _ => {
                decoded.push(*first);
                rest = behind;
            }
        }
    }
    Cow::Owned(decoded)
}

/// The byte that a percent-escape at the start of the text stands for.
fn escaped(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    let digit = |letter: &u8| char::from(*letter).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests;
