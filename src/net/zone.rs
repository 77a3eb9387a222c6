//! IPv6 zones: which interface `fe80::1%eth0` means, with the same results as Go's `net` package.

/// The index of an interface. A name that does not exist is parsed as a number. Anything else is 0,
/// and the system then refuses to bind or connect.
pub(super) fn index(zone: &str) -> u32 {
    named(zone).unwrap_or_else(|| leading_number(zone))
}

/// The name of an interface, or its number if it has no name.
pub(super) fn name(index: u32) -> String {
    name_of(index).unwrap_or_else(|| index.to_string())
}

/// The limit at which Go's parser stops.
const BIG: u32 = 0xff_ffff;

/// Like Go's `dtoi`: parses digits up to the first other character.
fn leading_number(text: &str) -> u32 {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit());
    let digits = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    if digits.is_empty() {
        return 0;
    }
    digits.parse().map_or(BIG, |number: u32| number.min(BIG))
}

#[cfg(unix)]
fn named(zone: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(zone).ok()
}

#[cfg(unix)]
fn name_of(index: u32) -> Option<String> {
    let name = nix::net::if_::if_indextoname(index).ok()?;
    // For a number without an interface, nix returns an empty name.
    name.into_string().ok().filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn named(_: &str) -> Option<u32> {
    None
}

#[cfg(not(unix))]
fn name_of(_: u32) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_unknown_names_are_read_as_go_reads_them() {
        let big = [("16777216", BIG), ("99999999999999999999", BIG)];
        let small = [("7", 7), ("7a", 7), ("nosuch", 0), ("", 0)];
        for (zone, number) in small.into_iter().chain(big) {
            assert_eq!(index(zone), number, "{zone}");
        }
        assert_eq!(name(7_000_000), "7000000");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn interfaces_have_names() {
        let index = index("lo");
        assert!(index > 0);
        assert_eq!(name(index), "lo");
    }
}
