//! Feeds a stream to a framer, cut in many ways.

use aconite::engine::Direction;
use aconite::engine::framing::{Framing, Preset};

pub use crate::harness::scan::Scan;
use crate::harness::scan::scan_with;

/// What is found in the stream. Panics if it depends on the cuts.
pub fn scan(framing: &Framing, direction: Direction, bytes: &[u8]) -> Scan {
    let with = |size: usize| {
        let chunks = bytes.chunks(size).map(<[u8]>::to_vec);
        scan_with(framing.framer(direction), chunks)
    };
    let whole = with(bytes.len().max(1));
    for size in [1, 2, 3, 5, 7, 16, 61] {
        assert_eq!(with(size), whole, "in chunks of {size}");
    }
    for cut in 0..bytes.len().min(200) {
        let (one, other) = bytes.split_at(cut);
        let halves = [one.to_vec(), other.to_vec()];
        let scanned = scan_with(framing.framer(direction), halves.into_iter());
        assert_eq!(scanned, whole, "cut at {cut}");
    }
    whole
}

/// Checks that these are the messages of a stream, and that nothing is lost.
pub fn check(preset: Preset, direction: Direction, messages: &[&[u8]]) {
    let bytes = messages.concat();
    let scan = scan(&Framing::Preset(preset), direction, &bytes);
    let mut end = 0;
    let ends: Vec<usize> = messages
        .iter()
        .map(|message| {
            end += message.len();
            end
        })
        .collect();
    assert_eq!(scan, Scan { ends, lost: None });
}

/// Checks that these messages are found, and that the bytes behind them are given up after so many.
pub fn check_lost(
    preset: Preset,
    direction: Direction,
    messages: &[&[u8]],
    (strange, after): (&[u8], usize),
) {
    let mut bytes = messages.concat();
    let end = bytes.len();
    bytes.extend_from_slice(strange);
    let scan = scan(&Framing::Preset(preset), direction, &bytes);
    assert_eq!(scan.lost, Some(end + after), "{scan:?}");
    assert_eq!(scan.ends.len(), messages.len(), "{scan:?}");
}

/// The first bytes of a TLS handshake (RFC 8446, section 5.1): a record of type 22.
pub const TLS: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefghijklmnop";
