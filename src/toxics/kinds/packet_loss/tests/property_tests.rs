//! What holds for any stream, under any chunking and any change.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn channels() -> impl Strategy<Value = Channel> {
    let rate = (0.0..0.5_f64, 0.0..0.5_f64);
    let burst = (0.0..0.3_f64, 0.1..1.0_f64, 0.0..0.1_f64, 0.0..1.0_f64);
    prop_oneof![
        rate.prop_map(|(rate, correlation)| Channel::Rate { rate, correlation }),
        burst.prop_map(|(to_bad, to_good, loss_good, loss_bad)| Channel::Burst {
            to_bad,
            to_good,
            loss_good,
            loss_bad,
        }),
    ]
}

/// Bursts of bytes: how many ms after the one before, and the size.
fn bursts() -> impl Strategy<Value = Vec<(u64, usize)>> {
    let burst = (prop_oneof![Just(0), 1..300_u64], 1..9000_usize);
    prop::collection::vec(burst, 1..20)
}

/// Runs the bursts, each cut into chunks of these sizes in turn.
fn run(channel: Channel, bursts: &[(u64, usize)], chunks: &[usize]) -> Sim {
    let mut sim = Sim::new(&plan(channel, 9));
    let mut sizes = chunks.iter().cycle();
    for (pause, size) in bursts {
        sim.run_ms(*pause);
        let mut left = *size;
        while left > 0 {
            let size = left.min(*sizes.next().unwrap());
            sim.push(vec![(left % 251) as u8; size]);
            left -= size;
        }
    }
    sim.run_ms(100_000_000);
    sim
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 200 }, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn chunk_borders_change_no_time(
        channel in channels(),
        bursts in bursts(),
        chunks in prop::collection::vec(1..4000_usize, 1..6),
    ) {
        let whole = run(channel, &bursts, &[usize::MAX]);
        let cut = run(channel, &bursts, &chunks);
        let sent: usize = bursts.iter().map(|(_, size)| size).sum();
        prop_assert_eq!(whole.bytes().len(), sent);
        prop_assert_eq!(releases(&cut), releases(&whole));
    }

    #[test]
    fn whatever_changes_no_byte_is_lost(
        channel in channels(),
        steps in prop::collection::vec((0..4_u8, 0..200_u64, 1..9000_usize), 1..30),
    ) {
        let mut sim = Sim::new(&plan(channel, 9));
        let mut sent = Vec::new();
        for (revision, (what, ms, size)) in steps.into_iter().enumerate() {
            let mut next = plan(channel, 9);
            let toxic = Arc::make_mut(&mut next.downstream[0]);
            toxic.revision = revision as u64;
            match what {
                0 => sim.adopt(&next),
                1 => {
                    toxic.toxicity = 0.0;
                    sim.adopt(&next)
                }
                2 => sim.adopt(&Plan::default()),
                _ => sim.run_ms(ms),
            };
            let bytes: Vec<u8> = (0..size).map(|at| (at % 249) as u8).collect();
            sent.extend_from_slice(&bytes);
            sim.push(bytes);
        }
        sim.adopt(&Plan::default()).finish(Ending::Eof);
        prop_assert_eq!(sim.bytes(), sent);
    }
}
