//! With sockets and the real clock: a toxic that expires behaves as if it were deleted.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use aconite::control::{NewToxic, ToxicOptions};

use crate::sockets::rig::{End, PATIENCE, PROXY, Rig, STREAMS, read_exactly, read_to_end, toxic};

const SHORT: Duration = Duration::from_millis(250);
/// More than a busy machine needs for a few writes.
const ENOUGH: Duration = Duration::from_millis(900);

fn lasting(duration: Duration, toxic: NewToxic) -> NewToxic {
    NewToxic {
        options: ToxicOptions {
            duration: Some(duration),
            ..ToxicOptions::default()
        },
        ..toxic
    }
}

fn wait_until_gone(rig: &Rig, name: &str) {
    let start = Instant::now();
    while rig.control.toxic(PROXY, name).is_ok() {
        assert!(start.elapsed() < PATIENCE, "{name} stays");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_that_is_over_closes_what_was_under_it() {
    let rig = Rig::new().await;
    let mut pairs = rig.pairs(5);
    pairs.iter_mut().for_each(|pair| pair.warm());
    let begun = Instant::now();
    rig.add(lasting(
        ENOUGH,
        toxic("timeout", "downstream", &[("timeout", 0)]),
    ));
    for pair in &mut pairs {
        pair.upstream.write_all(b"swallowed").unwrap();
    }
    for pair in &mut pairs {
        assert_eq!(read_to_end(&mut pair.client), (Vec::new(), End::Eof));
        assert_eq!(read_to_end(&mut pair.upstream), (Vec::new(), End::Eof));
        assert!(begun.elapsed() >= ENOUGH, "{:?}", begun.elapsed());
    }
    // Its statistics are kept, including when it ended.
    let hits = rig.control.stats(PROXY, "timeout_downstream").unwrap().hits;
    assert_eq!((hits.connections, hits.closed, hits.bytes), (5, 5, 45));
    let mut next = rig.pair();
    next.warm();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_in_one_that_is_over_leaves_whole_and_at_once() {
    for (kind, attributes) in [
        ("latency", &[("latency", 60_000)][..]),
        ("bandwidth", &[("rate", 0)]),
        ("reset_peer", &[("timeout", 60_000)]),
    ] {
        let rig = Rig::new().await;
        let mut pairs = rig.pairs(3);
        pairs.iter_mut().for_each(|pair| pair.warm());
        for stream in STREAMS {
            rig.add(lasting(SHORT, toxic(kind, stream, attributes)));
        }
        let sent: Vec<u8> = (0..30_000_u32).map(|place| (place % 251) as u8).collect();
        for pair in &mut pairs {
            for stream in STREAMS {
                pair.ends(stream).0.write_all(&sent).unwrap();
            }
        }
        for pair in &mut pairs {
            for stream in STREAMS {
                assert!(
                    read_exactly(pair.ends(stream).1, sent.len()) == sent,
                    "{kind} {stream}"
                );
            }
            pair.warm();
        }
        for stream in STREAMS {
            wait_until_gone(&rig, &format!("{kind}_{stream}"));
            assert_eq!(
                rig.control.remove_toxic(PROXY, &format!("{kind}_{stream}")),
                Ok(())
            );
        }
    }
}

/// Whether a new connection carries a byte to the upstream; otherwise it ends.
fn passes(rig: &Rig) -> bool {
    let mut pair = rig.pair();
    pair.client.write_all(b"?").unwrap();
    pair.upstream.read(&mut [0]).unwrap() == 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_begins_later_and_repeats_acts_in_turns() {
    let rig = Rig::new().await;
    let begun = Instant::now();
    rig.add(NewToxic {
        options: ToxicOptions {
            start_after: Some(SHORT),
            duration: Some(SHORT),
            every: Some(2 * SHORT),
            ..ToxicOptions::default()
        },
        ..toxic("limit_data", "upstream", &[("bytes", 0)])
    });
    // However slow the machine is, the toxic's state changes, and never early.
    let mut changes = vec![(true, Duration::ZERO)];
    while changes.len() < 5 {
        let passes = passes(&rig);
        if changes.last().unwrap().0 != passes {
            changes.push((passes, begun.elapsed()));
        }
        assert!(begun.elapsed() < PATIENCE, "{changes:?}");
        std::thread::sleep(Duration::from_millis(3));
    }
    for (turn, (_, at)) in changes.iter().enumerate() {
        assert!(*at >= SHORT * turn as u32, "{changes:?}");
    }
    let hits = rig
        .control
        .stats(PROXY, "limit_data_upstream")
        .unwrap()
        .hits;
    // A connection may have existed when the toxic began to act, and have ended because of it.
    let as_counted = hits.closed == hits.bytes && hits.closed <= hits.connections;
    assert!(hits.closed > 1 && as_counted, "{hits:?}");
}
