//! Limits on numbers and lengths, and the errors for what exceeds them.

use super::error::{ControlError, Limited};
use crate::engine::Pipeline;
use crate::net::Budget;

/// The maximum length of a name in bytes.
pub const NAME_LIMIT: usize = 4096;

/// The maximum length of an address's host in bytes: a DNS name has at most 253 (RFC 1035, section
/// 2.3.4).
pub const HOST_LIMIT: usize = 253;
/// The maximum length of a port in bytes: a service name has at most 15 (RFC 6335, section 5.1).
const PORT_LIMIT: usize = 15;

/// Limits on the number of objects that exist at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of one proxy; further clients wait to be accepted.
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
    /// Errors: `count` proxies are too many.
    pub(super) fn admit_proxies(&self, count: usize) -> Result<(), ControlError> {
        admit(count, self.proxies, Limited::Proxies)
    }

    /// Errors: `count` toxics are too many for one proxy.
    pub(super) fn admit_toxics(&self, count: usize) -> Result<(), ControlError> {
        admit(count, self.toxics, Limited::Toxics)
    }
}

/// Errors: adding `toxics` toxics to each of `connections` connections would take too much memory.
pub(super) fn admit_memory(
    budget: &Budget,
    toxics: usize,
    connections: usize,
) -> Result<(), ControlError> {
    let more = Pipeline::footprint_of(toxics).saturating_mul(connections);
    match budget.admits_toxics(more) {
        true => Ok(()),
        false => Err(ControlError::TooMany {
            what: Limited::ToxicMemory,
            limit: budget.most_toxics(),
        }),
    }
}

/// Errors: `count` exceeds the limit.
pub(super) fn admit(count: usize, limit: usize, what: Limited) -> Result<(), ControlError> {
    match count <= limit {
        true => Ok(()),
        false => Err(ControlError::TooMany { what, limit }),
    }
}

/// Errors: an address is longer than any valid one. Validity itself is not checked, because Toxiproxy
/// accepts an upstream that cannot be connected to.
pub(super) fn admit_address(field: &'static str, address: &str) -> Result<(), ControlError> {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    // The trailing dot of an absolute name does not count.
    let host = inner.or(host.strip_suffix('.')).unwrap_or(host);
    let parts = [("host", host, HOST_LIMIT), ("port", port, PORT_LIMIT)];
    let too_long = parts.iter().find(|(_, text, limit)| text.len() > *limit);
    match too_long {
        None => Ok(()),
        Some(&(part, text, limit)) => Err(ControlError::LongAddress {
            field,
            part,
            length: text.len(),
            limit,
        }),
    }
}

/// Errors: a name is longer than [`NAME_LIMIT`]. Any character is accepted.
pub(super) fn admit_name(name: &str) -> Result<(), ControlError> {
    match name.len() {
        0..=NAME_LIMIT => Ok(()),
        length => Err(ControlError::LongName {
            length,
            limit: NAME_LIMIT,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_of_253_bytes_and_a_port() {
        let (long, longer) = ("h".repeat(HOST_LIMIT), "h".repeat(HOST_LIMIT + 1));
        for (address, admitted) in [
            (String::new(), true),
            (format!("{long}:65535"), true),
            (format!("{long}.:http-alt"), true),
            (format!("[{long}]:1"), true),
            (long.clone(), true),
            (format!("{longer}:1"), false),
            (format!("[{longer}]:1"), false),
            (longer, false),
            (format!("{long}:{}", "1".repeat(16)), false),
            (":".repeat(300), false),
        ] {
            let error = admit_address("listen", &address).err();
            assert_eq!(error.is_none(), admitted, "{address}: {error:?}");
            let text = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(text.len() < 200, "{text}");
        }
    }
}
