//! The examples of RFC 7541, appendix C, and what blocks must not be.

use proptest::prelude::*;

use super::{Decoder, Encoder, Field, Refused};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter_map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// Decodes blocks in a row. `expected` has their fields as text, and the table's size behind each.
fn follow(decoder: &mut Decoder, blocks: &[(&str, &str, usize)]) {
    for (hex, expected, size) in blocks {
        let fields = decoder.decode(&bytes(hex)).unwrap();
        let lines = fields.iter().map(|field| {
            let text = [&field.name[..], b": ", &field.value].concat();
            String::from_utf8(text).unwrap()
        });
        assert_eq!(lines.collect::<Vec<_>>().join("\n"), *expected);
        assert_eq!(decoder.table_size(), *size, "behind {expected}");
    }
}

#[test]
fn literals_of_appendix_c_2_are_decoded() {
    for (hex, line, size) in [
        (
            "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
            "custom-key: custom-header",
            55,
        ),
        (
            "040c 2f73 616d 706c 652f 7061 7468",
            ":path: /sample/path",
            0,
        ),
        (
            "1008 7061 7373 776f 7264 0673 6563 7265 74",
            "password: secret",
            0,
        ),
        ("82", ":method: GET", 0),
    ] {
        follow(&mut Decoder::default(), &[(hex, line, size)]);
    }
    let secret = bytes("1008 7061 7373 776f 7264 0673 6563 7265 74");
    let fields = Decoder::default().decode(&secret).unwrap();
    assert!(fields[0].never_indexed);
}

const FIRST: &str = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com";
const SECOND: &str =
    ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache";
const THIRD: &str = ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value";

#[test]
fn requests_of_appendix_c_3_are_decoded() {
    let blocks = [
        (
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            FIRST,
            57,
        ),
        ("8286 84be 5808 6e6f 2d63 6163 6865", SECOND, 110),
        (
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
            THIRD,
            164,
        ),
    ];
    follow(&mut Decoder::default(), &blocks);
}

#[test]
fn requests_of_appendix_c_4_are_decoded() {
    let blocks = [
        ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", FIRST, 57),
        ("8286 84be 5886 a8eb 1064 9cbf", SECOND, 110),
        (
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
            THIRD,
            164,
        ),
    ];
    follow(&mut Decoder::default(), &blocks);
}

const ANSWERS: [&str; 3] = [
    ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com",
    ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\nlocation: https://www.example.com",
    ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\nlocation: https://www.example.com\ncontent-encoding: gzip\nset-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
];

/// With a table of 256 bytes, from which entries are evicted.
#[test]
fn answers_of_appendix_c_6_are_decoded() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.decode(&bytes("3fe1 01")), Ok(Vec::new()));
    let blocks = [
        (
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad \
             1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            ANSWERS[0],
            222,
        ),
        ("4883 640e ffc1 c0bf", ANSWERS[1], 222),
        (
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 \
             e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
            ANSWERS[2],
            215,
        ),
    ];
    follow(&mut decoder, &blocks);
}

#[test]
fn wrong_blocks_are_refused() {
    for hex in [
        "80",
        "be",
        "ff ff ff ff ff 0f",
        "40",
        "0005 6161",
        "0081 00 00",
        "8220",
        "3f",
        "50",
    ] {
        let refused = Decoder::default().decode(&bytes(hex));
        assert_eq!(refused, Err(Refused::Wrong), "{hex}");
    }
}

#[test]
fn a_table_grows_only_as_far_as_the_receiver_allows() {
    let (larger, mut decoder) = (bytes("3fe2 1f"), Decoder::default());
    assert_eq!(decoder.decode(&larger), Err(Refused::TooLarge));
    decoder.allow(4097);
    assert_eq!(decoder.decode(&larger), Ok(Vec::new()));
    decoder.allow(u32::MAX);
    assert_eq!(decoder.decode(&bytes("3fe1 ff04")), Err(Refused::TooLarge));
}

/// A field that is entered once and then named by one byte each is the way to make a small block
/// large.
#[test]
fn a_small_block_that_decodes_to_many_bytes_is_refused() {
    let mut block = bytes("4001 61 7fa1 1e");
    block.extend([b'x'; 4000]);
    block.extend([0xbe; 100]);
    assert_eq!(Decoder::default().decode(&block), Err(Refused::TooLarge));
    let fields = vec![0x82; 257];
    assert_eq!(Decoder::default().decode(&fields), Err(Refused::TooLarge));
}

fn fields() -> impl Strategy<Value = Vec<Field>> {
    let name = prop_oneof![
        Just(&b":status"[..]),
        Just(&b":path"[..]),
        Just(&b"cookie"[..]),
        Just(&b"x-own"[..])
    ];
    let value = prop::collection::vec(any::<u8>(), 0..200);
    let field = (name, value, any::<bool>()).prop_map(|(name, value, never_indexed)| Field {
        never_indexed,
        ..Field::new(name, value)
    });
    prop::collection::vec(field, 0..20)
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(blocks in prop::collection::vec(fields(), 1..5)) {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for fields in blocks {
            let block = encoder.encode(&fields);
            prop_assert_eq!(decoder.decode(&block).unwrap(), fields);
            prop_assert_eq!(decoder.table_size(), 0);
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(block in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Decoder::default().decode(&block);
    }
}
