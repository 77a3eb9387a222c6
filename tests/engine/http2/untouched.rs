//! While no rule acts on a connection, every byte passes as it came; and whatever rules do does not
//! depend on how the bytes were cut.

use std::sync::Arc;

use aconite::protocol::http::Rules;
use proptest::prelude::*;

use super::frames::{block, data, frame, settings, window_update};
use super::rig::{Downstream, Rig, Upstream, answer, mark, path, plan, respond, rule, rules};
use aconite::engine::sim::Duplex;
use aconite::protocol::http2::PREFACE;

/// One stream: its path, whether the request has a body, and the sizes of the answer's DATA.
type Exchange = (usize, bool, Vec<usize>);

const PATHS: [&str; 4] = ["/a", "/slow", "/limited", "/b"];

fn exchanges(paths: usize) -> impl Strategy<Value = Vec<Exchange>> {
    let sizes = prop::collection::vec(0_usize..3000, 0..4);
    prop::collection::vec((0..paths, any::<bool>(), sizes), 1..8)
}

/// What the client sends, and what the upstream does if it sees all of it.
fn written(exchanges: &[Exchange]) -> (Vec<u8>, Vec<u8>) {
    let mut up = [PREFACE, &settings(&[(1, 0), (4, 70_000)])].concat();
    let mut down = settings(&[(3, 100)]);
    for (number, (path, has_body, sizes)) in exchanges.iter().enumerate() {
        let stream = u32::try_from(number * 2 + 1).unwrap();
        let fields = [
            (":method", if *has_body { "POST" } else { "GET" }),
            (":path", PATHS[*path]),
            ("x-number", &number.to_string()),
            // Refers to the table, and so depends on every block before.
            ("newest", ""),
        ];
        up.extend(block(stream, !has_body, &fields));
        up.extend(frame(2, 0, stream, &[0, 0, 0, 0, 9]));
        if *has_body {
            up.extend(frame(0, 9, stream, b"\x03padded\0\0\0"));
        }
        up.extend(window_update(0, 9000));
        up.extend(frame(6, 0, 0, b"pingpong"));
        // What a stream that was answered here would never see.
        if PATHS[*path] == "/limited" {
            continue;
        }
        down.extend(frame(0xf0, 7, 0, b"unknown"));
        down.extend(block(stream, false, &[(":status", "200"), ("newest", "")]));
        for size in sizes {
            down.extend(data(stream, &vec![b'a' + number as u8; *size], false));
        }
        down.extend(frame(0, 8, stream, b"\x02padded\0\0"));
        down.extend(block(stream, true, &[("grpc-status", "0"), ("newest", "")]));
    }
    (up, down)
}

fn pushed(rules: &Arc<Rules>, up: &[u8], down: &[u8], cuts: &[usize]) -> Duplex {
    let mut duplex = Duplex::new(&plan(rules, 1));
    for (direction, mut bytes) in [(Upstream, up), (Downstream, down)] {
        for size in cuts.iter().cycle() {
            let (part, rest) = bytes.split_at((*size).min(bytes.len()));
            duplex.push(direction, part.to_vec());
            bytes = rest;
            if bytes.is_empty() {
                break;
            }
        }
    }
    duplex.run_ms(10_000);
    duplex
}

/// What the receiver has on each stream: its lines, with DATA joined.
fn streams(text: &str) -> Vec<String> {
    let mut streams = vec![String::new(); 40];
    for line in text.lines() {
        let mut words = line.splitn(3, ' ');
        let (kind, stream) = (words.next().unwrap(), words.next().unwrap_or("0"));
        let stream: usize = stream.parse().unwrap_or(0);
        let rest = words.next().unwrap_or_default();
        match kind {
            "DATA" => streams[stream] += rest.trim_end_matches('*'),
            "WINDOW_UPDATE" => {}
            _ => streams[stream] += &format!("\n{kind} {rest}\n"),
        }
    }
    streams
}

fn got(duplex: &Duplex) -> (Vec<u8>, Vec<u8>) {
    (duplex.up.bytes(), duplex.down.bytes())
}

fn acting() -> Arc<Rules> {
    rules(vec![
        mark(1, path("/slow"), "latency", &[("latency", 500)]),
        rule(2, path("/limited"), respond(answer(429, "slow down"))),
    ])
}

proptest! {
    #[test]
    fn bytes_pass_as_they_came_while_no_rule_acts(
        exchanges in exchanges(1),
        cuts in prop::collection::vec(1_usize..60, 1..10),
    ) {
        let (up, down) = written(&exchanges);
        let duplex = pushed(&acting(), &up, &down, &cuts);
        prop_assert_eq!(got(&duplex), (up, down));
    }

    #[test]
    fn what_rules_do_does_not_depend_on_cuts(
        exchanges in exchanges(4),
        cuts in prop::collection::vec(1_usize..60, 1..10),
    ) {
        let (up, down) = written(&exchanges);
        let whole = Rig { duplex: pushed(&acting(), &up, &down, &[1 << 20]) };
        let cut = Rig { duplex: pushed(&acting(), &up, &down, &cuts) };
        // Which update pays for DATA of ours depends on what came together.
        let requests = |rig: &Rig| {
            let text = rig.upstream();
            let lines = text.lines().filter(|line| !line.starts_with("WINDOW_UPDATE"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        prop_assert_eq!(requests(&whole), requests(&cut));
        let (whole, cut) = (whole.client(), cut.client());
        let (whole, cut) = (streams(&whole), streams(&cut));
        // The sizes of long DATA are in the lines, and a delayed frame may leave in parts.
        for (whole, cut) in whole.iter().zip(&cut) {
            let heads = |text: &str| text.lines().filter(|line| line.contains(' ')).map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(heads(whole), heads(cut));
        }
    }

    #[test]
    fn any_bytes_behind_a_preface_are_survived(
        up in prop::collection::vec(any::<u8>(), 0..400),
        down in prop::collection::vec(any::<u8>(), 0..400),
        cuts in prop::collection::vec(1_usize..60, 1..10),
    ) {
        let up = [PREFACE, &settings(&[]), &up].concat();
        pushed(&acting(), &up, &down, &cuts);
    }
}
