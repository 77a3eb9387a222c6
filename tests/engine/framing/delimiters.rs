//! Messages that end with the same bytes.

use aconite::engine::Direction::Downstream;
use aconite::engine::framing::{Delimiter, Framing, MAX_DELIMITER};
use proptest::prelude::*;

use super::scan::scan;

fn ends(delimiter: &[u8], bytes: &[u8]) -> Vec<usize> {
    let framing = Framing::Delimiter(Delimiter::new(delimiter).unwrap());
    let scan = scan(&framing, Downstream, bytes);
    assert_eq!(scan.lost, None);
    scan.ends
}

/// The same, found the slow way.
fn expected(delimiter: &[u8], bytes: &[u8]) -> Vec<usize> {
    let (mut ends, mut from) = (Vec::new(), 0);
    while let Some(at) = bytes[from..]
        .windows(delimiter.len())
        .position(|part| part == delimiter)
    {
        from += at + delimiter.len();
        ends.push(from);
    }
    ends
}

#[test]
fn a_message_ends_behind_its_delimiter() {
    assert_eq!(ends(b"\r\n", b"one\r\n\r\ntwo\rthree\n\r\n"), [5, 7, 19]);
}

#[test]
fn a_delimiter_that_begins_like_its_own_middle_is_found() {
    assert_eq!(ends(b"aab", b"aaab"), [4]);
    assert_eq!(ends(b"aa", b"aaaaa"), [2, 4]);
    assert_eq!(ends(b"abcabd", b"abcabcabd"), [9]);
}

#[test]
fn a_delimiter_has_a_bound() {
    assert!(Delimiter::new(b"").is_none());
    assert!(Delimiter::new(&vec![7; MAX_DELIMITER]).is_some());
    assert!(Delimiter::new(&vec![7; MAX_DELIMITER + 1]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_delimiter_is_found_once(
        delimiter in prop::collection::vec(0..2_u8, 1..7),
        bytes in prop::collection::vec(0..2_u8, 0..120),
    ) {
        prop_assert_eq!(ends(&delimiter, &bytes), expected(&delimiter, &bytes));
    }
}
