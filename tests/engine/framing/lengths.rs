//! Messages that say how long they are.

use aconite::engine::Direction::Upstream;
use aconite::engine::framing::{Framing, LengthField, MAX_MESSAGE};
use proptest::prelude::*;

use super::scan::{Scan, scan};

fn scan_of(field: LengthField, bytes: &[u8]) -> Scan {
    scan(&Framing::Length(field), Upstream, bytes)
}

fn ends(ends: &[usize]) -> Scan {
    Scan {
        ends: ends.into(),
        lost: None,
    }
}

#[test]
fn the_length_counts_what_it_is_told_to() {
    let follows = LengthField::new(0, 2);
    assert_eq!(scan_of(follows, b"\0\x03abc\0\0\0\x01a"), ends(&[5, 7, 10]));
    let little = LengthField {
        little_endian: true,
        ..follows
    };
    assert_eq!(scan_of(little, b"\x03\0abc"), ends(&[5]));
    let itself = LengthField {
        header: 1,
        ..LengthField::new(1, 2)
    };
    assert_eq!(scan_of(itself, b"Q\0\x04ab"), ends(&[5]));
    let everything = LengthField {
        header: 0,
        ..LengthField::new(1, 2)
    };
    assert_eq!(scan_of(everything, b"Q\0\x05ab"), ends(&[5]));
    let trailer = LengthField {
        trailer: 1,
        ..follows
    };
    assert_eq!(scan_of(trailer, b"\0\x02ab!\0\0!"), ends(&[5, 8]));
    let later = LengthField {
        header: 6,
        ..LengthField::new(1, 1)
    };
    assert_eq!(scan_of(later, b"a\x02bcdefg"), ends(&[8]));
}

#[test]
fn lengths_that_make_no_sense_end_the_framing() {
    let itself = LengthField {
        header: 0,
        ..LengthField::new(0, 2)
    };
    // Shorter than the length itself.
    assert_eq!(scan_of(itself, b"\0\x01abc").lost, Some(2));
    for size in [4, 5, 8] {
        let mut bytes = vec![0xff; size as usize];
        bytes.extend_from_slice(b"abc");
        for little_endian in [true, false] {
            let field = LengthField {
                little_endian,
                ..LengthField::new(0, size)
            };
            assert_eq!(scan_of(field, &bytes).lost, Some(size as usize));
        }
    }
}

#[test]
fn the_longest_message_is_believed_and_no_longer_one() {
    let field = LengthField::new(0, 4);
    for (over, lost) in [(0, None), (1, Some(4))] {
        let length = u32::try_from(MAX_MESSAGE - 4 + over).unwrap();
        assert_eq!(scan_of(field, &length.to_be_bytes()).lost, lost);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_field_is_read_back(
        offset in 0..9_u32,
        size in 1..9_u32,
        little_endian: bool,
        extra in 0..5_u32,
        trailer in 0..4_u32,
        sizes in prop::collection::vec(0..200_u64, 1..8),
    ) {
        let field = LengthField {
            little_endian,
            header: offset + size + extra,
            trailer,
            ..LengthField::new(offset, size)
        };
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for length in sizes {
            bytes.extend(vec![0xaa; offset as usize]);
            let all = length.to_be_bytes();
            let mut written = all[8 - size as usize..].to_vec();
            if little_endian {
                written.reverse();
            }
            bytes.extend(written);
            bytes.extend(vec![0xbb; (extra + trailer) as usize + length as usize]);
            expected.push(bytes.len());
        }
        prop_assert_eq!(scan_of(field, &bytes), ends(&expected));
    }

    #[test]
    fn any_bytes_under_any_framing_are_the_same_in_any_chunks(
        which in 0..8_usize,
        upstream: bool,
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..4_u8, Just(b'\n')], 0..80),
    ) {
        use aconite::engine::Direction;
        use aconite::engine::framing::{Delimiter, Preset};
        let framing = match which {
            6 => Framing::Length(LengthField::new(0, 1)),
            7 => Framing::Delimiter(Delimiter::new(b"\n").unwrap()),
            preset => Framing::Preset(Preset::ALL[preset]),
        };
        let direction = if upstream { Direction::Upstream } else { Direction::Downstream };
        let scan = scan(&framing, direction, &bytes);
        prop_assert!(scan.ends.is_sorted_by(|one, next| one < next));
        prop_assert!(scan.lost.is_none_or(|lost| lost <= bytes.len()));
    }
}
