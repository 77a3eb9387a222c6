//! Exact times of the model, in virtual time.

mod property_tests;

use std::sync::Arc;

use bytes::Bytes;

use std::time::Duration;

use super::*;
use crate::engine::sim::{Out, Sim};
use crate::engine::{Direction, DrawKey, Ending, Plan, PlannedToxic};
use crate::toxics::Catalogue;

const SEGMENT: usize = packets::SEGMENT as usize;
const HALF: Channel = Channel::Rate {
    rate: 0.5,
    correlation: 0.0,
};

fn plan_of(toxic: PacketLoss, seed: u64) -> Plan {
    let toxic = PlannedToxic::new(1, "loss", DrawKey::of_seed(seed), Arc::new(toxic));
    Plan {
        downstream: vec![toxic.into()],
        ..Plan::default()
    }
}

/// A round trip of 50 ms, and a timeout of 200 ms.
fn plan(channel: Channel, seed: u64) -> Plan {
    let recovery = Recovery::new(Duration::from_millis(50), Duration::from_millis(200));
    let recovery = Some(recovery);
    plan_of(PacketLoss { channel, recovery }, seed)
}

/// The key of the packet at this offset, as the stage of connection 1 computes it.
fn key(seed: u64, offset: usize) -> DrawKey {
    let toxic = DrawKey::of_seed(seed).named("loss");
    let link = toxic.numbered(1).towards(Direction::Downstream);
    link.numbered(offset as u64)
}

/// How many retransmissions of the packet are lost, if the packet itself is lost.
fn fate(channel: Channel, seed: u64, offset: usize) -> Option<u32> {
    let key = key(seed, offset);
    let lost = channel.loses(&mut false, key);
    lost.then(|| channel.lost_retransmissions(key, MOST_RETRANSMISSIONS))
}

/// A seed under which packets of one segment each have these fates, with a loss of a half.
fn seed_of(fates: &[Option<u32>]) -> u64 {
    let has = |seed: &u64| {
        let mut fates = fates.iter().enumerate();
        fates.all(|(index, expected)| fate(HALF, *seed, index * SEGMENT) == *expected)
    };
    (0..).find(has).unwrap()
}

/// When how many bytes left, in ms. Bytes that left at the same moment are one entry.
fn releases(sim: &Sim) -> Vec<(u64, usize)> {
    let mut releases: Vec<(u64, usize)> = Vec::new();
    for (at, out) in &sim.log {
        let Out::Data(bytes) = out else { continue };
        let ms = at.as_nanos() / 1_000_000;
        match releases.last_mut() {
            Some((last, size)) if *last == ms => *size += bytes.len(),
            _ => releases.push((ms, bytes.len())),
        }
    }
    releases
}

fn segments(count: usize) -> Vec<u8> {
    (0..count * SEGMENT).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_lone_lost_packet_waits_for_a_timeout_that_doubles() {
    for (lost, late) in [(0, 200), (1, 600), (2, 1400), (3, 3000)] {
        let mut sim = Sim::new(&plan(HALF, seed_of(&[Some(lost)])));
        sim.push("PING").run_ms(10_000);
        assert_eq!(releases(&sim), [(late, 4)]);
    }
}

#[test]
fn a_lost_packet_in_mid_stream_waits_for_a_round_trip() {
    let fates = [None, Some(0), None, None, None, None];
    let mut sim = Sim::new(&plan(HALF, seed_of(&fates)));
    sim.push(segments(6)).run_ms(1000);
    assert_eq!(releases(&sim), [(0, SEGMENT), (50, 5 * SEGMENT)]);
    assert_eq!(sim.bytes(), segments(6));
}

#[test]
fn with_two_packets_behind_it_a_lost_packet_waits_for_a_timeout() {
    let fates = [None, Some(0), None, None];
    let mut sim = Sim::new(&plan(HALF, seed_of(&fates)));
    sim.push(segments(4)).run_ms(1000);
    assert_eq!(releases(&sim), [(0, SEGMENT), (200, 3 * SEGMENT)]);
}

/// Pushes one segment each this many ms, from 0 on.
fn push_each(fates: &[Option<u32>], ms: u64) -> Vec<(u64, usize)> {
    let mut sim = Sim::new(&plan(HALF, seed_of(fates)));
    for _ in fates {
        sim.push(segments(1)).run_ms(ms);
    }
    sim.run_ms(10_000);
    releases(&sim)
}

#[test]
fn the_round_trip_begins_when_the_third_packet_behind_arrives() {
    let fates = [Some(0), None, None, None];
    assert_eq!(push_each(&fates, 10), [(80, 4 * SEGMENT)]);
}

#[test]
fn a_third_packet_that_comes_too_late_leaves_the_timeout() {
    let fates = [Some(0), None, None, None];
    assert_eq!(push_each(&fates, 49), [(197, 4 * SEGMENT)]);
    assert_eq!(push_each(&fates, 51), [(200, 4 * SEGMENT)]);
}

#[test]
fn a_packet_behind_that_is_lost_itself_does_not_count() {
    let fates = [Some(0), Some(0), None, None, None];
    assert_eq!(push_each(&fates, 10), [(90, 5 * SEGMENT)]);
}

#[test]
fn a_lost_fast_retransmission_waits_for_a_timeout_after_it() {
    let fates = [Some(1), None, None, None];
    assert_eq!(push_each(&fates, 10), [(280, 4 * SEGMENT)]);
}

#[test]
fn losses_in_one_window_are_repaired_in_one_round_trip() {
    let fates = [Some(0), None, Some(0), None, None, None];
    let mut sim = Sim::new(&plan(HALF, seed_of(&fates)));
    sim.push(segments(6)).run_ms(1000);
    assert_eq!(releases(&sim), [(50, 6 * SEGMENT)]);
}

#[test]
fn the_end_of_the_stream_follows_a_late_packet() {
    let mut sim = Sim::new(&plan(HALF, seed_of(&[Some(0)])));
    sim.push("bye").finish(Ending::Eof).run_ms(1000);
    assert_eq!(sim.transcript(), "200: bye\n200: Eof\n");
}

/// Each request is a packet of its own, though hundreds of them fit into a segment.
#[test]
fn requests_of_a_few_bytes_stall_as_their_draws_say() {
    let channel = Channel::Rate {
        rate: 0.02,
        correlation: 0.0,
    };
    let mut sim = Sim::new(&plan(channel, 3));
    let mut stalls = 0;
    for offset in (0..).step_by(14).take(5000) {
        let (asked, left) = (sim.now, sim.log.len());
        sim.push("*1\r\n$4\r\nPING\r\n");
        while sim.log.len() == left {
            sim.run_ms(100);
        }
        let late = sim.log[left].0.since(asked).as_millis();
        let expected = match fate(channel, 3, offset) {
            None => 0,
            Some(again) => 200 * ((1 << (again + 1)) - 1),
        };
        assert_eq!(late, expected, "at {offset}");
        stalls += u32::from(late > 0);
        sim.run_ms(1);
    }
    // 100 expected; five standard deviations are 50.
    assert!((50..150).contains(&stalls), "{stalls} stalls");
}

#[test]
fn after_fifteen_lost_retransmissions_a_packet_is_held_until_the_toxic_goes() {
    let dead = Channel::Rate {
        rate: 1.0,
        correlation: 0.0,
    };
    let mut sim = Sim::new(&plan(dead, 1));
    sim.push("held").run_ms(1_000_000_000);
    assert_eq!(sim.bytes(), b"");
    sim.adopt(&Plan::default());
    assert_eq!(sim.bytes(), b"held");
}

#[test]
fn an_update_releases_a_late_packet_and_decides_anew_about_the_rest() {
    let fates = [None, Some(0), None, None, None, None];
    let seed = seed_of(&fates);
    let mut sim = Sim::new(&plan(HALF, seed));
    sim.push(segments(6)).run_ms(10);
    let mut lossless = plan(HALF, seed);
    let toxic = Arc::make_mut(&mut lossless.downstream[0]);
    toxic.revision = 1;
    toxic.toxic = Catalogue::default()
        .find("packet_loss")
        .unwrap()
        .make(&[("loss_rate", 0.0)])
        .unwrap();
    sim.adopt(&lossless);
    assert_eq!(releases(&sim), [(0, SEGMENT), (10, 5 * SEGMENT)]);
}

#[test]
fn behind_a_late_packet_a_receive_window_waits() {
    let dead = Channel::Rate {
        rate: 1.0,
        correlation: 0.0,
    };
    let mut sim = Sim::new(&plan(dead, 1));
    let block = Bytes::from(vec![0; 512 * 1024]);
    let mut waiting = 0;
    while sim.pipeline.has_room() {
        sim.push(block.clone());
        waiting += block.len();
    }
    assert!(
        (WINDOW..WINDOW + 2 * block.len()).contains(&waiting),
        "{waiting}"
    );
}

#[test]
fn without_recovery_chunks_vanish_and_the_connection_lives_on() {
    let toxic = PacketLoss {
        channel: HALF,
        recovery: None,
    };
    let mut sim = Sim::new(&plan_of(toxic, 1));
    let chunks = 2000;
    for _ in 0..chunks {
        sim.push("chunk");
    }
    let left = sim.log.len();
    // 1000 expected; five standard deviations are 112.
    assert!((888..1112).contains(&left), "{left}");
    let expected = (0..chunks).filter(|n| fate(HALF, 1, n * 5).is_none());
    assert_eq!(left, expected.count());
    sim.adopt(&Plan::default()).push("on").finish(Ending::Eof);
    assert!(sim.transcript().ends_with("0: on\n0: Eof\n"));
}
