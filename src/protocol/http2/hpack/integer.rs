//! Integers with a prefix (RFC 7541, section 5.1).

/// Reads an integer whose first `prefix` bits are the low bits of the first byte. Returns it with the
/// bytes behind it. `None`: the bytes end, or it is above 2^28, which no length or index can be.
pub(super) fn read(bytes: &[u8], prefix: u32) -> Option<(usize, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mask = (1_usize << prefix) - 1;
    let mut value = usize::from(*first) & mask;
    if value < mask {
        return Some((value, rest));
    }
    for shift in [0, 7, 14, 21] {
        let (next, behind) = rest.split_first()?;
        rest = behind;
        value += usize::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

/// Appends an integer below 2^28, with `pattern` in the bits before its prefix.
pub(super) fn write(out: &mut Vec<u8>, pattern: u8, prefix: u32, value: usize) {
    let mask = (1_usize << prefix) - 1;
    if value < mask {
        return out.push(pattern | low(value));
    }
    out.push(pattern | low(mask));
    let mut rest = value - mask;
    while rest >= 0x80 {
        out.push(low(rest & 0x7f) | 0x80);
        rest >>= 7;
    }
    out.push(low(rest));
}

fn low(value: usize) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541, appendix C.1.
    #[test]
    fn the_examples_of_the_rfc_are_read_and_written() {
        for (value, prefix, bytes) in [
            (10, 5, &[0x0a][..]),
            (1337, 5, &[0x1f, 0x9a, 0x0a]),
            (42, 8, &[0x2a]),
        ] {
            assert_eq!(read(bytes, prefix), Some((value, &[][..])));
            let mut out = Vec::new();
            write(&mut out, 0, prefix, value);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn an_unfinished_or_huge_integer_is_refused() {
        assert_eq!(read(&[], 5), None);
        assert_eq!(read(&[0x1f, 0x9a], 5), None);
        assert_eq!(read(&[0x1f, 0xff, 0xff, 0xff, 0xff, 0x00], 5), None);
    }
}
