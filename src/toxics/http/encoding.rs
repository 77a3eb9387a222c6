//! Content codings of bodies that are given.

/// The coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::toxics) enum Encoding {
    /// As it is.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// zlib around deflate (RFC 1950), which is what HTTP calls `deflate`.
    Deflate,
}

impl Encoding {
    /// The names in the API.
    pub(in crate::toxics) const NAMES: &'static [&'static str] = &["identity", "gzip", "deflate"];

    /// Reads a name, which has been checked.
    pub(in crate::toxics) fn of(name: &str) -> Self {
        match name {
            "gzip" => Encoding::Gzip,
            "deflate" => Encoding::Deflate,
            _ => Encoding::Identity,
        }
    }
}

/// The body in this coding. It is stored, not compressed: every client decodes that, and no library is
/// needed.
pub(in crate::toxics) fn encoded(body: &[u8], encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Identity => body.to_vec(),
        Encoding::Gzip => {
            // Magic, deflate, no flags, no time, no extra flags, an unknown system.
            let mut all = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
            store(body, &mut all);
            all.extend_from_slice(&crc32(body).to_le_bytes());
            all.extend_from_slice(&(body.len() as u32).to_le_bytes());
            all
        }
        Encoding::Deflate => {
            let mut all = vec![0x78, 0x01];
            store(body, &mut all);
            all.extend_from_slice(&adler32(body).to_be_bytes());
            all
        }
    }
}

/// Appends stored blocks (RFC 1951, section 3.2.4), of which the last one is marked.
fn store(body: &[u8], all: &mut Vec<u8>) {
    const MOST: usize = u16::MAX as usize;
    let mut rest = body;
    loop {
        let (block, behind) = rest.split_at_checked(MOST).unwrap_or((rest, &[]));
        let length = block.len() as u16;
        all.push(u8::from(behind.is_empty()));
        all.extend_from_slice(&length.to_le_bytes());
        all.extend_from_slice(&(!length).to_le_bytes());
        all.extend_from_slice(block);
        if behind.is_empty() {
            return;
        }
        rest = behind;
    }
}

/// RFC 1952, section 8, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

/// RFC 1950, section 8.
fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert_eq!((crc32(b""), adler32(b"")), (0, 1));
    }

    #[test]
    fn a_short_body_is_one_stored_block() {
        let gzip = encoded(b"abc", Encoding::Gzip);
        assert_eq!(gzip[10..18], [1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c']);
        assert_eq!(gzip[22..], [3, 0, 0, 0]);
        let deflate = encoded(b"", Encoding::Deflate);
        assert_eq!(deflate, [0x78, 1, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 1]);
    }

    #[test]
    fn a_long_body_is_several_blocks() {
        let gzip = encoded(&vec![7; 65_535 + 2], Encoding::Gzip);
        assert_eq!(gzip[10..13], [0, 0xff, 0xff]);
        assert_eq!(gzip[10 + 5 + 65_535..][..5], [1, 2, 0, 0xfd, 0xff]);
        let exact = encoded(&vec![7; 65_535], Encoding::Gzip);
        assert_eq!(exact.len(), 10 + 5 + 65_535 + 8);
        assert_eq!(exact[10], 1);
    }
}
