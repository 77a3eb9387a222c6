//! The static table (RFC 7541, appendix A).

/// The entries, of which the first has the index 1.
const ENTRIES: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// How many entries there are.
pub(super) const COUNT: usize = ENTRIES.len();

/// The entry with this index.
pub(super) fn entry(index: usize) -> Option<(&'static str, &'static str)> {
    ENTRIES.get(index.checked_sub(1)?).copied()
}

/// The index of a field with this name: of one that also has the value, if there is one. Says whether
/// it has.
pub(super) fn find(name: &[u8], value: &[u8]) -> Option<(usize, bool)> {
    let named = |(of, _): &(&str, &str)| of.as_bytes() == name;
    let first = ENTRIES.iter().position(named)?;
    let mut same = ENTRIES.iter().skip(first).take_while(|entry| named(entry));
    let exact = same.position(|(_, of)| of.as_bytes() == value);
    Some((first + exact.unwrap_or(0) + 1, exact.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name_and_value() {
        assert_eq!(find(b":status", b"404"), Some((13, true)));
        assert_eq!(find(b":status", b"429"), Some((8, false)));
        assert_eq!(find(b"retry-after", b"2"), Some((53, false)));
        assert_eq!(find(b"grpc-status", b"14"), None);
        assert_eq!(entry(61), Some(("www-authenticate", "")));
        assert_eq!((entry(0), entry(62)), (None, None));
    }
}
