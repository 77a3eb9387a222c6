//! What the fields of a head say about its message, found in one pass over them.

use super::message::{BodyFraming, Version};
use super::refusal::Refusal;
use crate::protocol::http::Field;

/// What the fields of a head say about its message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts<'a> {
    /// The first `Host`; empty if there is none.
    pub host: &'a [u8],
    length: Option<Length>,
    coding: Option<Coding>,
    close: bool,
    keep_alive: bool,
    option_upgrade: bool,
    upgrade: bool,
    continues: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Bytes(u64),
    Differ,
    Wrong,
}

/// The last transfer coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Chunked,
    Other,
    /// One that is no token, or a second `chunked`.
    Unclear,
}

impl<'a> Facts<'a> {
    /// Reads all fields of a head.
    pub fn of(fields: &[Field<'a>]) -> Self {
        let mut facts = Facts::default();
        for field in fields {
            facts.add(field);
        }
        facts
    }

    fn add(&mut self, field: &Field<'a>) {
        let (name, value) = (field.name, field.value);
        // Most fields are none of these: their length tells without a comparison.
        match name.len() {
            4 if name.eq_ignore_ascii_case("host") && self.host.is_empty() => {
                self.host = value.trim_ascii();
            }
            6 if name.eq_ignore_ascii_case("expect") => {
                self.continues |= has(value, b"100-continue");
            }
            7 if name.eq_ignore_ascii_case("upgrade") => self.upgrade = true,
            10 if name.eq_ignore_ascii_case("connection") => {
                self.close |= has(value, b"close");
                self.keep_alive |= has(value, b"keep-alive");
                self.option_upgrade |= has(value, b"upgrade");
            }
            14 if name.eq_ignore_ascii_case("content-length") => self.add_length(value),
            17 if name.eq_ignore_ascii_case("transfer-encoding") => self.add_codings(value),
            _ => {}
        }
    }

    /// A list of equal lengths in one field is wrong: a recipient may take it or not (RFC 9112, section
    /// 6.3, rule 5).
    fn add_length(&mut self, value: &[u8]) {
        let length = number(value.trim_ascii()).map_or(Length::Wrong, Length::Bytes);
        self.length = Some(match self.length {
            Some(before) if before == Length::Wrong || length == Length::Wrong => Length::Wrong,
            Some(before) if before != length => Length::Differ,
            _ => length,
        });
    }

    fn add_codings(&mut self, value: &[u8]) {
        for text in elements(value) {
            let coding = match text {
                _ if text.eq_ignore_ascii_case(b"chunked") => Coding::Chunked,
                _ if !text.is_empty() && text.iter().all(|byte| is_token(*byte)) => Coding::Other,
                _ => Coding::Unclear,
            };
            self.coding = Some(match self.coding {
                // Chunked must be the last one, and may be applied once (RFC 9112, section 6.1).
                Some(Coding::Chunked | Coding::Unclear) => Coding::Unclear,
                _ => coding,
            });
        }
    }

    /// Where the body of a request ends (RFC 9112, section 6.3, rules 3 to 7).
    ///
    /// # Errors
    /// The fields contradict each other, or a recipient could read them in another way.
    pub fn of_request(&self, version: Version) -> Result<BodyFraming, Refusal> {
        match self.framing(version)? {
            Some(BodyFraming::UntilEnd) => Err(Refusal::UnclearEncoding),
            framing => Ok(framing.unwrap_or(BodyFraming::None)),
        }
    }

    /// Where the body of an answer ends that has one (RFC 9112, section 6.3, rules 3 to 8).
    ///
    /// # Errors
    /// As [`Facts::of_request`].
    pub fn of_response(&self, version: Version) -> Result<BodyFraming, Refusal> {
        let framing = self.framing(version)?;
        Ok(framing.unwrap_or(BodyFraming::UntilEnd))
    }

    fn framing(&self, version: Version) -> Result<Option<BodyFraming>, Refusal> {
        match (self.length, self.coding) {
            (Some(_), Some(_)) => Err(Refusal::LengthAndEncoding),
            (_, Some(Coding::Unclear)) => Err(Refusal::UnclearEncoding),
            // Such a message must be treated as wrongly framed (RFC 9112, section 6.1).
            (_, Some(_)) if version == Version::Http10 => Err(Refusal::UnclearEncoding),
            (_, Some(Coding::Chunked)) => Ok(Some(BodyFraming::Chunked)),
            (_, Some(Coding::Other)) => Ok(Some(BodyFraming::UntilEnd)),
            (Some(Length::Bytes(length)), None) => Ok(Some(BodyFraming::Length(length))),
            (Some(Length::Differ), None) => Err(Refusal::LengthsDiffer),
            (Some(Length::Wrong), None) => Err(Refusal::NoLength),
            (None, None) => Ok(None),
        }
    }

    /// Whether another message may follow (RFC 9112, section 9.3).
    pub fn keeps_alive(&self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }

    /// Whether the client may wait for `100 Continue`. A server ignores that in HTTP/1.0 (RFC 9110,
    /// section 10.1.1).
    pub fn expects_continue(&self, version: Version) -> bool {
        self.continues && version == Version::Http11
    }

    /// Whether the client asks for another protocol. A server ignores that in HTTP/1.0 (RFC 9110,
    /// section 7.8).
    pub fn upgrade(&self, version: Version) -> bool {
        self.upgrade && self.option_upgrade && version == Version::Http11
    }
}

/// The elements of a list (RFC 9110, section 5.6.1).
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

fn has(value: &[u8], wanted: &[u8]) -> bool {
    elements(value).any(|element| element.eq_ignore_ascii_case(wanted))
}

/// A number of 64 bits, of digits alone.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A character of a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
