//! Requests after which the connection may carry something else, and what follows them.

use aconite::engine::Direction::Downstream;
use aconite::engine::{Ending, Note, UpstreamUnreachable};

use crate::harness::site::{Ends, INTERCEPTOR, Site, answer};

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

fn upload(upgrade: &str) -> String {
    format!(
        "POST /a HTTP/1.1\r\nUpgrade: {upgrade}\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\n"
    )
}

#[test]
fn the_next_request_is_read_when_the_502_came_before_the_end_of_the_body() {
    let mut duplex = Site::new(1).connect();
    let note = Note::new(UpstreamUnreachable {
        upstream: "a:1".to_owned(),
        reason: "connection refused".to_owned(),
    });
    let now = duplex.now();
    assert!(duplex.up.pipeline.inform(INTERCEPTOR, note, now));
    duplex.settle();
    duplex.ask(&upload("h2c"));
    assert_eq!(duplex.replied().matches("HTTP/1.1 502").count(), 1);
    duplex.ask("hello").ask(&get("/b"));
    assert_eq!(duplex.replied().matches("HTTP/1.1 502").count(), 2);
}

#[test]
fn the_next_request_is_decided_when_the_answer_came_before_the_end_of_the_body() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, ""));
    let mut duplex = site.connect();
    duplex.ask(&upload("h2c")).ask("he").reply(OK);
    duplex.ask("llo").ask(&get("/ours"));
    assert_eq!(duplex.replied().matches("HTTP/1.1 429").count(), 1);
    assert_eq!(duplex.asked(), upload("h2c") + "hello");
}

#[test]
fn bytes_behind_the_body_pass_when_the_upstream_ended_before_it() {
    let mut duplex = Site::new(1).connect();
    duplex.ask(&upload("x")).ask("he");
    duplex.finish(Downstream, Ending::Eof);
    duplex.ask("llo").ask("anything");
    assert_eq!(duplex.asked(), upload("x") + "helloanything");
}

#[test]
fn bytes_of_the_new_protocol_wait_for_the_answer_to_their_own_request() {
    for (request, accepted) in [
        (
            "GET /ws HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
            SWITCH,
        ),
        ("CONNECT a:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
    ] {
        let mut site = Site::new(1);
        site.respond("/ours", answer(429, ""));
        let mut duplex = site.connect();
        let before = get("/slow") + request;
        duplex.ask(&before).ask(&get("/ours")).reply(OK);
        assert_eq!(duplex.asked(), before);
        duplex.reply(accepted).reply("new");
        assert_eq!(duplex.asked(), before + &get("/ours"));
        assert_eq!(duplex.replied(), format!("{OK}{accepted}new"));
    }
}
