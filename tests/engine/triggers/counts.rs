//! What a toxic that waits counts, and what it tells of itself.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::sim::Sim;
use aconite::engine::{Ending, Hits, Trigger};

use super::probe::{Probe, plan, planned};

#[test]
fn a_toxic_counts_only_what_comes_after_the_trigger() {
    let toxic = planned(Probe::default(), Some(Trigger::Bytes(4)));
    let stats = Arc::clone(&toxic.stats);
    let mut sim = Sim::new(&plan([toxic]));
    sim.push("abc");
    assert_eq!(stats.hits(), Hits::default());
    sim.push("defg").finish(Ending::Eof);
    let expected = Hits {
        connections: 1,
        bytes: 3,
        ..Hits::default()
    };
    assert_eq!(stats.hits(), expected);
    let tally = sim.pipeline.tallies().next().unwrap().1.hits();
    assert_eq!(tally, expected);
}

#[test]
fn a_toxic_that_waits_to_the_end_touches_nothing() {
    for after in [
        Trigger::Bytes(10),
        Trigger::Messages(10),
        Trigger::Time(Duration::from_secs(9)),
        Trigger::Idle(Duration::from_secs(9)),
    ] {
        let toxic = planned(Probe::default(), Some(after));
        let stats = Arc::clone(&toxic.stats);
        let mut sim = Sim::new(&plan([toxic]));
        sim.push("abc").run_ms(5).finish(Ending::Eof);
        assert_eq!(stats.hits(), Hits::default(), "{after:?}");
        assert_eq!(sim.transcript(), "0: abc\n5: Eof\n", "{after:?}");
    }
}

#[test]
fn each_connection_says_whether_the_toxic_waits_on_it() {
    let mut sim = Sim::new(&plan([planned(Probe::default(), Some(Trigger::Bytes(4)))]));
    let tally = Arc::clone(sim.pipeline.tallies().next().unwrap().1);
    assert!(tally.is_waiting());
    sim.push("abc");
    assert!(tally.is_waiting());
    sim.push("d");
    assert!(!tally.is_waiting());
}

#[test]
fn memory_of_a_trigger_counts_as_memory_of_the_toxic() {
    let without = Sim::new(&plan([planned(Probe::default(), None)]));
    let with = Sim::new(&plan([planned(Probe::default(), Some(Trigger::Bytes(1)))]));
    assert!(with.pipeline.footprint() > without.pipeline.footprint());
}
