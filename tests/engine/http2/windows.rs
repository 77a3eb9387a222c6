//! Flow control: the client never gets more than it has room for, nothing is lost, and nothing waits
//! for ever.

use aconite::engine::sim::Out;
use aconite::protocol::http::{Action, BodyEdit};
use proptest::prelude::*;

use super::frames::{data, get, ok, window_update};
use super::peers::{Client, Upstream};
use super::rig::{Rig, answer, mark, path, respond, rule, rules};
use crate::harness::dice::Dice;

#[test]
fn data_of_ours_waits_for_the_clients_windows() {
    let large = respond(answer(429, vec![b'x'; 100_000]));
    let rules = rules(vec![rule(1, path("/large"), large)]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/large"));
    let data = "DATA 1 16384*\nDATA 1 16384*\nDATA 1 16384*\nDATA 1 16383*\n";
    let head = "HEADERS 1 :status=429 content-length=100000\n";
    assert_eq!(rig.client(), format!("{head}{data}"));
    // The connection's window alone is not enough.
    rig.up(&window_update(0, 1000)).up(&window_update(1, 600));
    assert_eq!(rig.client(), format!("{head}{data}DATA 1 600*\n"));
    // The upstream is not told of updates for bytes that it has not sent.
    assert_eq!(rig.upstream(), "");
}

#[test]
fn the_upstreams_data_waits_while_ours_fills_the_connections_window() {
    let given = respond(answer(429, vec![b'x'; 60_000]));
    let rules = rules(vec![rule(1, path("/given"), given)]);
    let mut rig = Rig::new(&rules);
    rig.up(&get(1, "/given"))
        .up(&get(3, "/a"))
        .up(&get(5, "/b"));
    rig.forget();
    rig.down(&ok(3)).down(&data(3, &[b'u'; 5000], false));
    rig.down(&data(3, &[b'u'; 1000], true)).down(&ok(5));
    let first = "HEADERS 3 :status=200\nDATA 3 5000*\nDATA 3 535*\nHEADERS 5 :status=200\n";
    assert_eq!(rig.client(), first);
    rig.up(&window_update(0, 60_100));
    assert_eq!(rig.client(), format!("{first}DATA 3 end 465*\n"));
    assert_eq!(rig.upstream(), "WINDOW_UPDATE 0 100\n");
}

/// Moves what left the filter to the peers.
fn carry(rig: &mut Rig, client: &mut Client, upstream: &mut Upstream) {
    for (_, out) in std::mem::take(&mut rig.duplex.down.log) {
        match out {
            Out::Data(bytes) => client.take(&bytes),
            Out::End(ending) => panic!("ended by {ending:?}"),
        }
    }
    for (_, out) in std::mem::take(&mut rig.duplex.up.log) {
        if let Out::Data(bytes) = out {
            upstream.take(&bytes);
        }
    }
}

const PATHS: [&str; 6] = ["/plain", "/given", "/slow", "/reset", "/new", "/plain"];

fn all_rules() -> std::sync::Arc<aconite::protocol::http::Rules> {
    let body = BodyEdit {
        replace: Some(vec![b'n'; 50_000].into()),
        ..BodyEdit::default()
    };
    rules(vec![
        rule(1, path("/given"), respond(answer(503, vec![b'g'; 70_000]))),
        mark(2, path("/slow"), "latency", &[("latency", 40)]),
        mark(3, path("/reset"), "reset_peer", &[("timeout", 30)]),
        rule(4, path("/new"), Action::Body(body)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn everything_arrives_within_the_windows(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let mut rig = Rig::new(&all_rules());
        let (mut client, mut upstream) = (Client::new(), Upstream::new());
        let mut expected = Vec::new();
        let mut next = 1;
        for round in 0..4000 {
            if round < 60 && dice.below(3) == 0 {
                let place = usize::try_from(dice.below(6)).unwrap();
                let size = usize::try_from(dice.below(120_000)).unwrap();
                upstream.sizes.insert(next, size);
                client.open(next);
                let body = match PATHS[place] {
                    "/given" => Some(70_000),
                    "/new" => Some(50_000),
                    "/reset" => None,
                    _ => Some(size),
                };
                expected.push((next, body));
                rig.up(&get(next, PATHS[place]));
                next += 2;
            }
            let most = usize::try_from(dice.below(16_384)).unwrap() + 1;
            rig.down(&upstream.send(most));
            carry(&mut rig, &mut client, &mut upstream);
            let part = u32::try_from(dice.below(5)).unwrap();
            // At last everything that was taken is given back.
            let part = if round % 50 == 49 { 4 } else { part };
            rig.up(&client.give_back(part));
            carry(&mut rig, &mut client, &mut upstream);
            rig.run_ms(dice.below(4));
            carry(&mut rig, &mut client, &mut upstream);
            let is_done = |(stream, _): &(u32, Option<usize>)| {
                let stream = &client.streams[stream];
                stream.has_ended || stream.was_reset
            };
            if round > 60 && expected.iter().all(is_done) {
                break;
            }
        }
        for (stream, body) in expected {
            let taken = &client.streams[&stream];
            match body {
                Some(body) => prop_assert!(taken.has_ended && taken.body == body, "{stream}: {taken:?}"),
                None => prop_assert!(taken.was_reset && taken.body == 0, "{stream}: {taken:?}"),
            }
        }
        rig.up(&client.give_back(4));
        carry(&mut rig, &mut client, &mut upstream);
        prop_assert_eq!(client.whole_window(), 65_535);
        prop_assert_eq!(upstream.window, 65_535, "both know the same window at the end");
    }
}
