//! Feeds a stream to a framer.

use aconite::engine::framing::{Found, Framer};

/// The offsets at which messages end, and the one from which on nothing can be framed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub ends: Vec<usize>,
    pub lost: Option<usize>,
}

/// Feeds the framer until it gives up.
pub fn scan_with(mut framer: Framer, chunks: impl Iterator<Item = Vec<u8>>) -> Scan {
    let (mut scan, mut offset) = (Scan::default(), 0);
    for chunk in chunks {
        let mut rest = &chunk[..];
        while !rest.is_empty() && scan.lost.is_none() {
            let read = match framer.find_end(rest) {
                Found::Within => rest.len(),
                Found::End(count) => {
                    assert!(count > 0);
                    scan.ends.push(offset + count);
                    count
                }
                Found::Lost(count) => {
                    assert!(count > 0);
                    scan.lost = Some(offset + count);
                    count
                }
            };
            offset += read;
            rest = &rest[read..];
        }
    }
    scan
}
