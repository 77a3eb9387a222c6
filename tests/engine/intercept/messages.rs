//! Each case of HTTP/1.1 framing, with a rule that answers `/ours` and nothing else.

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::Ending;
use aconite::engine::sim::Duplex;
use aconite::protocol::http::Skip;
use aconite::protocol::intercept::Protocol;

use crate::harness::site::{Ends, Site, answer, shown};

const OURS: &str = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nslow";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn site() -> Site {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, "slow"));
    site
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// Asks for something of the upstream's and gets `reply`, then asks for `/ours` on the same connection.
fn then_ours(request: &str, reply: &str) -> Duplex {
    let mut duplex = site().connect();
    duplex.ask(request).reply(reply).ask(&get("/ours"));
    assert_eq!(duplex.asked(), request);
    assert_eq!(duplex.replied(), format!("{reply}{OURS}"), "{request}");
    duplex
}

#[test]
fn an_answer_of_ours_takes_its_turn_on_a_connection_that_is_kept_alive() {
    let duplex = then_ours(&get("/theirs"), OK);
    assert_eq!(shown(&duplex).requests, 2);
    assert_eq!(shown(&duplex).protocol, Some(Protocol::Http1));
}

#[test]
fn the_end_of_each_kind_of_answer_is_found() {
    let head = |text: &str| get("/theirs").replacen("GET", text, 1);
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-ENCODING: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: x\r\n\r\n";
    for (request, reply) in [
        (get("/theirs"), chunked),
        (head("HEAD"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        (
            head("HEAD"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (get("/theirs"), "HTTP/1.1 204 No Content\r\n\r\n"),
        (
            get("/theirs"),
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        ),
        (
            get("/theirs"),
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
        (
            get("/theirs"),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ),
    ] {
        then_ours(&request, reply);
    }
}

#[test]
fn the_end_of_each_kind_of_request_is_found() {
    for request in [
        "POST /theirs HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\n\r\nGET /",
        "POST /theirs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\nT: x\r\n\r\n",
        "\r\nGET /theirs HTTP/1.1\r\n\r\n",
        "GET http://x/theirs HTTP/1.1\nHost: x\n\n",
        "OPTIONS * HTTP/1.1\r\n\r\n",
    ] {
        then_ours(request, OK);
    }
}

#[test]
fn an_answer_of_ours_never_overtakes_an_earlier_answer() {
    let mut duplex = site().connect();
    let asked = [get("/a"), get("/ours"), get("/b"), get("/ours")].concat();
    duplex.ask(&asked).run_ms(100);
    assert_eq!(duplex.replied(), "");
    assert_eq!(duplex.asked(), get("/a") + &get("/b"));
    duplex.reply(&format!("{OK}{OK}"));
    assert_eq!(duplex.replied(), format!("{OK}{OURS}{OK}{OURS}"));
}

#[test]
fn an_answer_of_ours_to_head_has_no_body() {
    let mut duplex = site().connect();
    duplex.ask("HEAD /ours HTTP/1.1\r\n\r\n").ask(&get("/ours"));
    let head = OURS.trim_end_matches("slow");
    assert_eq!(duplex.replied(), format!("{head}{OURS}"));
}

#[test]
fn the_body_of_a_request_that_we_answer_is_dropped_to_its_end() {
    for body in [
        "Content-Length: 5\r\n\r\nGET /",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n",
    ] {
        let request = format!("POST /ours HTTP/1.1\r\n{body}");
        for size in [1, 7, 500] {
            let mut duplex = site().connect();
            let all = format!("{request}{}", get("/theirs"));
            for part in all.as_bytes().chunks(size) {
                duplex.push(Upstream, part.to_vec());
            }
            assert_eq!(duplex.asked(), get("/theirs"));
            duplex.reply(OK);
            assert_eq!(duplex.replied(), format!("{OURS}{OK}"));
        }
    }
}

#[test]
fn a_body_that_waits_for_100_is_never_asked_for_by_an_answer_of_ours() {
    let mut duplex = site().connect();
    let request = "PUT /ours HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    duplex.ask(request);
    let closes = OURS.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let expected = format!("0: {}\n0: Close\n", closes.escape_default());
    assert_eq!(duplex.down.transcript(), expected);
    duplex.ask("GET /");
    assert_eq!(duplex.asked(), "");
}

#[test]
fn a_100_of_the_upstream_passes_and_the_final_answer_is_framed() {
    let request = "PUT /theirs HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    let mut duplex = site().connect();
    duplex
        .ask(request)
        .reply("HTTP/1.1 100 Continue\r\n\r\n")
        .ask("ab");
    duplex.reply(OK).ask(&get("/ours"));
    assert_eq!(duplex.asked(), format!("{request}ab"));
    assert_eq!(
        duplex.replied(),
        format!("HTTP/1.1 100 Continue\r\n\r\n{OK}{OURS}")
    );
}

#[test]
fn http_1_0_is_closed_behind_an_answer_of_ours_unless_keep_alive_was_asked_for() {
    let mut duplex = site().connect();
    duplex.ask("GET /ours HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    duplex.ask("GET /ours HTTP/1.0\r\n\r\n");
    let replied = duplex.replied();
    assert_eq!(replied.matches("HTTP/1.0 429").count(), 2, "{replied}");
    assert_eq!(
        replied.matches("Connection: keep-alive").count(),
        1,
        "{replied}"
    );
    assert!(duplex.down.transcript().ends_with("0: Close\n"));
}

#[test]
fn a_protocol_that_the_peers_agree_on_passes_in_both_directions() {
    let upgrade = "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    let connect = "CONNECT x:1 HTTP/1.1\r\n\r\n";
    for (request, reply) in [
        (upgrade, "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        (connect, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    ] {
        let mut duplex = site().connect();
        // What comes before the answer must not be taken for a request.
        duplex.ask(&format!("{request}{}", get("/ours"))).run_ms(10);
        assert_eq!(duplex.asked(), request);
        duplex
            .reply(&format!("{reply}one"))
            .reply("two")
            .ask(&get("/ours"));
        assert_eq!(duplex.asked(), format!("{request}{0}{0}", get("/ours")));
        assert_eq!(duplex.replied(), format!("{reply}onetwo"));
        assert_eq!(shown(&duplex).protocol, Some(Protocol::Tunnel));
    }
}

#[test]
fn an_upgrade_that_is_refused_leaves_the_connection_usable() {
    let upgrade = "GET /ws HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
    then_ours(upgrade, OK);
    let mut duplex = site().connect();
    duplex.ask("GET /ours HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    duplex.ask(&get("/ours"));
    assert_eq!(duplex.replied(), format!("{OURS}{OURS}"));
}

#[test]
fn a_body_until_the_end_of_the_connection_ends_there() {
    let mut duplex = site().connect();
    duplex
        .ask(&get("/theirs"))
        .reply("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 ");
    duplex.ask(&get("/ours")).reply("500 no\r\n\r\n");
    duplex.finish(Downstream, Ending::Eof);
    let replied = duplex.replied();
    assert_eq!(replied, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 no\r\n\r\n");
    assert!(duplex.down.transcript().ends_with("0: Eof\n"));
}

#[test]
fn what_cannot_be_framed_passes_and_is_counted_once() {
    for (request, reply) in [
        ("hello there\r\n", ""),
        ("\x16\x03\x01\x02", ""),
        (
            "POST /ours HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "",
        ),
        (
            "POST /ours HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "",
        ),
        (
            "POST /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "",
        ),
        ("GET /t HTTP/1.1\r\nA: b\r\n c\r\n\r\n", ""),
        ("GET /t HTTP/1.1\r\n\r\n", "+PONG\r\n"),
        (
            "GET /t HTTP/1.1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ),
        ("", "220 mail.example.com ESMTP\r\n"),
        ("PI", "220 mail.example.com ESMTP\r\n"),
    ] {
        let site = site();
        let mut duplex = site.connect();
        if !request.is_empty() {
            duplex.ask(request);
        }
        if !reply.is_empty() {
            duplex.reply(reply);
        }
        duplex.ask(&get("/ours")).reply("more").ask(&get("/ours"));
        assert_eq!(duplex.asked(), format!("{request}{0}{0}", get("/ours")));
        assert_eq!(duplex.replied(), format!("{reply}more"));
        assert_eq!(site.skipped(Skip::NotHttp), 1, "{request}{reply}");
        let protocol = shown(&duplex).protocol.unwrap();
        assert!(protocol.to_string().starts_with("opaque: "), "{protocol}");
    }
}

#[test]
fn http_2_is_followed_by_halves_of_its_own_whoever_speaks_first() {
    for server_first in [false, true] {
        let mut duplex = site().connect();
        let settings = "\0\0\0\x04\0\0\0\0\0";
        if server_first {
            duplex.reply(settings);
        }
        for part in ["PRI * HT", "TP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"] {
            duplex.ask(part);
        }
        if !server_first {
            duplex.reply(settings);
        }
        assert_eq!(duplex.asked().len(), 33);
        assert_eq!(duplex.replied(), settings);
        assert_eq!(shown(&duplex).protocol, Some(Protocol::Http2));
    }
}

#[test]
fn a_server_that_speaks_http_2_to_a_client_that_does_not_is_passed_on() {
    let mut duplex = site().connect();
    let settings = "\0\0\0\x04\0\0\0\0\0";
    duplex.reply(settings).ask("hello\r\n");
    assert_eq!(duplex.replied(), settings);
    let mut duplex = site().connect();
    duplex.reply(settings).ask(&get("/theirs"));
    assert_eq!(duplex.replied(), settings);
}
