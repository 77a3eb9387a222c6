//! <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::framing::Preset::MongoDb;

use super::scan::{TLS, check, check_lost};

/// OP_MSG: length, id, answered id, 2013, flags, section 0 with the document `{ping: 1}`.
const PING: &[u8] =
    b"\x24\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x0f\0\0\0\x10ping\0\x01\0\0\0\0";
/// The same as an answer, with `{ok: 1}`.
const OK: &[u8] =
    b"\x22\0\0\0\x02\0\0\0\x01\0\0\0\xdd\x07\0\0\0\0\0\0\0\x0d\0\0\0\x10ok\0\x01\0\0\0\0";

#[test]
fn messages_are_framed() {
    check(MongoDb, Upstream, &[PING, PING]);
    check(MongoDb, Downstream, &[OK, OK]);
}

#[test]
fn other_protocols_are_given_up() {
    check_lost(MongoDb, Upstream, &[], (TLS, 16));
    check_lost(
        MongoDb,
        Upstream,
        &[PING],
        (b"\x05\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0", 16),
    );
    check_lost(
        MongoDb,
        Upstream,
        &[],
        (b"GET / HTTP/1.1\r\nHost: a\r\n", 16),
    );
}
