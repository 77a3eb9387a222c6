//! A draw depends on its toxic's seed and name, its proxy and its connection, and on nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aconite::engine::{Applicability, Chunk, DrawKey, Moment, Outlet, PlannedToxic, Toxic};
use proptest::prelude::*;

use crate::harness::book::Book;
use crate::harness::dice::Dice;
use crate::harness::driver::{Driver, FAR};
use crate::harness::rounds::stream;

const CONNECTIONS: u64 = 40;

/// Random chains of toxics, each toxic with its own toxicity.
fn some(seed: u64, rows: u64) -> Book {
    let mut book = Book::new(seed);
    for row in 0..rows {
        let toxicity = 0.1 + row as f64 / 10.0;
        let attributes = [("latency", row as i64), ("jitter", 5)];
        book.add(&format!("toxic {row}"), "latency", &attributes, toxicity);
    }
    book
}

/// Whether every toxic applies to every connection.
fn lots(book: &Book) -> BTreeMap<String, Vec<Applicability>> {
    let names = book.rows().iter().map(|row| row.name.clone());
    let all = names.map(|name| {
        let lots = (1..=CONNECTIONS).map(|connection| book.applicability(&name, connection));
        let lots = lots.collect();
        (name, lots)
    });
    all.collect()
}

/// Makes one random change to the toxic of this name, or adds it.
fn change(book: &mut Book, name: &str, what: u64) {
    match what % 7 {
        0 => book.remove(name),
        1 => book.update(name, &[("latency", 77), ("jitter", 7)]),
        2 => book.set_toxicity(name, 0.33),
        3 => book.set_seed(name, what),
        4 => book.set_replay(name, 17),
        5 => {
            let scope = aconite::engine::Scope {
                connections: vec![1..=3],
                ..Default::default()
            };
            book.set_scope(name, scope);
        }
        _ => book.add(
            &format!("new {what}"),
            "slicer",
            &[("average_size", 3)],
            0.5,
        ),
    }
}

/// Records what would be drawn at every offset where a chunk begins.
#[derive(Clone, Debug, Default)]
struct Probe(Arc<Mutex<BTreeMap<u64, f64>>>);

impl Toxic for Probe {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        let draw = out.draw(chunk.offset).unit();
        let before = self.0.lock().unwrap().insert(chunk.offset, draw);
        assert!(before.is_none_or(|before| before == draw));
        out.send(chunk);
    }
}

/// A probe toxic among others that are added, removed and changed, and that cut the stream
/// differently every time.
fn probed(seed: u64, connection: u64, noise: u64) -> BTreeMap<u64, f64> {
    let probe = Probe::default();
    let proxy = DrawKey::of_seed(seed).named("web");
    let planned = PlannedToxic::new(u64::MAX, "probe", proxy, Arc::new(probe.clone()));
    let (mut book, mut dice) = (Book::new(seed ^ noise), Dice::new(noise));
    let mut driver: Option<Driver> = None;
    for step in 0..12 {
        let name = format!("noise {step}");
        match dice.below(4) {
            0 => book.add(&name, "latency", &[("latency", 3), ("jitter", 3)], 0.5),
            1 => book.add(
                &name,
                "slicer",
                &[("average_size", 40), ("size_variation", 20)],
                0.7,
            ),
            2 if !book.rows().is_empty() => {
                let gone = dice.pick(book.rows()).name.clone();
                book.remove(&gone);
            }
            _ => book.add(&name, "bandwidth", &[("rate", 50)], 0.6),
        }
        let mut plan = book.plan().clone();
        let place = dice.below(plan.downstream.len() as u64 + 1) as usize;
        // A live pipeline keeps its order; a new one uses the plan's.
        plan.downstream.insert(place, planned.clone().into());
        let driver =
            driver.get_or_insert_with(|| Driver::of(connection, &plan, Moment::ORIGIN, noise));
        driver.adopt(&plan);
        let start = driver.bytes_in as usize;
        let size = dice.between(1, 300) as usize;
        driver.push(stream().slice(start..start + size));
        driver.run_for(Duration::from_millis(dice.below(20)));
    }
    driver.unwrap().run_until(FAR);
    let seen = probe.0.lock().unwrap();
    seen.clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_seed_gives_one_plan(seed: u64, rows in 1..6_u64) {
        prop_assert_eq!(lots(&some(seed, rows)), lots(&some(seed, rows)));
        prop_assert_ne!(lots(&some(seed, rows)), lots(&some(seed.wrapping_add(1), rows)));
    }

    #[test]
    fn what_happens_to_one_toxic_changes_no_other_draw(
        seed: u64,
        rows in 2..6_u64,
        changes in prop::collection::vec((0..6_u64, any::<u64>()), 1..6),
    ) {
        let mut book = some(seed, rows);
        let before = lots(&book);
        let mut touched = Vec::new();
        for (row, what) in changes {
            let name = format!("toxic {row}");
            if book.rows().iter().any(|row| row.name == name) {
                change(&mut book, &name, what);
                touched.push(name);
            }
        }
        let after = lots(&book);
        for (name, lots) in before.iter().filter(|(name, _)| !touched.contains(name)) {
            prop_assert_eq!(after.get(name), Some(lots), "{}", name);
        }
    }

    #[test]
    fn a_name_that_comes_again_draws_as_it_did(seed: u64) {
        let mut book = some(seed, 3);
        let before = lots(&book);
        book.remove("toxic 0");
        book.add("toxic 0", "noop", &[], 0.1);
        prop_assert_eq!(lots(&book), before);
    }

    #[test]
    fn a_seed_of_ones_own_comes_before_the_proxys(seed: u64, own: u64) {
        let mut book = some(seed, 2);
        book.set_seed("toxic 0", own);
        let (lots, of_own, of_proxy) = (lots(&book), lots(&some(own, 2)), lots(&some(seed, 2)));
        prop_assert_eq!(&lots["toxic 0"], &of_own["toxic 0"]);
        prop_assert_eq!(&lots["toxic 1"], &of_proxy["toxic 1"]);
    }

    #[test]
    fn draws_along_the_stream_do_not_depend_on_the_neighbours(
        seed: u64,
        connection in 1..1000_u64,
        noises in any::<[u64; 3]>(),
    ) {
        let runs = noises.map(|noise| probed(seed, connection, noise));
        for (place, draw) in &runs[0] {
            for run in &runs[1..] {
                prop_assert!(run.get(place).is_none_or(|same| same == draw), "at {}", place);
            }
        }
        // Every stream has a chunk at offset 0.
        prop_assert!(runs.iter().all(|run| run.contains_key(&0)));
        let another = probed(seed, connection + 1, noises[0]);
        prop_assert_ne!(another[&0], runs[0][&0]);
    }
}
