//! Streams that are delayed, reset or left without an answer, while others go on.

use aconite::engine::sim::Out;
use aconite::engine::{Ending, Moment};
use aconite::protocol::http::Skip;

use super::frames::{block, data, frame, get, ok};
use super::rig::{Downstream, Rig, answer, mark, path, plan, respond, rule, rules};

fn slow() -> aconite::protocol::http::Rule {
    mark(1, path("/slow"), "latency", &[("latency", 500)])
}

#[test]
fn a_delayed_stream_holds_back_no_other() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&get(1, "/slow")).up(&get(3, "/fast"));
    rig.down(&ok(1)).down(&data(1, b"one", false)).down(&ok(3));
    rig.run_ms(100).down(&data(1, b"two", true));
    rig.down(&data(3, b"fast", true));
    let fast = "HEADERS 3 :status=200\nDATA 3 end fast\n";
    assert_eq!(rig.client(), fast);
    rig.run_ms(399);
    assert_eq!(rig.client(), fast);
    rig.run_ms(1);
    let first = format!("{fast}HEADERS 1 :status=200\nDATA 1 one\n");
    assert_eq!(rig.client(), first);
    rig.run_ms(100);
    assert_eq!(rig.client(), format!("{first}DATA 1 end two\n"));
    assert_eq!(rig.upstream().lines().count(), 2);
}

#[test]
fn an_answer_of_ours_may_be_slow() {
    let given = rule(2, path("/slow"), respond(answer(429, "no")));
    let mut rig = Rig::new(&rules(vec![slow(), given]));
    rig.up(&get(1, "/slow")).up(&get(3, "/fast")).run_ms(499);
    assert_eq!(rig.client(), "");
    rig.run_ms(1);
    let expected = "HEADERS 1 :status=429 content-length=2\nDATA 1 end no\n";
    assert_eq!(rig.client(), expected);
}

#[test]
fn trailers_and_a_reset_stay_behind_delayed_data() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&get(1, "/slow")).up(&get(3, "/slow"));
    rig.down(&ok(1)).down(&data(1, b"one", false));
    rig.down(&block(1, true, &[("grpc-status", "0")]));
    rig.down(&ok(3)).down(&frame(3, 0, 3, &[0, 0, 0, 2]));
    rig.run_ms(500);
    assert_eq!(
        rig.client(),
        "HEADERS 1 :status=200\nDATA 1 one\nHEADERS 1 end grpc-status=0\nHEADERS 3 :status=200\nRST_STREAM 3 2\n"
    );
}

#[test]
fn the_end_of_the_upstream_waits_for_delayed_frames() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&get(1, "/slow"))
        .down(&ok(1))
        .down(&data(1, b"one", true));
    rig.duplex.finish(Downstream, Ending::Eof);
    rig.run_ms(499);
    assert_eq!(rig.client(), "");
    rig.run_ms(1);
    assert_eq!(rig.client(), "HEADERS 1 :status=200\nDATA 1 end one\nEof\n");
}

#[test]
fn a_reset_ends_one_stream_at_both_peers() {
    let reset = mark(1, path("/a"), "reset_peer", &[("timeout", 50)]);
    let mut rig = Rig::new(&rules(vec![reset]));
    rig.up(&get(1, "/a")).up(&get(3, "/b"));
    rig.down(&ok(1)).down(&data(1, b"lost", false));
    rig.run_ms(50).down(&data(1, b"more", false)).down(&ok(3));
    assert_eq!(rig.client(), "RST_STREAM 1 2\nHEADERS 3 :status=200\n");
    let requests = "HEADERS 1 end :method=GET :path=/a\nHEADERS 3 end :method=GET :path=/b\n";
    let rest = "WINDOW_UPDATE 0 4\nRST_STREAM 1 8\nWINDOW_UPDATE 0 4\n";
    assert_eq!(rig.upstream(), format!("{requests}{rest}"));
}

#[test]
fn a_silent_stream_gets_no_answer_until_its_time_is_up() {
    let silent = mark(1, path("/a"), "timeout", &[("timeout", 1000)]);
    let forever = mark(2, path("/b"), "timeout", &[("timeout", 0)]);
    let mut rig = Rig::new(&rules(vec![silent, forever]));
    rig.up(&get(1, "/a")).up(&get(3, "/b")).up(&get(5, "/c"));
    for stream in [1, 3, 5] {
        rig.down(&ok(stream)).down(&data(stream, b"x", true));
    }
    rig.run_ms(999);
    let other = "HEADERS 5 :status=200\nDATA 5 end x\n";
    assert_eq!(rig.client(), other);
    rig.run_ms(100_000);
    assert_eq!(rig.client(), format!("{other}RST_STREAM 1 8\n"));
    // The client gives up by itself.
    rig.up(&frame(3, 0, 3, &[0, 0, 0, 8]));
    assert!(rig.upstream().ends_with("RST_STREAM 3 8\n"));
}

#[test]
fn removing_the_toxic_lets_a_delayed_stream_go_and_cancels_a_silent_one() {
    let silent = mark(2, path("/b"), "timeout", &[("timeout", 0)]);
    let other = mark(3, path("/c"), "latency", &[("latency", 300)]);
    let mut rig = Rig::new(&rules(vec![slow(), silent, other.clone()]));
    for (stream, path) in [(1, "/slow"), (3, "/b"), (5, "/c")] {
        rig.up(&get(stream, path)).down(&ok(stream));
    }
    rig.duplex.adopt(&plan(&rules(vec![other]), 2));
    assert_eq!(rig.client(), "HEADERS 1 :status=200\nRST_STREAM 3 8\n");
    rig.down(&data(1, b"at once", true)).run_ms(300);
    assert!(
        rig.client()
            .ends_with("DATA 1 end at once\nHEADERS 5 :status=200\n")
    );
}

#[test]
fn a_client_that_cancels_gets_nothing_more_and_the_upstream_gets_its_window_back() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&get(1, "/slow"))
        .down(&ok(1))
        .down(&data(1, &[b'x'; 300], false));
    rig.up(&frame(3, 0, 1, &[0, 0, 0, 8]));
    rig.down(&data(1, b"more", true)).run_ms(1000);
    assert_eq!(rig.client(), "");
    let expected = "HEADERS 1 end :method=GET :path=/slow\nRST_STREAM 1 8\nWINDOW_UPDATE 0 300\nWINDOW_UPDATE 0 4\n";
    assert_eq!(rig.upstream(), expected);
}

#[test]
fn kinds_that_need_a_stage_leave_streams_alone_and_are_counted() {
    let rate = mark(1, path("/a"), "bandwidth", &[("rate", 1)]);
    let rules = rules(vec![rate, mark(2, path("/a"), "noop", &[])]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/a"))
        .down(&ok(1))
        .down(&data(1, &[b'x'; 100], true));
    assert_eq!(rig.client(), "HEADERS 1 :status=200\nDATA 1 end 100*\n");
    assert_eq!(
        rules.rules[0].counts.hits().skipped.get(&Skip::Http2),
        Some(&1)
    );
    assert_eq!(rules.rules[0].counts.hits().seen, 0);
    assert!(rules.rules[1].counts.hits().skipped.is_empty());
    assert_eq!(rules.counts.hits().skipped.get(&Skip::Http2), Some(&1));
}

/// Of a stream that brings more than is kept, the rest leaves early.
#[test]
fn delayed_data_has_a_bound() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&super::frames::window_update(0, 100_000_000));
    rig.up(&get(1, "/slow")).down(&ok(1));
    let part = data(1, &[b'x'; 16_000], false);
    for _ in 0..262 {
        rig.down(&part);
    }
    assert_eq!(rig.client(), "");
    for _ in 0..3 {
        rig.down(&part);
    }
    assert!(rig.duplex.now() == Moment::ORIGIN);
    let data = rig
        .duplex
        .down
        .log
        .iter()
        .filter(|(_, out)| matches!(out, Out::Data(_)));
    assert!(data.count() > 265);
}

#[test]
fn the_rest_of_a_frame_on_a_cancelled_stream_is_dropped() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&get(1, "/slow")).down(&ok(1));
    let large = data(1, &[b'x'; 300], false);
    rig.down(&large[..109]).up(&frame(3, 0, 1, &[0, 0, 0, 8]));
    rig.down(&large[109..]).down(&data(1, b"more", true));
    rig.duplex.finish(Downstream, Ending::Eof);
    rig.run_ms(1000);
    assert_eq!(rig.client(), "Eof\n");
    let expected = "HEADERS 1 end :method=GET :path=/slow\nRST_STREAM 1 8\nWINDOW_UPDATE 0 300\nWINDOW_UPDATE 0 4\n";
    assert_eq!(rig.upstream(), expected);
}

#[test]
fn padding_of_delayed_data_is_given_back_to_its_stream_too() {
    let mut rig = Rig::new(&rules(vec![slow()]));
    rig.up(&get(1, "/slow")).down(&ok(1));
    rig.down(&frame(0, 8, 1, b"\x02yy\0\0"))
        .down(&frame(0, 9, 1, b"\x01z\0"));
    rig.run_ms(1000);
    let expected = "HEADERS 1 :status=200\nDATA 1 yy\nDATA 1 end z\n";
    assert_eq!(rig.client(), expected);
    let expected = "HEADERS 1 end :method=GET :path=/slow\nWINDOW_UPDATE 0 3\nWINDOW_UPDATE 1 3\nWINDOW_UPDATE 0 2\n";
    assert_eq!(rig.upstream(), expected);
}
