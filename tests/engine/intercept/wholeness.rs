//! Changed answers of which the client has everything: the rest is given, and what has to close closes.

use aconite::protocol::http::{Action, AfterPart, BodyEdit, HttpMatch, StatusEdit, Truncation};

use crate::harness::site::{Ends, Site, path_is};

const NEXT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const EVENT: &str = "data: 1\n\n";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

fn events(framing: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{framing}\r\n")
}

fn after(events: u64) -> HttpMatch {
    HttpMatch {
        after: Some(AfterPart::Events(events)),
        ..path_is("/a")
    }
}

/// A site that changes the bodies of answers.
fn changing(matching: HttpMatch, edit: BodyEdit) -> Site {
    let mut site = Site::new(1);
    site.rule("body", matching, Action::Body(edit));
    site
}

#[test]
fn an_event_is_repeated_as_often_as_asked_though_nothing_follows_it() {
    let edit = BodyEdit {
        repeat_event: 100,
        ..BodyEdit::default()
    };
    let chunk = format!("9\r\n{EVENT}\r\n");
    for (reply, last) in [
        (events("Content-Length: 9\r\n") + EVENT, ""),
        (
            events("Transfer-Encoding: chunked\r\n") + &chunk,
            "0\r\n\r\n",
        ),
    ] {
        for matching in [after(1), path_is("/a")] {
            let mut duplex = changing(matching, edit.clone()).connect();
            duplex.ask(&(get("/a") + &get("/b")));
            duplex.reply(&reply);
            if !last.is_empty() {
                duplex.reply(last);
            }
            assert_eq!(duplex.replied().matches(EVENT).count(), 101);
            duplex.reply(NEXT);
            let replied = duplex.replied();
            assert!(replied.ends_with(&format!("0\r\n\r\n{NEXT}")), "{replied}");
        }
    }
}

#[test]
fn an_event_of_a_new_body_is_repeated_as_often_as_asked_for_an_empty_one() {
    let edit = BodyEdit {
        replace: Some(EVENT.into()),
        repeat_event: 100,
        ..BodyEdit::default()
    };
    let mut duplex = changing(path_is("/a"), edit).connect();
    duplex.ask(&(get("/a") + &get("/b")));
    duplex.reply(&events("Content-Length: 0\r\n"));
    let replied = duplex.replied();
    assert!(replied.contains("\r\nContent-Length: 909\r\n"), "{replied}");
    assert!(replied.ends_with(&EVENT.repeat(101)), "{replied}");
}

#[test]
fn a_stream_that_ends_behind_its_last_event_closes_without_another_one() {
    let mut site = Site::new(1);
    site.rule("cut", after(2), Action::Truncate(Truncation::default()));
    for (framing, event, last) in [
        ("", EVENT.to_owned(), ""),
        (
            "Transfer-Encoding: chunked\r\n",
            format!("9\r\n{EVENT}\r\n"),
            "0\r\n\r\n",
        ),
    ] {
        let mut duplex = site.connect();
        duplex.ask(&get("/a")).reply(&events(framing));
        duplex.reply(&event);
        assert!(!duplex.down.transcript().contains("Close"));
        duplex.reply(&event);
        let replied = duplex.replied();
        assert!(replied.ends_with(last), "{replied}");
        assert_eq!(replied.matches(EVENT).count(), 2, "{replied}");
        assert!(duplex.down.transcript().ends_with("0: Close\n"));
    }
}

#[test]
fn a_body_whose_length_is_not_known_before_ends_with_the_connection_for_http_1_0() {
    let edit = BodyEdit {
        insert: Some("data: error\n\n".into()),
        ..BodyEdit::default()
    };
    for size in [1, 1000] {
        let mut duplex = changing(after(1), edit.clone()).connect();
        duplex.ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let reply = events("Content-Length: 9\r\n") + EVENT;
        for part in reply.as_bytes().chunks(size) {
            duplex.reply(std::str::from_utf8(part).unwrap());
        }
        let replied = duplex.replied();
        assert!(replied.contains("\r\nConnection: close\r\n"), "{replied}");
        assert!(replied.ends_with(&format!("{EVENT}data: error\n\n")));
        assert!(duplex.down.transcript().ends_with("0: Close\n"));
    }
}

#[test]
fn an_upgrade_that_becomes_an_error_shows_nothing_of_the_tunnel() {
    let mut site = Site::new(1);
    let (status, body) = (503, None);
    let edit = StatusEdit { status, body };
    site.rule("status", HttpMatch::default(), Action::Status(edit));
    for (request, accepted) in [
        (
            "GET /a HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ),
        ("CONNECT a:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
    ] {
        for apart in [true, false] {
            let mut duplex = site.connect();
            duplex.ask(request);
            match apart {
                true => duplex.reply(accepted).reply("tunnel"),
                false => duplex.reply(&format!("{accepted}tunnel")),
            };
            let replied = duplex.replied();
            assert!(replied.starts_with("HTTP/1.1 503 "), "{replied}");
            assert!(replied.ends_with("\r\n\r\n"), "{replied}");
            assert!(duplex.down.transcript().ends_with("0: Close\n"));
        }
    }
}
