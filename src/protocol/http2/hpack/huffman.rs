//! The Huffman code of HPACK (RFC 7541, appendix B).
//!
//! The code is canonical: codes of one length are consecutive numbers in the order of their symbols,
//! and the first code of a length follows from the counts of the shorter ones. So the lengths are the
//! whole table.

/// The symbol that ends a string, which must not occur in one.
const EOS: u16 = 256;
/// The longest code, in bits.
const LONGEST: usize = 30;

/// The length of each symbol's code, in bits.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
    7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

/// The codes, sorted by length.
struct Codes {
    /// All symbols, by length of their codes and then by number.
    symbols: [u16; 257],
    /// For each length: how many codes have it.
    counts: [u32; LONGEST + 1],
}

static CODES: Codes = sorted();

#[allow(clippy::indexing_slicing, reason = "runs when it is compiled")]
const fn sorted() -> Codes {
    let mut codes = Codes {
        symbols: [0; 257],
        counts: [0; LONGEST + 1],
    };
    let (mut place, mut length) = (0, 0);
    while length <= LONGEST {
        let mut symbol = 0;
        while symbol < 257 {
            if LENGTHS[symbol] as usize == length {
                codes.symbols[place] = symbol as u16;
                codes.counts[length] += 1;
                place += 1;
            }
            symbol += 1;
        }
        length += 1;
    }
    codes
}

/// Decodes a string. `None`: it holds the end of string, or does not end in up to seven ones.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    let mut reader = Reader::default();
    for byte in bytes {
        for bit in (0..8).rev() {
            if let Some(symbol) = reader.take(u32::from(byte >> bit & 1))? {
                text.push(symbol);
            }
        }
    }
    (reader.length < 8 && reader.only_ones).then_some(text)
}

/// Reads one code, bit by bit.
struct Reader {
    code: u32,
    length: usize,
    /// The first code of this length.
    first: u32,
    /// The place of its symbol.
    place: u32,
    only_ones: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Reader {
            code: 0,
            length: 0,
            first: 0,
            place: 0,
            only_ones: true,
        }
    }
}

impl Reader {
    /// Takes a bit. Returns the symbol if it is complete; `None` if there is no such code.
    fn take(&mut self, bit: u32) -> Option<Option<u8>> {
        self.code = self.code << 1 | bit;
        self.only_ones &= bit == 1;
        self.length += 1;
        let count = *CODES.counts.get(self.length)?;
        let index = self.code.checked_sub(self.first)?;
        if index < count {
            let place = usize::try_from(self.place + index).ok()?;
            let symbol = *CODES.symbols.get(place).filter(|symbol| **symbol != EOS)?;
            *self = Reader::default();
            return Some(Some(u8::try_from(symbol).ok()?));
        }
        self.place += count;
        self.first = (self.first + count) << 1;
        Some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541, appendices C.4 and C.6.
    #[test]
    fn the_examples_of_the_rfc_are_decoded() {
        let bytes = [
            0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
        ];
        assert_eq!(decode(&bytes).unwrap(), b"www.example.com");
        let bytes = [0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf];
        assert_eq!(decode(&bytes).unwrap(), b"no-cache");
    }

    #[test]
    fn every_symbol_is_decoded_with_its_padding() {
        // Written from the codes themselves, not from the reader's way through them.
        let (mut code, mut last, mut seen) = (0_u64, 0, 0);
        for symbol in CODES.symbols {
            let length = LENGTHS[usize::from(symbol)];
            code <<= length - last;
            last = length;
            let padding = (8 - length % 8) % 8;
            let padded = (code << padding) | ((1 << padding) - 1);
            let size = usize::from(length + padding) / 8;
            let bytes = &padded.to_be_bytes()[8 - size..];
            match u8::try_from(symbol) {
                Ok(byte) => assert_eq!(decode(bytes), Some(vec![byte]), "{byte}"),
                Err(_) => assert_eq!(decode(bytes), None),
            }
            code += 1;
            seen += 1;
        }
        assert_eq!((seen, code), (257, 1 << 30));
    }

    #[test]
    fn wrong_padding_is_refused() {
        assert_eq!(decode(&[0x18]), None, "a zero after an `a`");
        assert_eq!(decode(&[0x1f, 0xff]), None, "more than seven bits");
        assert_eq!(decode(&[0x1f]), Some(b"a".to_vec()));
        assert_eq!(decode(&[]), Some(Vec::new()));
    }
}
