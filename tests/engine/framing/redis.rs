//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::framing::Preset::Redis;

use super::scan::{TLS, check, check_lost};

#[test]
fn commands_are_arrays_or_plain_lines() {
    check(
        Redis,
        Upstream,
        &[
            b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n",
            b"PING\r\n",
            b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4\r\n\r\n*1\r\n",
            b"*1\r\n$0\r\n\r\n",
            b"*0\r\n",
            b"\r\n",
            b"get a b\n",
        ],
    );
}

#[test]
fn replies_are_whole_with_everything_nested_in_them() {
    check(
        Redis,
        Downstream,
        &[
            b"+OK\r\n",
            b"-ERR unknown command\r\n",
            b":1000\r\n",
            b"$5\r\nhello\r\n",
            b"$-1\r\n",
            b"$0\r\n\r\n",
            b"*-1\r\n",
            b"*0\r\n",
            b"*2\r\n*3\r\n:1\r\n:2\r\n*0\r\n*2\r\n+a\r\n$-1\r\n",
            // EXEC's answer.
            b"*2\r\n+OK\r\n$1\r\n1\r\n",
        ],
    );
}

#[test]
fn version_3_has_more_types() {
    check(
        Redis,
        Downstream,
        &[
            b"_\r\n",
            b"#t\r\n",
            b",3.14\r\n",
            b"(3492890328409238509324850943850943825024385\r\n",
            b"!21\r\nSYNTAX invalid syntax\r\n",
            b"=15\r\ntxt:Some string\r\n",
            b"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n",
            b"~2\r\n+a\r\n+b\r\n",
            b">3\r\n+message\r\n+channel\r\n$2\r\nhi\r\n",
            // An attribute precedes the reply that it belongs to.
            b"|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n",
            b"*2\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n",
        ],
    );
}

#[test]
fn what_is_no_reply_is_given_up() {
    check_lost(
        Redis,
        Downstream,
        &[b"+OK\r\n"],
        (b"HTTP/1.1 200 OK\r\n", 1),
    );
    check_lost(Redis, Downstream, &[], (b"$3\r\nabcd\r\n", 8));
    check_lost(Redis, Downstream, &[], (b"$99999999999\r\n", 14));
    check_lost(Redis, Downstream, &[], (b"$-2\r\n", 5));
    check_lost(Redis, Downstream, &[], (b"*x\r\n", 4));
    check_lost(Redis, Downstream, &[], (b"*99999999999999999999\r\n", 23));
    // A streamed string, which Redis does not send.
    check_lost(Redis, Downstream, &[], (b"$?\r\n;4\r\nhell\r\n", 4));
    check_lost(Redis, Upstream, &[], (TLS, 1));
}

#[test]
fn a_line_without_an_end_is_given_up() {
    let line = vec![b'a'; 70_000];
    check_lost(Redis, Upstream, &[], (&line, 65_537));
}
