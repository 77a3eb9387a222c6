//! <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html>

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::framing::{Framing, Preset};

use super::scan::{Scan, TLS, check, check_lost, scan};

/// A packet: three bytes of length, least significant first, the sequence number, the payload.
fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut packet = vec![a, b, c, sequence];
    packet.extend_from_slice(payload);
    packet
}

/// HandshakeV10: version 10, a text, a thread, a salt, capabilities.
fn greeting() -> Vec<u8> {
    packet(0, b"\x0a8.4.0\0\x08\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0")
}

/// HandshakeResponse41: capabilities, the largest packet, a character set, 23 zeros, a user.
fn login(capabilities: u32, user: &[u8]) -> Vec<u8> {
    let mut payload = capabilities.to_le_bytes().to_vec();
    payload.extend_from_slice(b"\0\0\0\x01\x2d");
    payload.extend_from_slice(&[0; 23]);
    payload.extend_from_slice(user);
    packet(1, &payload)
}

const PLAIN: u32 = 0x000f_a285 & !0x0800;
const OK: &[u8] = b"\x07\0\0\x02\0\0\0\x02\0\0\0";

#[test]
fn a_session_is_framed_on_both_streams() {
    let (login, query) = (login(PLAIN, b"alice\0\0"), packet(0, b"\x03select 1"));
    check(Preset::MySql, Upstream, &[&login, &query, &query]);
    // The number of columns, a column, a row, an end.
    let answer = [
        packet(1, b"\x01"),
        packet(
            2,
            b"\x03def\0\0\0\x011\0\x0c\x3f\0\x01\0\0\0\x08\x81\0\0\0\0",
        ),
        packet(3, b"\x011"),
        packet(4, b"\xfe\0\0\x02\0"),
    ];
    let [a, b, c, d] = &answer;
    check(Preset::MySql, Downstream, &[&greeting(), OK, a, b, c, d]);
}

#[test]
fn a_packet_of_the_largest_length_is_continued_by_the_next() {
    let largest = vec![7; 0x00ff_ffff];
    let stream = [
        login(PLAIN, b"a\0\0"),
        packet(0, &largest),
        packet(1, b"rest"),
        packet(0, b"\x0e"),
    ];
    let framing = Framing::Preset(Preset::MySql);
    let mut framer = framing.framer(Upstream);
    let bytes = stream.concat();
    let (mut rest, mut ends) = (&bytes[..], Vec::new());
    while let aconite::engine::framing::Found::End(count) = framer.find_end(rest) {
        ends.push(count);
        rest = &rest[count..];
    }
    assert_eq!(
        ends,
        [stream[0].len(), stream[1].len() + stream[2].len(), 5]
    );
}

#[test]
fn what_is_encrypted_is_given_up() {
    let request = login(PLAIN | 0x0800, b"");
    check_lost(Preset::MySql, Upstream, &[&request], (TLS, 1));
    // The server's first record, which has 2 in another place than its second packet would.
    check_lost(
        Preset::MySql,
        Downstream,
        &[&greeting()],
        (b"\x16\x03\x03\0\x7aabc", 4),
    );
    // A record with the certificate in it, whose length has 2 in that place.
    for version in 1..=4 {
        let record = [b"\x16\x03", &[version, 2, 0x7a][..], &[9; 700]].concat();
        check_lost(Preset::MySql, Downstream, &[&greeting()], (&record, 4));
    }
}

/// 0x0316 bytes, whose length begins as a TLS record does.
#[test]
fn an_answer_to_a_login_that_is_as_long_as_a_record_is_old_is_no_record() {
    let answer = packet(2, &[9; 0x0316]);
    check(Preset::MySql, Downstream, &[&greeting(), &answer, OK]);
}

#[test]
fn a_login_that_is_as_long_as_a_request_for_encryption_is_none() {
    let short = login(PLAIN, b"");
    assert_eq!(short.len(), 36);
    check(Preset::MySql, Upstream, &[&short, &packet(0, b"\x0e")]);
}

#[test]
fn another_protocol_is_given_up() {
    check_lost(Preset::MySql, Upstream, &[], (b"GET / HTTP/1.1\r\n", 4));
    check_lost(Preset::MySql, Downstream, &[], (b"HTTP/1.1 200 OK\r\n", 4));
    let nothing = scan(&Framing::Preset(Preset::MySql), Upstream, b"");
    assert_eq!(nothing, Scan::default());
}
