//! Answers of ours: how many may wait, what they meet on the way, and what they close.

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::Ending;
use aconite::protocol::http::{Action, Answer, HeaderEdit};

use crate::harness::site::{Ends, Site, answer, path_is};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

#[test]
fn an_answer_of_ours_meets_the_toxics_on_the_way_to_the_client() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(503, ""));
    site.toxic("slow", "latency", &[("latency", 100)]);
    let mut duplex = site.connect();
    duplex.ask(&get("/ours")).run_ms(1000);
    assert_eq!(duplex.down.log.len(), 1);
    assert_eq!(duplex.down.log[0].0.as_nanos(), 100_000_000);
}

#[test]
fn respond_and_latency_with_the_same_match_are_a_slow_429() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, "slow"));
    site.mark(("late", "latency"), &[("latency", 2000)], path_is("/ours"));
    let mut duplex = site.connect();
    duplex.ask(&get("/ours")).run_ms(5000);
    duplex.ask(&get("/theirs"));
    duplex.reply("HTTP/1.1 204 No Content\r\n\r\n").run_ms(5000);
    let transcript = duplex.down.transcript();
    let lines: Vec<&str> = transcript.lines().collect();
    assert!(lines[0].starts_with("2000: HTTP/1.1 429 "), "{lines:?}");
    assert!(lines[1].starts_with("5000: HTTP/1.1 204 "), "{lines:?}");
}

#[test]
fn only_128_exchanges_are_under_way_at_once() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, ""));
    let mut duplex = site.connect();
    duplex.ask(&get("/theirs").repeat(200));
    assert_eq!(duplex.asked(), get("/theirs").repeat(128));
    let ok = "HTTP/1.1 204 No Content\r\n\r\n";
    duplex.reply(ok);
    assert_eq!(duplex.asked(), get("/theirs").repeat(129));
    duplex.reply(&ok.repeat(128)).reply(&ok.repeat(71));
    assert_eq!(duplex.asked(), get("/theirs").repeat(200));
    assert_eq!(duplex.replied(), ok.repeat(200));
}

#[test]
fn a_client_that_does_not_read_its_answers_cannot_go_on_asking() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, &"x".repeat(100_000)));
    let mut duplex = site.connect();
    duplex.set_room(Downstream, false);
    let mut asked = 0;
    while duplex.up.pipeline.has_room() {
        duplex.ask(&get("/ours").repeat(100));
        asked += 100;
        assert!(asked < 100_000, "requests without end");
    }
    let waiting = duplex.down.pipeline.queued();
    assert!(waiting < 500_000, "{waiting} bytes of answers wait");
    duplex.set_room(Downstream, true);
    let replied = duplex.replied();
    assert_eq!(replied.matches("HTTP/1.1 429").count(), asked);
}

#[test]
fn memory_is_bounded_for_single_bytes_and_pipelined_requests() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, ""));
    let mut duplex = site.connect();
    let mut requests = get("/theirs").repeat(64) + &get("/ours").repeat(64);
    requests += &format!("GET /theirs HTTP/1.1\r\nX: {}", "x".repeat(60_000));
    for byte in requests.as_bytes() {
        duplex.push(Upstream, vec![*byte]);
        assert!(duplex.up.pipeline.queued() < 80_000);
        assert!(duplex.down.pipeline.queued() < 80_000);
    }
    assert_eq!(duplex.asked(), get("/theirs").repeat(64));
    let ok = "HTTP/1.1 204 No Content\r\n\r\n".repeat(64);
    for byte in ok.as_bytes() {
        duplex.push(Downstream, vec![*byte]);
    }
    assert!(duplex.replied().starts_with(&ok));
    assert_eq!(duplex.replied().matches("HTTP/1.1 429").count(), 64);
}

#[test]
fn raw_bytes_and_an_answer_that_closes_end_the_connection_behind_them() {
    for raw in ["", "not HTTP", "HTTP/1.1 200 OK\r\n"] {
        let mut site = Site::new(1);
        let given = Answer {
            raw: Some(raw.into()),
            ..answer(200, "")
        };
        site.respond("/ours", given);
        let mut duplex = site.connect();
        duplex.ask(&(get("/ours") + &get("/theirs")));
        assert_eq!(duplex.replied(), raw);
        assert!(duplex.down.transcript().ends_with("0: Close\n"), "{raw}");
        assert_eq!(duplex.asked(), "");
    }
    let mut site = Site::new(1);
    let close = true;
    site.respond(
        "/ours",
        Answer {
            close,
            ..answer(503, "x")
        },
    );
    let mut duplex = site.connect();
    duplex
        .ask(&get("/theirs"))
        .ask(&get("/ours"))
        .ask(&get("/ours"));
    assert_eq!(duplex.replied(), "");
    duplex.reply("HTTP/1.1 204 No Content\r\n\r\n");
    let replied = duplex.replied();
    assert_eq!(replied.matches("HTTP/1.1 503").count(), 1, "{replied}");
    assert!(duplex.down.transcript().ends_with("0: Close\n"));
}

#[test]
fn fields_of_requests_and_answers_are_edited_and_nothing_else_changes() {
    let mut site = Site::new(1);
    let of = |of, fields: &[(&str, Option<&str>)]| {
        let fields = fields.iter();
        let own = |text: &str| text.to_owned();
        Action::Headers(HeaderEdit {
            of,
            fields: fields
                .map(|(name, value)| (own(name), value.map(own)))
                .collect(),
        })
    };
    let edit = of(Upstream, &[("authorization", None), ("X-Test", Some("1"))]);
    site.rule("up", path_is("/a"), edit);
    site.rule(
        "down",
        path_is("/a"),
        of(Downstream, &[("server", Some("us"))]),
    );
    let mut duplex = site.connect();
    let sent =
        "POST /a HTTP/1.1\r\nhOST:  x\r\nAuthorization: secret\r\nContent-Length: 2\r\n\r\nab";
    duplex.ask(&format!("{sent}{}", get("/b")));
    let expected = "POST /a HTTP/1.1\r\nhOST:  x\r\nContent-Length: 2\r\nX-Test: 1\r\n\r\nab";
    assert_eq!(duplex.asked(), format!("{expected}{}", get("/b")));
    let reply = |server: &str| {
        format!("HTTP/1.1 200 Fine\r\nserver:\tx{server}\r\nContent-Length: 2\r\n\r\nok")
    };
    duplex.reply(&(reply("") + &reply("")));
    let edited = reply("").replace("\tx", "\tus");
    assert_eq!(duplex.replied(), edited + &reply(""));
}

#[test]
fn the_end_of_the_upstream_drops_answers_of_ours_behind_a_missing_one() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, ""));
    let mut duplex = site.connect();
    duplex.ask(&(get("/theirs") + &get("/ours")));
    duplex.finish(Downstream, Ending::Eof);
    assert_eq!(duplex.down.transcript(), "0: Eof\n");
    duplex.ask(&get("/ours"));
    assert_eq!(duplex.asked(), get("/theirs") + &get("/ours"));
}
