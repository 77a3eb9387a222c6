//! Answers of the upstream that are changed as they pass, on a connection that stays usable.

use aconite::engine::Direction::Downstream;
use aconite::engine::Ending;
use aconite::protocol::http::{
    Action, AfterPart, BodyEdit, HeaderEdit, HttpMatch, StatusEdit, Truncation,
};

use crate::harness::site::{Ends, Site, path_is};

const NEXT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

/// What the client gets for the upstream's `reply` to `/a`, cut into parts of each size. What it gets
/// for the next request is always the upstream's answer to it.
fn changed(site: &Site, reply: &str) -> String {
    let mut all = Vec::new();
    for size in [1, 3, 1000] {
        let mut duplex = site.connect();
        duplex.ask(&(get("/a") + &get("/b")));
        for part in format!("{reply}{NEXT}").as_bytes().chunks(size) {
            duplex.push(Downstream, part.to_vec());
        }
        duplex.run_ms(1000);
        let replied = duplex.replied();
        let own = replied
            .strip_suffix(NEXT)
            .unwrap_or_else(|| panic!("{replied}"));
        all.push(decoded(own));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
    all.remove(0)
}

/// A message with the chunks of its body joined.
fn decoded(message: &str) -> String {
    let (head, mut rest) = message.split_once("\r\n\r\n").unwrap();
    if !head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        return message.to_owned();
    }
    let mut body = String::new();
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        body += &more[..size];
        rest = &more[size + 2..];
    }
    format!("{head}\r\n\r\n{body}")
}

fn events() -> String {
    let events = ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"];
    let chunks = events.map(|event| format!("{:x}\r\n{event}\r\n", event.len()));
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{head}{}0\r\n\r\n", chunks.concat())
}

fn after(events: u64) -> HttpMatch {
    HttpMatch {
        after: Some(AfterPart::Events(events)),
        ..path_is("/a")
    }
}

#[test]
fn a_status_and_a_body_are_replaced() {
    let mut site = Site::new(1);
    let body = BodyEdit {
        replace: Some("{}".into()),
        ..BodyEdit::default()
    };
    let status = 500;
    site.rule(
        "status",
        path_is("/a"),
        Action::Status(StatusEdit {
            status,
            body: Some(body),
        }),
    );
    let expected = "HTTP/1.1 500 Internal Server Error\r\nX: y\r\nContent-Length: 2\r\n\r\n{}";
    let plain = "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello";
    let chunked =
        "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let empty = "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 0\r\n\r\n";
    for reply in [plain, chunked, empty] {
        assert!(
            changed(&site, reply).starts_with("HTTP/1.1 500 "),
            "{reply}"
        );
        assert!(changed(&site, reply).ends_with("\r\n\r\n{}"), "{reply}");
    }
    assert_eq!(changed(&site, plain).len(), expected.len());
}

#[test]
fn an_answer_that_ends_early_is_whole_and_the_rest_is_dropped() {
    let mut site = Site::new(1);
    let matching = HttpMatch {
        after: Some(AfterPart::Bytes(3)),
        ..path_is("/a")
    };
    let bytes = 1;
    site.rule("cut", matching, Action::Truncate(Truncation { bytes }));
    for reply in [
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n",
    ] {
        let replied = changed(&site, reply);
        assert!(replied.ends_with("\r\n\r\nabcd"), "{replied}");
    }
}

#[test]
fn bytes_are_put_in_behind_events_and_events_are_repeated() {
    let mut site = Site::new(1);
    let edit = BodyEdit {
        insert: Some("data: error\n\n".into()),
        repeat_event: 1,
        ..BodyEdit::default()
    };
    site.rule("insert", after(1), Action::Body(edit));
    let replied = changed(&site, &events());
    let body = "data: 1\n\ndata: 1\n\ndata: error\n\ndata: 2\n\ndata: 3\n\n";
    assert!(replied.ends_with(body), "{replied}");
}

#[test]
fn an_endless_stream_that_ends_early_closes_the_connection_at_once() {
    let mut site = Site::new(1);
    site.rule("cut", after(1), Action::Truncate(Truncation::default()));
    let mut duplex = site.connect();
    let reply = events();
    duplex
        .ask(&get("/a"))
        .reply(reply.trim_end_matches("0\r\n\r\n"));
    let replied = duplex.replied();
    assert!(replied.ends_with("\r\n0\r\n\r\n"), "{replied}");
    assert!(!replied.contains("data: 2"), "{replied}");
    assert!(duplex.down.transcript().ends_with("0: Close\n"));
}

#[test]
fn bytes_at_the_end_of_a_body_until_the_end_come_before_it() {
    let mut site = Site::new(1);
    let insert = Some("tail".into());
    site.rule(
        "tail",
        path_is("/a"),
        Action::Body(BodyEdit {
            insert,
            ..BodyEdit::default()
        }),
    );
    let mut duplex = site.connect();
    duplex.ask(&get("/a")).reply("HTTP/1.1 200 OK\r\n\r\nbody ");
    duplex.finish(Downstream, Ending::Eof);
    assert!(duplex.replied().ends_with("\r\n\r\nbody tail"));
    assert!(duplex.down.transcript().ends_with("0: Eof\n"));
}

#[test]
fn a_changed_answer_that_cannot_be_framed_closes_the_connection() {
    let mut site = Site::new(1);
    let insert = Some("data: error\n\n".into());
    site.rule(
        "insert",
        after(3),
        Action::Body(BodyEdit {
            insert,
            ..BodyEdit::default()
        }),
    );
    let mut duplex = site.connect();
    let reply = events().replacen("9\r\ndata: 2", "zz\r\ndata: 2", 1);
    duplex.ask(&get("/a")).reply(&reply);
    let replied = duplex.replied();
    assert!(!replied.contains("data: 2"), "{replied}");
    assert!(duplex.down.transcript().ends_with("0: Close\n"));
}

#[test]
fn a_toxic_that_was_removed_changes_no_outstanding_answer() {
    let mut site = Site::new(1);
    for name in ["stays", "goes"] {
        let fields = vec![(name.to_owned(), Some("1".to_owned()))];
        let of = Downstream;
        site.rule(
            name,
            path_is("/a"),
            Action::Headers(HeaderEdit { of, fields }),
        );
    }
    let mut duplex = site.connect();
    duplex.ask(&get("/a").repeat(2)).reply(NEXT);
    site.remove("goes");
    duplex.adopt(&site.plan()).reply(NEXT);
    let replied = duplex.replied();
    assert_eq!(replied.matches("stays: 1\r\n").count(), 2, "{replied}");
    assert_eq!(replied.matches("goes: 1\r\n").count(), 1, "{replied}");
}
