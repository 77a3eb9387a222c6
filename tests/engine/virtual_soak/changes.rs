//! Any change of the plan at any moment: the receiver sees a prefix of what was sent, without gaps.
//!
//! The model does not depend on stages. A byte is an offset in the stream, and each byte that
//! leaves must have the next offset. If the connection survives, no byte may be missing.

use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{Direction, Ending, Moment, Scope};
use proptest::prelude::*;

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};
use crate::harness::rounds::stream;

type Attributes = Vec<(&'static str, i64)>;
type Applied = fn(&mut Book);

#[derive(Clone, Debug)]
enum Action {
    Push(usize),
    Pass(u64),
    Room(bool),
    Finish(Ending),
    Change(usize, Change),
}

/// A change to one of the toxics; it is skipped where it does not fit.
#[derive(Clone, Debug)]
enum Change {
    Add(&'static str, Attributes, f64),
    /// Removes and adds the same name in one step, so that links see a different toxic.
    Replace(f64),
    Remove,
    Update(i64),
    Toxicity(f64),
    Seed(u64),
    ProxySeed(u64),
    Replay(u64),
    Matches(bool),
}

fn kind() -> impl Strategy<Value = (&'static str, Attributes)> {
    prop_oneof![
        3 => (0..3_i64).prop_map(|ms| ("timeout", vec![("timeout", ms * 40)])),
        3 => (0..3_i64).prop_map(|n| ("limit_data", vec![("bytes", n * 300)])),
        2 => (0..3_i64).prop_map(|ms| ("reset_peer", vec![("timeout", ms * 40)])),
        2 => (0..200_i64).prop_map(|ms| ("latency", vec![("latency", ms), ("jitter", ms / 2)])),
        2 => (0..20_i64).prop_map(|rate| ("bandwidth", vec![("rate", rate * 10)])),
        2 => (1..300_i64).prop_map(|size| ("slicer", vec![("average_size", size), ("delay", size)])),
        1 => (0..200_i64).prop_map(|ms| ("slow_close", vec![("delay", ms)])),
        2 => (0..200_i64).prop_map(|rtt| ("packet_loss", vec![("loss_rate", 1), ("rtt", rtt)])),
        2 => (0..200_i64).prop_map(|rtt| ("packet_loss", vec![("rtt", rtt), ("p", 1), ("r", 1)])),
        1 => Just(("noop", Vec::new())),
    ]
}

fn toxicity() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1.0), Just(0.0), 0.0..1.0_f64]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (kind(), toxicity()).prop_map(|((kind, values), toxicity)| Change::Add(kind, values, toxicity)),
        1 => toxicity().prop_map(Change::Replace),
        2 => Just(Change::Remove),
        3 => (0..400_i64).prop_map(Change::Update),
        3 => toxicity().prop_map(Change::Toxicity),
        2 => (0..4_u64).prop_map(Change::Seed),
        2 => (0..4_u64).prop_map(Change::ProxySeed),
        2 => (1..5_u64).prop_map(Change::Replay),
        2 => any::<bool>().prop_map(Change::Matches),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => (1..1000_usize).prop_map(Action::Push),
        4 => prop_oneof![Just(0), 0..100_u64].prop_map(Action::Pass),
        2 => any::<bool>().prop_map(Action::Room),
        1 => prop_oneof![4 => Just(Ending::Eof), 1 => Just(Ending::Reset)].prop_map(Action::Finish),
        8 => (0..4_usize, change()).prop_map(|(place, change)| Action::Change(place, change)),
    ]
}

/// The one attribute that decides how much is dropped, or how fast everything flows.
fn main_attribute(kind: &str) -> Option<&'static str> {
    match kind {
        "timeout" | "reset_peer" => Some("timeout"),
        "limit_data" => Some("bytes"),
        "latency" => Some("latency"),
        "bandwidth" => Some("rate"),
        "slow_close" => Some("delay"),
        "packet_loss" => Some("rtt"),
        _ => None,
    }
}

fn apply(book: &mut Book, place: usize, change: &Change) {
    let name = format!("toxic {place}");
    let row = book.rows().iter().find(|row| row.name == name).cloned();
    let Some(row) = row else {
        if let Change::Add(kind, values, toxicity) = change {
            book.add(&name, kind, values, *toxicity);
        }
        return;
    };
    match change {
        Change::Add(..) => {}
        Change::Replace(toxicity) => {
            book.remove(&name);
            let values: Vec<_> = row.values.iter().cloned().collect();
            book.add_with(&name, row.kind.name, &values, *toxicity);
        }
        Change::Remove => book.remove(&name),
        Change::Update(value) => {
            if let Some(attribute) = main_attribute(row.kind.name) {
                book.update(&name, &[(attribute, *value)]);
            }
        }
        Change::Toxicity(toxicity) => book.set_toxicity(&name, *toxicity),
        Change::Seed(seed) => book.set_seed(&name, *seed),
        Change::ProxySeed(seed) => book.set_proxy_seed(*seed),
        Change::Replay(connection) => book.set_replay(&name, *connection),
        Change::Matches(matches) => {
            let connections = if *matches { vec![1..=1] } else { vec![2..=9] };
            let scope = Scope {
                connections,
                ..Scope::default()
            };
            book.set_scope(&name, scope);
        }
    }
}

/// Runs the actions, then removes all toxics and drains the pipeline.
fn run(direction: Direction, actions: &[Action]) -> Driver {
    let mut book = Book::towards(1, direction);
    let mut driver = Driver::towards(direction, book.plan());
    let mut finished = false;
    for action in actions {
        match action {
            Action::Push(size) if !finished => {
                let start = driver.bytes_in as usize;
                driver.push(stream().slice(start..start + size));
            }
            Action::Finish(ending) if !finished => {
                finished = true;
                driver.finish(*ending);
            }
            Action::Push(_) | Action::Finish(_) => {}
            Action::Pass(ms) => driver.run_for(Duration::from_millis(*ms)),
            Action::Room(room) => driver.set_room(*room),
            Action::Change(place, change) => {
                apply(&mut book, *place, change);
                driver.adopt(book.plan());
            }
        }
    }
    // No toxic applies any more, so removing a timeout must not report what it dropped.
    for place in 0..4 {
        apply(&mut book, place, &Change::Matches(false));
    }
    driver.adopt(book.plan());
    book.clear();
    driver.adopt(book.plan());
    driver.set_room(true);
    driver.run_until(FAR);
    if !finished {
        driver.finish(Ending::Eof);
    }
    driver
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_changes_the_receiver_sees_a_prefix(
        upstream: bool,
        actions in prop::collection::vec(action(), 0..40),
    ) {
        let direction = if upstream { Direction::Upstream } else { Direction::Downstream };
        let driver = run(direction, &actions);
        let mut place = 0;
        for (at, out) in &driver.log {
            if let Out::Data(bytes) = out {
                let next = &stream()[place..place + bytes.len()];
                prop_assert!(bytes == next, "a gap before {place} at {at:?}");
                place += bytes.len();
            }
        }
        if !driver.is_over() {
            prop_assert_eq!(place as u64, driver.bytes_in, "bytes are missing, and nothing ended");
            prop_assert_eq!(driver.endings(), [Ending::Eof]);
        }
    }
}

#[test]
fn a_timeout_that_ceases_to_apply_cuts_only_where_it_has_destroyed_bytes() {
    let changes: [(&str, Applied); 5] = [
        ("toxicity", |book| book.set_toxicity("t", 0.0)),
        ("match", |book| apply_scope(book, 2)),
        ("seed", |book| book.set_seed("t", seed_that_spares())),
        ("proxy's seed", |book| {
            book.set_proxy_seed(seed_that_spares())
        }),
        ("replay", |book| {
            book.set_replay("t", connection_that_is_spared())
        }),
    ];
    for (what, change) in changes {
        for destroys in [true, false] {
            let mut book = Book::new(seed_that_hits());
            book.add("t", "timeout", &[("timeout", 0)], 0.5);
            let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
            if destroys {
                driver.push(stream().slice(0..4));
            }
            change(&mut book);
            driver.adopt(book.plan());
            driver.push(stream().slice(0..4));
            let expected = if destroys {
                (0, vec![Ending::Cut])
            } else {
                (4, Vec::new())
            };
            assert_eq!((driver.bytes_out, driver.endings()), expected, "{what}");
        }
    }
}

fn apply_scope(book: &mut Book, connection: u64) {
    let scope = Scope {
        connections: vec![connection..=connection],
        ..Scope::default()
    };
    book.set_scope("t", scope);
}

fn hits(seed: u64, connection: u64) -> bool {
    let mut book = Book::new(seed);
    book.add("t", "timeout", &[("timeout", 0)], 0.5);
    book.applicability("t", connection).applies
}

fn seed_that_hits() -> u64 {
    (1..).find(|seed| hits(*seed, 1)).unwrap()
}

fn seed_that_spares() -> u64 {
    (1..).find(|seed| !hits(*seed, 1)).unwrap()
}

fn connection_that_is_spared() -> u64 {
    let seed = seed_that_hits();
    (2..).find(|connection| !hits(seed, *connection)).unwrap()
}
