//! The `match` of a toxic is checked before anything is drawn, also when a connection is replayed.

use std::net::IpAddr;
use std::time::Duration;

use aconite::engine::{Ending, Identity, Moment, Scope};
use proptest::prelude::*;

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};

fn scope() -> Scope {
    Scope {
        clients: vec!["10.0.0.0/8".parse().unwrap()],
        connections: vec![1..=3, 10..=u64::MAX],
    }
}

fn identity(connection: u64, client: &str) -> Identity {
    Identity {
        connection,
        client: Some(client.parse::<IpAddr>().unwrap()),
    }
}

/// One toxic of each kind, with attributes that have an effect.
const KINDS: [(&str, &[(&str, i64)]); 7] = [
    ("latency", &[("latency", 50), ("jitter", 20)]),
    ("bandwidth", &[("rate", 1)]),
    ("slow_close", &[("delay", 100)]),
    ("timeout", &[("timeout", 30)]),
    ("reset_peer", &[("timeout", 0)]),
    ("slicer", &[("average_size", 2), ("delay", 1000)]),
    ("limit_data", &[("bytes", 3)]),
];

fn kind() -> impl Strategy<Value = (&'static str, &'static [(&'static str, i64)])> {
    prop::sample::select(KINDS.to_vec())
}

/// A stream during which the toxic exists, changes, and is removed.
fn lived(book: &mut Book, identity: Identity) -> Driver {
    let kind = book.rows()[0].kind.name;
    let mut driver = Driver::of(identity, book.plan(), Moment::ORIGIN, 1);
    driver.push("before".into());
    driver.run_for(Duration::from_millis(100));
    let (_, changed) = KINDS.iter().find(|(name, _)| *name == kind).unwrap();
    book.update("it", &changed[..1]);
    driver.adopt(book.plan());
    driver.push("after".into());
    driver.run_for(Duration::from_millis(100));
    book.remove("it");
    driver.adopt(book.plan());
    driver.push("without".into());
    driver.finish(Ending::Eof);
    driver.run_until(FAR);
    driver
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn outside_its_scope_a_toxic_touches_nobody(
        seed: u64,
        (kind, attributes) in kind(),
        who in prop::sample::select(vec![(4, "10.1.1.1"), (9, "10.1.1.1"), (1, "11.0.0.1"), (12, "::1")]),
        replay in prop::option::of(1..20_u64),
    ) {
        let (connection, client) = who;
        let mut book = Book::new(seed);
        book.add("it", kind, attributes, 1.0);
        book.set_scope("it", scope());
        if let Some(replay) = replay {
            book.set_replay("it", replay);
        }
        let identity = identity(connection, client);
        prop_assert!(!book.applicability("it", identity).matches && !book.applicability("it", identity).applies);
        let stats = std::sync::Arc::clone(&book.planned("it").stats);
        let driver = lived(&mut book, identity);
        let untouched = lived_without(identity);
        prop_assert_eq!(driver.log, untouched.log);
        prop_assert_eq!(stats.hits(), Default::default());
    }

    #[test]
    fn inside_its_scope_the_draw_decides(
        seed: u64,
        connection in prop::sample::select(vec![1, 2, 3, 10, 77]),
        toxicity in 0.0..1.0_f64,
        replay in prop::option::of(1..20_u64),
    ) {
        let (mut book, mut scoped) = (Book::new(seed), Book::new(seed));
        for book in [&mut book, &mut scoped] {
            book.add("it", "latency", &[("latency", 1)], toxicity);
            if let Some(replay) = replay {
                book.set_replay("it", replay);
            }
        }
        scoped.set_scope("it", scope());
        let identity = identity(connection, "::ffff:10.9.9.9");
        prop_assert_eq!(book.applicability("it", identity), scoped.applicability("it", identity));
        prop_assert_eq!(scoped.applicability("it", identity).applies, scoped.applicability("it", identity).draw < toxicity);
    }
}

/// The same stream without any toxic.
fn lived_without(identity: Identity) -> Driver {
    let book = Book::new(1);
    let mut driver = Driver::of(identity, book.plan(), Moment::ORIGIN, 1);
    driver.push("before".into());
    driver.run_for(Duration::from_millis(100));
    driver.push("after".into());
    driver.run_for(Duration::from_millis(100));
    driver.push("without".into());
    driver.finish(Ending::Eof);
    driver.run_until(FAR);
    driver
}
