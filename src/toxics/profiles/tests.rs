//! The built-in profiles in virtual time: round trips and rates are those that they state.

use std::time::Duration;

use super::{BuiltInProfile, Path, built_in};
use crate::engine::sim::Sim;
use crate::engine::{Direction, DrawKey, Moment, Plan, PlannedToxic};
use crate::toxics::Catalogue;

fn named(name: &str) -> &'static BuiltInProfile {
    built_in().find(|profile| profile.name == name).unwrap()
}

/// The plan of a profile, as a proxy has it that has no other toxic.
fn plan(profile: &BuiltInProfile) -> Plan {
    let catalogue = Catalogue::default();
    let stages = |path: &Path, first: u64| {
        let toxics = (first..).zip(path.toxics());
        let planned = toxics.map(|(id, (kind, values))| {
            let toxic = catalogue.find(kind).unwrap().make(&values).unwrap();
            PlannedToxic::new(id, kind, DrawKey::of_seed(7), toxic).into()
        });
        planned.collect()
    };
    Plan {
        upstream: stages(&profile.upstream, 1),
        downstream: stages(&profile.downstream, 100),
        ..Plan::default()
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// How long one byte that is sent at `at` travels.
fn delay(sim: &mut Sim, at: Moment) -> f64 {
    sim.run_until(at);
    let before = sim.log.len();
    sim.push(vec![1]).run_ms(2000);
    let (left, _) = &sim.log[before];
    millis(left.since(at))
}

#[test]
fn names_are_distinct_and_every_profile_says_where_its_numbers_come_from() {
    let mut seen = std::collections::BTreeSet::new();
    for profile in built_in() {
        assert!(seen.insert(profile.name), "{}", profile.name);
        assert!(profile.description.ends_with('.'), "{}", profile.name);
        let has_year = profile.source.contains("20");
        assert!(
            has_year && profile.source.ends_with('.'),
            "{}",
            profile.name
        );
        for path in [profile.upstream, profile.downstream] {
            assert!(path.latency > path.jitter, "{}: below 0 ms", profile.name);
        }
    }
    for name in [
        "2g",
        "3g",
        "4g",
        "5g",
        "dsl",
        "wifi-poor",
        "satellite-geo",
        "satellite-leo",
    ] {
        assert!(seen.contains(name), "{name}");
    }
}

/// A byte that waits for a byte to come back: the time is within the stated round trip plus or minus the jitter, and
/// its mean is the stated round trip.
#[test]
fn a_request_takes_the_stated_round_trip_time() {
    for profile in built_in() {
        let plan = plan(profile);
        let (up, down) = (profile.upstream, profile.downstream);
        let (stated, jitter) = (up.latency + down.latency, up.jitter + down.jitter);
        let mut sims = [
            Sim::towards(Direction::Upstream, &plan),
            Sim::towards(Direction::Downstream, &plan),
        ];
        // One byte takes its own time on the link, too: up to 31 µs at 32 KB/s.
        let slack = 0.1;
        let mut sum = 0.0;
        let rounds = 400_i32;
        for round in 0..rounds {
            let at = Moment::ORIGIN + Duration::from_secs(3) * round.cast_unsigned();
            let time: f64 = sims.iter_mut().map(|sim| delay(sim, at)).sum();
            let off = (time - stated as f64).abs();
            assert!(off <= jitter as f64 + slack, "{}: {time} ms", profile.name);
            sum += time;
        }
        let mean = sum / f64::from(rounds);
        let off = (mean - stated as f64).abs();
        // The mean of 400 differs by more than a tenth of the jitter once in thousands of runs; the seed is fixed.
        assert!(
            off <= jitter as f64 / 10.0 + slack,
            "{}: {mean} ms",
            profile.name
        );
    }
}

/// A long transfer arrives at the stated rate, after the stated latency, whole and in order.
#[test]
fn a_transfer_has_the_stated_rate() {
    for name in ["2g", "3g", "4g", "dsl", "wifi-poor", "satellite-geo"] {
        let profile = named(name);
        let plan = plan(profile);
        for (direction, path) in [
            (Direction::Upstream, profile.upstream),
            (Direction::Downstream, profile.downstream),
        ] {
            let rate = usize::try_from(path.rate.unwrap()).unwrap();
            // What the link carries in 3 s.
            let all: Vec<u8> = (0..rate * 3000).map(|at| (at % 251) as u8).collect();
            let mut sim = Sim::towards(direction, &plan);
            let mut sent = all.chunks(16 * 1024);
            for _ in 0..1000 {
                while sim.pipeline.has_room()
                    && let Some(chunk) = sent.next()
                {
                    sim.push(chunk.to_vec());
                }
                sim.run_ms(5);
            }
            assert!(sim.bytes() == all, "{name}: bytes are lost or out of order");
            let (last, _) = sim.log.last().unwrap();
            let taken = millis(last.since(Moment::ORIGIN));
            let expected = 3000.0 + path.latency as f64;
            let off = (taken - expected).abs();
            // The pieces of a slow link are worth 100 ms.
            assert!(
                off <= 110.0 + path.jitter as f64,
                "{name} {direction:?}: {taken} ms"
            );
        }
    }
}

/// The reason for the order: the link takes no more than it can send soon, whatever the latency.
#[test]
fn a_sender_that_is_too_fast_is_held_back_at_once() {
    for name in ["2g", "satellite-geo"] {
        let plan = plan(named(name));
        let mut sim = Sim::towards(Direction::Upstream, &plan);
        let mut taken = 0;
        while sim.pipeline.has_room() {
            sim.push(vec![0; 4096]);
            taken += 4096;
        }
        assert!(taken <= 2 * 64 * 1024, "{name} takes {taken} bytes at once");
    }
}
