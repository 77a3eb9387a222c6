//! How many of a thing there may be.

use super::error::ControlError;

/// Bytes that a name may have.
pub const NAME_LIMIT: usize = 4096;

/// How many of a thing there may be at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of one proxy; more wait to be accepted.
    pub connections: usize,
    /// Proxies.
    pub proxies: usize,
    /// Toxics of one proxy.
    pub toxics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 100_000,
            proxies: 10_000,
            toxics: 1000,
        }
    }
}

impl Limits {
    /// Errors: so many proxies are too many.
    pub(super) fn admit_proxies(&self, count: usize) -> Result<(), ControlError> {
        admit(count, self.proxies, "proxies", "-max-proxies")
    }

    /// Errors: so many toxics are too many for one proxy.
    pub(super) fn admit_toxics(&self, count: usize) -> Result<(), ControlError> {
        admit(count, self.toxics, "toxics on one proxy", "-max-toxics")
    }
}

fn admit(
    count: usize,
    limit: usize,
    what: &'static str,
    flag: &'static str,
) -> Result<(), ControlError> {
    match count <= limit {
        true => Ok(()),
        false => Err(ControlError::TooMany { what, limit, flag }),
    }
}

/// Errors: a name is longer than [`NAME_LIMIT`]. Which characters it has does not matter.
pub(super) fn admit_name(name: &str) -> Result<(), ControlError> {
    match name.len() {
        0..=NAME_LIMIT => Ok(()),
        length => Err(ControlError::LongName { length }),
    }
}
