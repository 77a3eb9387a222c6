//! AMQP 0-9-1, sections 2.3 and 4.2 of <https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf>

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::framing::Preset::Amqp;

use super::scan::{TLS, check, check_lost};

const HEADER: &[u8] = b"AMQP\0\0\x09\x01";
/// A method on channel 0: class 10 (connection), method 31 (tune-ok) and its fields.
const TUNE_OK: &[u8] = b"\x01\0\0\0\0\0\x0c\0\x0a\0\x1f\x07\xff\0\x02\0\0\0\x3c\xce";
/// A content header and a body on channel 1.
const CONTENT: &[u8] = b"\x02\0\x01\0\0\0\x0e\0\x3c\0\0\0\0\0\0\0\0\0\x05\0\0\xce";
const BODY: &[u8] = b"\x03\0\x01\0\0\0\x05hello\xce";
/// A heartbeat, which has no payload.
const HEARTBEAT: &[u8] = b"\x08\0\0\0\0\0\0\xce";

#[test]
fn a_session_is_framed_on_both_streams() {
    check(Amqp, Upstream, &[HEADER, TUNE_OK, CONTENT, BODY, HEARTBEAT]);
    check(Amqp, Downstream, &[TUNE_OK, HEARTBEAT, BODY]);
}

#[test]
fn a_server_may_answer_with_the_version_that_it_wants() {
    check(Amqp, Downstream, &[HEADER]);
}

#[test]
fn other_versions_and_protocols_are_given_up() {
    // AMQP 1.0 has another header.
    check_lost(Amqp, Upstream, &[], (b"AMQP\0\x01\0\0", 6));
    check_lost(Amqp, Upstream, &[], (TLS, 1));
    check_lost(Amqp, Upstream, &[HEADER], (TLS, 1));
    // A payload without an end byte behind it.
    check_lost(
        Amqp,
        Upstream,
        &[HEADER],
        (b"\x03\0\x01\0\0\0\x02hello\xce", 10),
    );
    check_lost(
        Amqp,
        Upstream,
        &[HEADER],
        (b"\x03\0\x01\xff\xff\xff\xff", 7),
    );
}
