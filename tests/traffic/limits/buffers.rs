//! `--link-buffer` and `--total-buffer`: so much waits inside and no more; past it nobody reads,
//! and nothing is lost.

use std::io::Write;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::flood::{FLOOD, FREE, KIB, MIB, bytes, hold, pour, release, start, waiting};
#[cfg(target_os = "linux")]
use support::process::Usage;
use support::rig::{Peer, Rig, create};
use support::{Kind, is_full_size};

/// Links on several threads may look at what is taken at the same moment, and each then read a
/// block.
const AT_ONCE: u64 = 512 * KIB;

#[test]
fn a_link_takes_as_much_as_it_may_and_loses_nothing() {
    for direction in ["upstream", "downstream"] {
        let rig = start(&["--link-buffer", "1MiB"]);
        hold(&rig, direction);
        let (client, server) = rig.pair();
        let (from, to) = match direction {
            "upstream" => (&client, &server),
            _ => (&server, &client),
        };
        let flood = bytes(FLOOD);
        thread::scope(|scope| {
            let sender = pour(scope, from, &flood);
            let held = waiting(&rig, direction, MIB - FREE);
            assert!((MIB - FREE..=MIB).contains(&held), "{direction}: {held}");
            assert!(!sender.is_finished(), "the sender does not notice");
            // The other direction has a limit of its own.
            to.send(b"back");
            assert_eq!(from.read(4), b"back");
            release(&rig);
            assert!(to.read(flood.len()) == flood, "bytes were lost or changed");
        });
    }
}

/// Smaller than what each link has free of the total, which is another limit.
#[test]
fn a_small_limit_of_a_link_is_kept_as_well() {
    let rig = start(&["--link-buffer", "16KiB"]);
    hold(&rig, "upstream");
    let (client, server) = rig.pair();
    let flood = bytes(MIB);
    thread::scope(|scope| {
        pour(scope, &client, &flood);
        let held = waiting(&rig, "upstream", 8 * KIB);
        release(&rig);
        assert!(
            server.read(flood.len()) == flood,
            "bytes were lost or changed"
        );
        assert!((8 * KIB..=16 * KIB).contains(&held), "{held}");
    });
}

/// Echoes small messages, and a large one.
fn assert_moves(address: &str) {
    let peer = Peer::to(address);
    for _ in 0..50 {
        peer.send(&[7; 1000]);
        assert_eq!(peer.read(1000), [7; 1000]);
    }
    let large = bytes(MIB);
    thread::scope(|scope| {
        pour(scope, &peer, &large);
        assert!(peer.read(large.len()) == large);
    });
}

/// Floods new connections of `p` and says how much of it waits; then everything arrives.
fn flood_all(rig: &Rig, connections: u64, least: u64, meanwhile: impl FnOnce()) -> u64 {
    hold(rig, "upstream");
    let pairs: Vec<_> = (0..connections).map(|_| rig.pair()).collect();
    let flood = bytes(FLOOD / 2);
    thread::scope(|scope| {
        for (client, _) in &pairs {
            pour(scope, client, &flood);
        }
        let held = waiting(rig, "upstream", least);
        meanwhile();
        release(rig);
        for (_, server) in &pairs {
            assert!(
                server.read(flood.len()) == flood,
                "bytes were lost or changed"
            );
        }
        held
    })
}

#[test]
fn all_links_together_take_no_more_than_they_may() {
    const LINKS: u64 = 4;
    let rig = start(&["--total-buffer", "2MiB"]);
    let echo = support::Upstream::start(Kind::Echo);
    let clear = create(&rig.server, "clear", &echo.addr());
    let slow = create(&rig.server, "slow", &echo.addr());
    for stream in ["upstream", "downstream"] {
        let toxic = json!({"type": "latency", "stream": stream, "attributes": {"latency": 1}});
        let answer = rig
            .server
            .api("POST", "/proxies/slow/toxics", &toxic.to_string());
        assert_eq!(answer.status, 200);
    }
    // Twice, since what was taken has to come back.
    for _ in 0..2 {
        let held = flood_all(&rig, LINKS, 2 * MIB, || {
            assert_moves(&clear);
            assert_moves(&slow);
        });
        let most = 2 * MIB + LINKS * FREE + AT_ONCE;
        assert!((2 * MIB..=most).contains(&held), "{held} of {most}");
    }
}

/// One link may take all of it, and says so by its own.
#[test]
fn one_link_may_take_the_whole_total() {
    let rig = start(&["--total-buffer", "1MiB"]);
    for _ in 0..2 {
        let held = flood_all(&rig, 1, MIB, || {});
        assert!((MIB..=MIB + FREE + AT_ONCE).contains(&held), "{held}");
    }
}

/// Connections that go away with everything that waited in them.
#[test]
fn what_lost_connections_held_is_given_back() {
    let rig = start(&["--total-buffer", "1MiB"]);
    hold(&rig, "upstream");
    let before = bytes(MIB);
    for round in 1..=3 {
        let (client, server) = rig.pair();
        client.send(&before);
        assert_eq!(waiting(&rig, "upstream", round * MIB), round * MIB);
        client.abort();
        server.abort();
    }
    drop_counts(&rig, 3 * MIB);
}

/// A connection whose client has ended its side, and that goes on in the other direction.
#[test]
fn what_a_half_closed_connection_held_is_given_back() {
    let rig = start(&["--total-buffer", "1MiB"]);
    hold(&rig, "upstream");
    let (client, server) = rig.pair();
    let whole = bytes(MIB);
    client.send(&whole);
    client.shut_write();
    assert_eq!(waiting(&rig, "upstream", MIB), MIB);
    release(&rig);
    assert!(server.read_to_end().0 == whole);
    server.send(b"it goes on");
    assert_eq!(client.read(10), b"it goes on");
    let held = flood_all(&rig, 1, MIB, || {});
    assert!(held >= MIB, "{held}");
}

/// Many connections that wait for room which nobody makes: whoever waits is woken, and does not look.
#[test]
#[cfg(target_os = "linux")]
fn connections_that_wait_for_the_total_cost_no_processor() {
    const SPAN: Duration = Duration::from_secs(2);
    let connections = if is_full_size() { 2000 } else { 300 };
    let rig = start(&["--total-buffer", "1MiB"]);
    hold(&rig, "upstream");
    let pairs: Vec<_> = (0..connections).map(|_| rig.pair()).collect();
    let piece = bytes(64 * KIB);
    for (client, _) in &pairs {
        client.0.set_nonblocking(true).unwrap();
        while (&client.0).write(&piece).is_ok() {}
    }
    waiting(&rig, "upstream", connections as u64 * FREE);
    let ticks = || Usage::of(rig.server.pid()).unwrap().ticks;
    let before = ticks();
    thread::sleep(SPAN);
    let took = Duration::from_millis(10 * (ticks() - before));
    assert!(took < SPAN / 20, "{took:?} in {SPAN:?}");
    // And all of it moves on when there is room.
    release(&rig);
    thread::scope(|scope| {
        for (_, server) in &pairs {
            scope.spawn(|| assert!(server.read(2 * FREE as usize).len() as u64 == 2 * FREE));
        }
    });
}

/// Whether a new connection has the whole total, though so many bytes were lost before.
fn drop_counts(rig: &Rig, lost: u64) {
    release(rig);
    let held = flood_all(rig, 1, lost + MIB, || {}) - lost;
    assert!((MIB..=MIB + FREE + AT_ONCE).contains(&held), "{held}");
}
