//! Zones of IPv6 addresses: which interface `fe80::1%eth0` means, as Go's `net` package reads them.

/// The interface's number. A name that is not there is read as a number, and anything else is 0, with
/// which the system then refuses to bind or connect.
pub(super) fn index(zone: &str) -> u32 {
    named(zone).unwrap_or_else(|| leading_number(zone))
}

/// What an interface is called: its name, or its number if it has none.
pub(super) fn name(index: u32) -> String {
    name_of(index).unwrap_or_else(|| index.to_string())
}

/// Where Go stops counting.
const BIG: u32 = 0xff_ffff;

/// As Go's `dtoi`: digits up to the first that is none.
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
    // For a number that is nobody's, nix gives an empty name.
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
