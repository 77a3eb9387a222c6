//! Splits `host:port` as Go's `net.SplitHostPort` does, with the same errors. An IPv6 address must be in
//! brackets. Must not know which hosts and ports are valid.

use super::address::error::AddressError;

/// Splits at the last colon and removes brackets. The errors are those of Go's `net.SplitHostPort`.
pub(super) fn split(text: &str) -> Result<(&str, &str), AddressError> {
    let malformed = |problem| AddressError::Malformed {
        text: text.to_owned(),
        problem,
    };
    let parts = text.rsplit_once(':');
    let (host, port) = parts.ok_or(malformed("missing port in address"))?;
    let colon = host.len();
    if let Some(inner) = text.strip_prefix('[') {
        let end = inner.find(']').ok_or(malformed("missing ']' in address"))? + 1;
        if end + 1 == text.len() {
            return Err(malformed("missing port in address"));
        }
        if end + 1 != colon {
            let next_is_colon = text.as_bytes().get(end + 1) == Some(&b':');
            return Err(malformed(if next_is_colon {
                "too many colons in address"
            } else {
                "missing port in address"
            }));
        }
        let host = inner.split(']').next().unwrap_or_default();
        return check_brackets(host, port, malformed);
    }
    if host.contains(':') {
        return Err(malformed("too many colons in address"));
    }
    check_brackets(host, port, malformed)
}

fn check_brackets<'a>(
    host: &'a str,
    port: &'a str,
    malformed: impl Fn(&'static str) -> AddressError,
) -> Result<(&'a str, &'a str), AddressError> {
    if host.contains('[') || port.contains('[') {
        return Err(malformed("unexpected '[' in address"));
    }
    if host.contains(']') || port.contains(']') {
        return Err(malformed("unexpected ']' in address"));
    }
    Ok((host, port))
}
