//! What a preset is.

use crate::protocol::http::RetryAfter;

/// An error as a provider sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in the API.
    pub name: &'static str,
    /// One line for users.
    pub about: &'static str,
    /// The kind of toxic that takes it: `respond` for an answer, `modify_body` for an event inside of
    /// an answer.
    pub kind: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// When the client may ask again.
    pub retry_after: Option<RetryAfter>,
    /// The fields of the answer.
    pub fields: &'static [(&'static str, &'static str)],
    /// The body, or the event.
    pub body: &'static str,
}

impl Preset {
    pub(in crate::toxics) fn headers(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter();
        let owned = fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect()
    }
}
