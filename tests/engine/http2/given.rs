//! Answers that are given in place of the upstream, and changes to its own.

use std::time::Duration;

use aconite::engine::Direction;
use aconite::engine::sim::Duplex;
use aconite::protocol::http::{Action, BodyEdit, HeaderEdit, HttpMatch, RetryAfter, StatusEdit};
use aconite::protocol::http2::PREFACE;

use super::frames::{block, data, frame, get, ok, post, settings, window_update};
use super::rig::{Downstream, Rig, answer, path, plan, respond, rule, rules};

fn limited() -> aconite::protocol::http::Answer {
    answer(429, "slow down")
}

#[test]
fn an_answered_request_never_reaches_the_upstream() {
    let rules = rules(vec![rule(1, path("/limited"), respond(limited()))]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/limited")).up(&get(3, "/other"));
    let expected = "HEADERS 1 :status=429 content-length=9\nDATA 1 end slow down\n";
    assert_eq!(rig.client(), expected);
    assert_eq!(rig.upstream(), "HEADERS 3 end :method=GET :path=/other\n");
    rig.down(&ok(3)).down(&data(3, b"hello", true));
    let rest = "HEADERS 3 :status=200\nDATA 3 end hello\n";
    assert_eq!(rig.client(), format!("{expected}{rest}"));
    assert_eq!(rules.rules[0].counts.hits().acted, 1);
}

/// The request that was swallowed has entered a field into the table of the client's encoder.
#[test]
fn later_requests_may_name_fields_of_a_swallowed_one() {
    let rules = rules(vec![rule(1, path("/limited"), respond(limited()))]);
    let mut rig = Rig::new(&rules);
    let fields = [(":method", "GET"), (":path", "/limited"), ("x-a", "1")];
    rig.up(&block(1, true, &fields));
    let fields = [("newest", ""), (":method", "GET"), (":path", "/b")];
    rig.up(&block(3, true, &fields));
    let expected = "HEADERS 3 end x-a=1 :method=GET :path=/b\n";
    assert_eq!(rig.upstream(), expected);
}

#[test]
fn a_request_for_grpc_gets_its_status_in_trailers() {
    let mut unavailable = answer(503, "gone away");
    unavailable.grpc_status = Some(14);
    unavailable.retry_after = Some(RetryAfter {
        time: Duration::from_millis(250),
        in_millis: false,
    });
    let rules = rules(vec![rule(1, HttpMatch::default(), respond(unavailable))]);
    let mut rig = Rig::new(&rules);
    let fields = [
        (":method", "POST"),
        (":path", "/pkg.Service/Call"),
        ("content-type", "application/grpc+proto"),
    ];
    rig.up(&block(1, false, &fields))
        .up(&data(1, b"12345", true));
    assert_eq!(
        rig.client(),
        "HEADERS 1 end :status=200 content-type=application/grpc grpc-status=14 grpc-message=gone away \
         grpc-retry-pushback-ms=250\nRST_STREAM 1 0\nWINDOW_UPDATE 0 5\n"
    );
    assert_eq!(rig.upstream(), "");
    rig.up(&get(3, "/"));
    assert!(
        rig.client().ends_with(
            "HEADERS 3 :status=503 retry-after=1 content-length=9\nDATA 3 end gone away\n"
        )
    );
}

/// The client is told to stop, and gets back the connection's window for what was on its way.
#[test]
fn the_body_of_an_answered_request_is_swallowed() {
    let rules = rules(vec![rule(1, path("/up"), respond(answer(503, "")))]);
    let mut rig = Rig::new(&rules);
    rig.up(&post(1, "/up")).up(&data(1, &[b'x'; 100], false));
    rig.up(&frame(0, 8, 1, b"\x02yy\0\0"))
        .up(&window_update(1, 10));
    rig.up(&block(1, true, &[("trailer", "1")]));
    rig.up(&post(3, "/b")).up(&data(3, b"b", true));
    assert_eq!(
        rig.client(),
        "HEADERS 1 end :status=503 content-length=0\nRST_STREAM 1 0\nWINDOW_UPDATE 0 100\nWINDOW_UPDATE 0 5\n"
    );
    let expected = "HEADERS 3 :method=POST :path=/b\nDATA 3 end b\n";
    assert_eq!(rig.upstream(), expected);
}

#[test]
fn an_answer_of_ours_does_not_break_into_a_frame_of_the_upstream() {
    let rules = rules(vec![rule(1, path("/x"), respond(answer(404, "")))]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/a")).down(&ok(1));
    let body = data(1, b"0123456789", true);
    rig.down(&body[..12]).up(&get(3, "/x")).run_ms(10);
    assert_eq!(rig.client(), "HEADERS 1 :status=200\nand 12 bytes\n");
    rig.down(&body[12..]);
    assert_eq!(
        rig.client(),
        "HEADERS 1 :status=200\nDATA 1 end 0123456789\nHEADERS 3 end :status=404 content-length=0\n"
    );
}

#[test]
fn the_upstreams_settings_come_before_an_answer_of_ours() {
    let rules = rules(vec![rule(1, path("/x"), respond(answer(404, "")))]);
    let mut rig = Rig {
        duplex: Duplex::new(&plan(&rules, 1)),
    };
    rig.up(&[PREFACE, &settings(&[]), &get(1, "/x")].concat());
    assert_eq!(rig.client(), "");
    rig.down(&settings(&[]));
    assert_eq!(
        rig.client(),
        "SETTINGS\nHEADERS 1 end :status=404 content-length=0\n"
    );
}

#[test]
fn fields_and_status_are_changed() {
    let fields = |of, fields: &[(&str, Option<&str>)]| {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        Action::Headers(HeaderEdit {
            of,
            fields: fields.collect(),
        })
    };
    let status = Action::Status(StatusEdit {
        status: 503,
        body: None,
    });
    let of_request = [("X-A", None), ("Host", Some("b"))];
    let rules = rules(vec![
        rule(1, path("/a"), fields(Direction::Upstream, &of_request)),
        rule(
            2,
            path("/a"),
            fields(Direction::Downstream, &[("X-B", Some("2"))]),
        ),
        rule(3, path("/a"), status),
    ]);
    let mut rig = Rig::new(&rules);
    let request = [
        (":method", "GET"),
        (":authority", "a"),
        (":path", "/a"),
        ("x-a", "1"),
    ];
    rig.up(&block(1, true, &request));
    rig.down(&block(1, false, &[(":status", "103")]));
    rig.down(&block(1, false, &[(":status", "200"), ("x-b", "1")]));
    rig.down(&data(1, b"body", false));
    rig.down(&block(1, true, &[("x-b", "trailer")]));
    assert_eq!(
        rig.upstream(),
        "HEADERS 1 end :method=GET :authority=b :path=/a\n"
    );
    assert_eq!(
        rig.client(),
        "HEADERS 1 :status=103\nHEADERS 1 :status=503 x-b=2\nDATA 1 body\nHEADERS 1 end x-b=trailer\n"
    );
}

#[test]
fn a_replaced_body_takes_the_stream_from_the_upstream() {
    let edit = BodyEdit {
        replace: Some("new".into()),
        content_type: Some("text/plain".to_owned()),
        ..BodyEdit::default()
    };
    let rules = rules(vec![rule(1, path("/a"), Action::Body(edit))]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/a"));
    let head = [
        (":status", "200"),
        ("etag", "x"),
        ("content-length", "1000"),
    ];
    rig.down(&block(1, false, &head))
        .down(&data(1, &[b'x'; 1000], true));
    // A block that names a field of the one that was not passed on.
    rig.up(&get(3, "/b"))
        .down(&block(3, true, &[("newest", ""), (":status", "200")]));
    assert_eq!(
        rig.client(),
        "HEADERS 1 :status=200 content-length=3 content-type=text/plain\nDATA 1 end new\n\
         HEADERS 3 end content-length=1000 :status=200\n"
    );
    assert_eq!(
        rig.upstream(),
        "HEADERS 1 end :method=GET :path=/a\nRST_STREAM 1 8\nWINDOW_UPDATE 0 997\n\
         HEADERS 3 end :method=GET :path=/b\n"
    );
}

#[test]
fn an_answer_that_can_have_no_body_gets_none() {
    let edit = BodyEdit {
        replace: Some("new".into()),
        ..BodyEdit::default()
    };
    let status = |status| Action::Status(StatusEdit { status, body: None });
    let rules = rules(vec![
        rule(1, path("/body"), Action::Body(edit)),
        rule(2, path("/204"), status(204)),
        rule(3, path("/503"), status(503)),
    ]);
    let mut rig = Rig::new(&rules);
    let long = ("content-length", "1000");
    rig.up(&get(1, "/body"))
        .down(&block(1, true, &[(":status", "204")]));
    rig.up(&get(3, "/body"))
        .down(&block(3, true, &[(":status", "304"), ("etag", "x")]));
    rig.up(&get(5, "/204"))
        .down(&block(5, false, &[(":status", "200"), long]))
        .down(&data(5, &[b'x'; 1000], true));
    rig.up(&get(7, "/503"))
        .down(&block(7, true, &[(":status", "304"), long]));
    assert_eq!(
        rig.client(),
        "HEADERS 1 end :status=204\nHEADERS 3 end :status=304 etag=x\n\
         HEADERS 5 end :status=204\nHEADERS 7 end :status=503 content-length=0\n"
    );
    assert!(
        rig.upstream()
            .contains("RST_STREAM 5 8\nWINDOW_UPDATE 0 1000\n")
    );
}

/// Nothing of ours can follow half a frame.
#[test]
fn what_waits_for_the_end_of_a_frame_is_lost_if_the_upstream_ends_within_it() {
    let rules = rules(vec![rule(1, path("/up"), respond(answer(503, "")))]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/a")).up(&post(3, "/up")).down(&ok(1));
    rig.forget();
    let body = data(1, b"0123456789", true);
    rig.down(&body[..12]).up(&data(3, b"swallowed", true));
    rig.duplex.finish(Downstream, aconite::engine::Ending::Eof);
    rig.run_ms(10);
    assert_eq!(rig.client(), "and 12 bytes\nEof\n");
}
