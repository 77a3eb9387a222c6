//! Toxics that are shown answers, or parts of them.

use aconite::protocol::http::{AfterPart, HttpMatch, Pattern};

use crate::harness::site::{Ends, Site, path_is};

const EVENTS: &str = "data: 1\n\ndata: 2\r\n\r\ndata: 3\r\r: x\n\ndata: 4\n\n";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

fn stream(head: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{head}\r\n\r\n{body}")
}

fn chunked(parts: &[&str]) -> String {
    let chunks = parts
        .iter()
        .map(|part| format!("{:x}\r\n{part}\r\n", part.len()));
    stream(
        "Transfer-Encoding: chunked",
        &(chunks.collect::<String>() + "0\r\n\r\n"),
    )
}

fn after(at: AfterPart) -> HttpMatch {
    HttpMatch {
        after: Some(at),
        ..path_is("/a")
    }
}

/// When each chunk left, in ms, and its text.
fn left(site: &Site, reply: &str) -> Vec<(u64, String)> {
    let mut duplex = site.connect();
    duplex.ask(&get("/a")).reply(reply).run_ms(100_000);
    let lines = duplex.down.log.iter().map(|(at, out)| {
        let text = match out {
            aconite::engine::sim::Out::Data(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            aconite::engine::sim::Out::End(ending) => format!("{ending:?}"),
        };
        (at.as_nanos() / 1_000_000, text)
    });
    lines.collect()
}

#[test]
fn only_answers_that_match_are_shown() {
    let mut site = Site::new(1);
    let matching = HttpMatch {
        status: vec![500..=599],
        content_type: Some(Pattern::new("text/*").unwrap()),
        ..path_is("/a")
    };
    site.mark(("late", "latency"), &[("latency", 100)], matching);
    let mut duplex = site.connect();
    let reply = |status: u16, kind: &str| {
        format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: 1\r\n\r\nx")
    };
    duplex.ask(&(get("/a").repeat(3) + &get("/b")));
    let early = "HTTP/1.1 102 Processing\r\n\r\n";
    let replies = [
        reply(200, "text/plain"),
        reply(500, "x/y"),
        early.to_owned(),
    ];
    duplex.reply(&replies.concat());
    assert_eq!(duplex.replied(), replies.concat());
    duplex
        .reply(&reply(503, "text/html"))
        .reply(&reply(503, "text/html"))
        .run_ms(99);
    assert_eq!(duplex.replied(), replies.concat());
    duplex.run_ms(1);
    assert_eq!(
        duplex.replied(),
        replies.concat() + &reply(503, "text/html").repeat(2)
    );
}

#[test]
fn a_toxic_can_begin_behind_so_many_bytes_of_the_body() {
    let mut site = Site::new(1);
    site.mark(
        ("late", "latency"),
        &[("latency", 100)],
        after(AfterPart::Bytes(3)),
    );
    let plain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde";
    let rows = left(&site, plain);
    let early: String = rows
        .iter()
        .filter(|(at, _)| *at == 0)
        .map(|(_, text)| text.as_str())
        .collect();
    assert_eq!(early, plain[..plain.len() - 2]);
    assert_eq!(rows.last().unwrap(), &(100, "de".to_owned()));
}

#[test]
fn a_reset_behind_five_events_lets_exactly_those_through() {
    for reply in [
        chunked(&[EVENTS]),
        chunked(&EVENTS.split_inclusive('\n').collect::<Vec<_>>()),
    ] {
        let mut site = Site::new(1);
        site.mark(("rst", "reset_peer"), &[], after(AfterPart::Events(3)));
        let rows = left(&site, &reply);
        let text: String = rows.iter().map(|(_, text)| text.as_str()).collect();
        assert!(text.contains("data: 3\r\r"), "{text}");
        assert!(!text.contains("data: 4"), "{text}");
        assert!(text.ends_with("Reset"), "{text}");
    }
}

#[test]
fn events_are_shown_one_by_one() {
    let split = HttpMatch {
        split_events: true,
        ..path_is("/a")
    };
    for reply in [
        stream(&format!("Content-Length: {}", EVENTS.len()), EVENTS),
        chunked(&[EVENTS]),
    ] {
        for size in [1, 7, 1000] {
            let mut site = Site::new(1);
            let slow = [("average_size", 65536), ("delay", 200_000)];
            site.mark(("slow", "slicer"), &slow, split.clone());
            let mut duplex = site.connect();
            duplex.ask(&get("/a"));
            for part in reply.as_bytes().chunks(size) {
                duplex.reply(std::str::from_utf8(part).unwrap());
            }
            duplex.run_ms(100_000);
            assert_eq!(duplex.replied(), reply);
            let when = |text: &str| {
                let mut so_far = String::new();
                let at = duplex.down.log.iter().find_map(|(at, out)| {
                    if let aconite::engine::sim::Out::Data(bytes) = out {
                        so_far += &String::from_utf8_lossy(bytes);
                    }
                    so_far.contains(text).then(|| at.as_nanos() / 1_000_000)
                });
                at.unwrap()
            };
            if size == 1000 {
                let times = ["1\n\n", "2\r\n\r\n", "3\r\r", "4\n\n"].map(when);
                let steps: Vec<u64> = times.windows(2).map(|two| two[1] - two[0]).collect();
                assert_eq!(steps, [200, 200, 200], "{reply}");
            }
        }
    }
}

#[test]
fn an_encoded_answer_is_untouched_and_identity_is_asked_for() {
    use aconite::protocol::http::Skip;
    let mut site = Site::new(1);
    site.mark(("rst", "reset_peer"), &[], after(AfterPart::Events(1)));
    let mut duplex = site.connect();
    duplex.ask("GET /a HTTP/1.1\r\nAccept-Encoding: gzip, br\r\n\r\n");
    assert_eq!(
        duplex.asked(),
        "GET /a HTTP/1.1\r\nAccept-Encoding: identity\r\n\r\n"
    );
    let reply = stream("Content-Encoding: gzip\r\nContent-Length: 9", "data: 1\n\n");
    duplex.reply(&reply);
    assert_eq!(duplex.replied(), reply);
    assert_eq!(site.skipped(Skip::Encoded), 1);
}
