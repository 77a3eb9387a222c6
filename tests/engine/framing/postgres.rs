//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::framing::Preset::Postgres;

use super::scan::{TLS, check, check_lost};

/// StartupMessage: a length, the protocol 3.0, names and values, a zero.
const STARTUP: &[u8] = b"\0\0\0\x21\0\x03\0\0user\0alice\0database\0app\0\0";
/// SSLRequest: a length of 8 and a code.
const SSL_REQUEST: &[u8] = b"\0\0\0\x08\x04\xd2\x16\x2f";
const GSS_REQUEST: &[u8] = b"\0\0\0\x08\x04\xd2\x16\x30";
/// CancelRequest: a length of 16, a code, a process and a key.
const CANCEL: &[u8] = b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\x30\x39\0\0\0\x07";
const QUERY: &[u8] = b"Q\0\0\0\x0dselect 1\0";
const TERMINATE: &[u8] = b"X\0\0\0\x04";

/// AuthenticationOk, ParameterStatus, BackendKeyData, ReadyForQuery.
const HELLO: [&[u8]; 4] = [
    b"R\0\0\0\x08\0\0\0\0",
    b"S\0\0\0\x16client_encoding\0U\0",
    b"K\0\0\0\x0c\0\0\x30\x39\0\0\0\x07",
    b"Z\0\0\0\x05I",
];
/// RowDescription, DataRow, CommandComplete, ReadyForQuery, NoticeResponse.
const ANSWER: [&[u8]; 5] = [
    b"T\0\0\0\x1c\0\x01one\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0",
    b"D\0\0\0\x0b\0\x01\0\0\0\x011",
    b"C\0\0\0\x0dSELECT 1\0",
    b"Z\0\0\0\x05I",
    b"N\0\0\0\x0bSHINT\0\0",
];

#[test]
fn a_session_is_framed_on_both_streams() {
    check(Postgres, Upstream, &[STARTUP, QUERY, QUERY, TERMINATE]);
    let [a, b, c, d] = HELLO;
    let [e, f, g, h, i] = ANSWER;
    check(Postgres, Downstream, &[a, b, c, d, e, f, g, h, i]);
}

#[test]
fn a_request_for_encryption_is_answered_with_one_byte() {
    check(
        Postgres,
        Upstream,
        &[GSS_REQUEST, SSL_REQUEST, STARTUP, QUERY],
    );
    check(Postgres, Downstream, &[b"N", b"N", HELLO[0], HELLO[1]]);
}

#[test]
fn what_is_encrypted_is_given_up() {
    // The length of the first message would be far too long.
    check_lost(Postgres, Upstream, &[SSL_REQUEST], (TLS, 8));
    check_lost(Postgres, Downstream, &[b"S"], (TLS, 1));
    // TLS without a request.
    check_lost(Postgres, Upstream, &[], (TLS, 8));
    check_lost(Postgres, Downstream, &[], (TLS, 1));
}

#[test]
fn a_cancellation_is_one_message() {
    check(Postgres, Upstream, &[CANCEL]);
}

#[test]
fn newer_minor_versions_are_framed_and_version_2_is_not() {
    let mut newer = STARTUP.to_vec();
    newer[7] = 2;
    check(Postgres, Upstream, &[&newer, QUERY]);
    let mut older = STARTUP.to_vec();
    older[5] = 2;
    check_lost(Postgres, Upstream, &[], (&older, 8));
}

#[test]
fn lengths_and_types_that_do_not_exist_are_given_up() {
    check_lost(Postgres, Upstream, &[STARTUP], (b"Q\0\0\0\x03abc", 5));
    check_lost(Postgres, Upstream, &[STARTUP], (b"Q\xff\xff\xff\xffabc", 5));
    check_lost(Postgres, Upstream, &[STARTUP], (b"\0\0\0\0\x05abc", 5));
    check_lost(Postgres, Upstream, &[], (b"GET / HTTP/1.1\r\n", 8));
    check_lost(Postgres, Downstream, &[], (b"HTTP/1.1 200", 1));
}
