//! Decodes sessions to start or to renew.

use std::time::Duration;

use super::error::{DecodeError, JsonPath};
use super::fields::{OBJECT, first, keep, object, string, time};
use super::json;

/// A session to start, or the changes to one.
#[derive(Debug, Default)]
pub(crate) struct SessionAsked {
    pub(crate) name: Option<String>,
    pub(crate) ttl: Option<Duration>,
}

/// Decodes the body of `POST /sessions` and of a renewal.
pub(crate) fn session(body: &[u8]) -> Result<SessionAsked, DecodeError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut asked = SessionAsked::default();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        match name.as_str() {
            "name" => keep(&mut asked.name, string(here.field("name"), raw)?),
            "ttl" => keep(&mut asked.ttl, time(here.field("ttl"), raw)?),
            _ => {}
        }
    }
    Ok(asked)
}
