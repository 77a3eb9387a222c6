//! <https://kafka.apache.org/protocol#protocol_common>

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::framing::Preset::Kafka;

use super::scan::{TLS, check, check_lost};

/// ApiVersions, version 0: a size, the key 18, the version, a correlation, a client's name.
const REQUEST: &[u8] = b"\0\0\0\x0e\0\x12\0\0\0\0\0\x07\0\x04test";
/// The answer: a size, the correlation, no error, one key with its versions.
const ANSWER: &[u8] = b"\0\0\0\x10\0\0\0\x07\0\0\0\0\0\x01\0\x12\0\0\0\x03";

#[test]
fn requests_and_answers_are_framed() {
    check(Kafka, Upstream, &[REQUEST, REQUEST]);
    check(Kafka, Downstream, &[ANSWER, ANSWER, ANSWER]);
}

#[test]
fn what_is_encrypted_is_given_up() {
    check_lost(Kafka, Upstream, &[], (TLS, 4));
    check_lost(Kafka, Upstream, &[REQUEST], (b"\xff\xff\xff\xffabc", 4));
}
