//! Seeded mutations: the same entry and the same corpus give the same mutations.

use aconite::engine::DrawKey;

/// Values that are interesting at any position.
const TOKENS: &[&[u8]] = &[
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e400",
    b"-1e400",
    b"NaN",
    b"1e-400",
    b"0.5",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"\\ud800",
    b"\xff",
    b"\xc3\xa9",
    b"\0",
    b"\n",
    b"\n%%\n",
    b"--",
    b"=",
    b"%2F",
    b"..",
    b"1ns",
    b"2562047h",
    b"?session=s&after=1&how=rst",
];

/// Makes one mutation of an entry after another.
pub struct Mutator<'a> {
    entry: &'a [u8],
    corpus: &'a [&'a [u8]],
    draw_key: DrawKey,
    thrown: u64,
}

impl<'a> Mutator<'a> {
    pub fn new(entry: &'a [u8], corpus: &'a [&'a [u8]]) -> Self {
        Mutator {
            entry,
            corpus,
            draw_key: DrawKey::of_seed(1).named(&String::from_utf8_lossy(entry)),
            thrown: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.thrown += 1;
        self.draw_key.numbered(self.thrown).below(bound as u64) as usize
    }

    /// The entry with one to four changes.
    pub fn next(&mut self) -> Vec<u8> {
        let mut data = self.entry.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut data);
        }
        data
    }

    fn change(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len() + 1);
        let end = data.len().min(at + self.below(16));
        match self.below(8) {
            0 | 1 if at < data.len() => data[at] ^= 1 << self.below(8),
            2 if at < data.len() => data[at] = self.below(256) as u8,
            3 => drop(data.drain(at..end)),
            4 => {
                let part = data[at..end].to_vec();
                data.splice(at..at, part);
            }
            5 => {
                let other = self.corpus[self.below(self.corpus.len())];
                let from = self.below(other.len() + 1);
                let to = other.len().min(from + self.below(64));
                data.splice(at..end, other[from..to].iter().copied());
            }
            6 => data.truncate(at),
            _ => {
                let token = TOKENS[self.below(TOKENS.len())];
                data.splice(at..end, token.iter().copied());
            }
        }
    }
}
