//! Tests of a toxic that ends its direction before the source does.

use std::sync::Arc;

use super::sim::{Out, Sim};
use super::{Chunk, Direction, DrawKey, Ending, Outlet, Plan, PlannedToxic, Toxic};

/// Passes this many bytes and then ends the direction with `Eof`.
#[derive(Debug)]
struct Stop(usize);

impl Toxic for Stop {
    type Memory = usize;

    fn on_data(&self, passed: &mut usize, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let part = chunk.split_to(self.0 - *passed);
        *passed += part.bytes.len();
        out.send(part);
        if *passed == self.0 {
            out.end(Ending::Eof);
        }
    }
}

/// Delays data by 10 ms.
#[derive(Debug)]
struct Late;

impl Toxic for Late {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send_at(chunk.arrived + std::time::Duration::from_millis(10), chunk);
    }
}

fn toxic(id: u64, toxic: impl Toxic) -> Arc<PlannedToxic> {
    PlannedToxic::new(id, "stop", DrawKey::of_seed(1), Arc::new(toxic)).into()
}

fn plan(toxics: &[&Arc<PlannedToxic>]) -> Plan {
    let downstream = toxics.iter().map(|toxic| Arc::clone(toxic)).collect();
    Plan {
        downstream,
        ..Plan::default()
    }
}

fn endings(sim: &Sim) -> Vec<Ending> {
    let log = sim.log.iter();
    let endings = log.filter_map(|(_, out)| match out {
        Out::End(ending) => Some(*ending),
        Out::Data(_) => None,
    });
    endings.collect()
}

#[test]
fn bytes_after_an_early_eof_are_taken_and_dropped() {
    let (before, stop, after) = (toxic(1, Late), toxic(2, Stop(3)), toxic(3, Late));
    for row in [
        vec![&stop],
        vec![&before, &stop],
        vec![&stop, &after],
        vec![&before, &stop, &after],
    ] {
        let mut sim = Sim::new(&plan(&row));
        for chunk in ["a", "bcd", "ef"] {
            sim.push(chunk).run_ms(1);
        }
        sim.run_ms(100);
        assert!(sim.pipeline.has_room() && !sim.pipeline.is_clear());
        sim.push("gh").run_ms(100);
        sim.finish(Ending::Eof).run_ms(100);
        assert_eq!(
            (sim.bytes(), endings(&sim)),
            (b"abc".to_vec(), vec![Ending::Eof])
        );
        assert_eq!(sim.pipeline.queued(), 0);
        assert_eq!(sim.pipeline.culprit().map(AsRef::as_ref), Some("stop"));
    }
}

#[test]
fn an_early_eof_is_final_whatever_happens_to_the_toxic() {
    let stop = toxic(2, Stop(1));
    let revised = Arc::new(PlannedToxic {
        revision: 1,
        ..(*stop).clone()
    });
    let spared = Arc::new(PlannedToxic {
        toxicity: 0.0,
        ..(*stop).clone()
    });
    let late = toxic(3, Late);
    for next in [
        plan(&[]),
        plan(&[&revised]),
        plan(&[&spared]),
        plan(&[&late]),
        plan(&[&stop, &late]),
    ] {
        // The plan changes before the end has left, and after it.
        for ms in [0, 50] {
            let mut sim = Sim::new(&plan(&[&toxic(1, Late), &stop, &toxic(4, Late)]));
            sim.push("abc").run_ms(11).run_ms(ms);
            sim.push("de").adopt(&next).push("fg").run_ms(100);
            sim.finish(Ending::Eof).run_ms(100);
            let seen = (sim.bytes(), endings(&sim));
            assert_eq!(seen, (b"a".to_vec(), vec![Ending::Eof]), "{ms} {next:?}");
            assert_eq!(sim.pipeline.queued(), 0);
        }
    }
}

#[test]
fn a_reset_still_passes_a_direction_that_a_toxic_ended() {
    let stop = toxic(1, Stop(1));
    let mut sim = Sim::new(&plan(&[&stop]));
    sim.push("ab").finish(Ending::Reset).run_ms(1);
    assert_eq!(endings(&sim), [Ending::Eof, Ending::Reset]);
    assert_eq!(stop.stats.hits().closed, 1);
    assert_eq!(sim.pipeline.direction(), Direction::Downstream);
}
