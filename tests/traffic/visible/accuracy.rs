//! Accuracy statistics: the achieved delay or rate is never reported below what was asked for, and a
//! warning says when the figures cannot be trusted.

use std::time::{Duration, Instant};

use aconite::engine::{Accuracy, Ending, Moment, Plan};
use serde_json::{Value, json};

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};
use support::Kind;
use support::rig::{Rig, call};

fn stats(rig: &Rig, toxic: &str) -> Value {
    call(
        &rig.server,
        "GET",
        &format!("/proxies/p/toxics/{toxic}/stats"),
        &Value::Null,
    )
    .json()
}

/// A receiver that takes a little at a time: what waits for it waits for no toxic.
#[test]
fn delay_statistics_exclude_waits_for_a_slow_receiver() {
    let kinds: [(&str, &[(&str, i64)]); 5] = [
        ("latency", &[("latency", 50)]),
        ("latency", &[("latency", 0)]),
        ("slicer", &[("average_size", 20_000), ("delay", 0)]),
        ("slow_close", &[("delay", 0)]),
        ("limit_data", &[("bytes", 1 << 40)]),
    ];
    // Each of them once as the first that the slowness reaches.
    for shift in 0..kinds.len() {
        let mut book = Book::new(1);
        for place in 0..kinds.len() {
            let index = (place + shift) % kinds.len();
            book.add(&index.to_string(), kinds[index].0, kinds[index].1, 1.0);
        }
        let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
        for turn in 0..2000 {
            // It takes one millisecond in four.
            driver.set_room(turn % 4 == 0);
            for _ in 0..4 {
                if driver.pipeline.has_room() && driver.bytes_in - driver.bytes_out < 4_000_000 {
                    driver.push(vec![0; 30_000].into());
                }
            }
            driver.run_for(Duration::from_millis(1));
        }
        driver.finish(Ending::Eof);
        driver.set_room(true);
        driver.run_until(FAR);
        let seen = book.planned("0").stats.exactness();
        let (asked, achieved) = (seen.asked.unwrap(), seen.achieved.unwrap());
        const ASKED: u64 = 50_000_000;
        assert_eq!([asked.p50, asked.p99, asked.max], [ASKED; 3], "{shift}");
        assert_eq!([achieved.p50, achieved.max], [ASKED; 2], "{shift}");
        for other in ["1", "2", "3", "4"] {
            let stats = &book.planned(other).stats;
            assert_eq!(stats.hits().delayed, 0, "{other} of {shift}");
            assert_eq!(stats.exactness(), Accuracy::default(), "{other} of {shift}");
        }
    }
}

/// What a rate comes to where the receiver is slower says nothing of the toxic.
#[test]
fn a_rate_is_not_measured_while_the_receiver_is_slower() {
    let mut book = Book::new(1);
    book.add("it", "bandwidth", &[("rate", 1000)], 1.0);
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
    for turn in 0..4000 {
        driver.set_room(turn % 16 == 0);
        if driver.pipeline.has_room() {
            driver.push(vec![0; 30_000].into());
        }
        driver.run_for(Duration::from_millis(1));
    }
    let seen = book.planned("it").stats.exactness();
    assert!(seen.within_tolerance(), "{seen:?}");
    assert!(book.planned("it").stats.hits().delayed > 0);
}

#[test]
fn a_reader_at_20_megabytes_a_second_changes_no_delay() {
    const MS: u64 = 50;
    let rig = Rig::new(Kind::Source(64 * 1024 * 1024));
    let toxic = |name, kind, attributes: Value| json!({"name": name, "type": kind, "attributes": attributes});
    rig.add(&toxic("slow", "latency", json!({"latency": MS})));
    rig.add(&toxic("none", "latency", json!({"latency": 0})));
    rig.add(&toxic("most", "limit_data", json!({"bytes": 1_u64 << 40})));
    let client = rig.connect();
    let begun = Instant::now();
    for piece in 1..=200_u32 {
        client.read(100_000);
        let due = begun + Duration::from_millis(5) * piece;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let seen = stats(&rig, "slow");
    let delay = |which: &str, quantile: &str| seen["delay_ms"][which][quantile].as_f64().unwrap();
    for quantile in ["p50", "p99", "max"] {
        assert_eq!(delay("asked", quantile), MS as f64, "{seen}");
    }
    let achieved = delay("achieved", "p50");
    assert!((MS as f64..2.0 * MS as f64).contains(&achieved), "{seen}");
    for other in ["none", "most"] {
        let seen = stats(&rig, other);
        assert_eq!(seen["hits"]["delayed"], 0, "{seen}");
        assert_eq!(seen.get("delay_ms"), None, "{seen}");
    }
}

/// A toxic's books after a stream under a clock whose timers are up to so late.
fn exactness(kind: &str, attributes: &[(&str, i64)], late: u64) -> Accuracy {
    let mut book = Book::new(1);
    book.add("it", kind, attributes, 1.0);
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
    driver.most_late = Duration::from_millis(late);
    for _ in 0..200 {
        driver.push(vec![0; 40_000].into());
        driver.run_for(Duration::from_secs(1));
    }
    driver.run_until(FAR);
    book.planned("it").stats.exactness()
}

#[test]
fn late_timers_cause_a_warning() {
    for (latency, late, good) in [
        (20, 0, true),
        (20, 4, true),
        (20, 15, false),
        (400, 30, true),
        (400, 90, false),
    ] {
        let seen = exactness("latency", &[("latency", latency)], late);
        let asked = seen.asked.unwrap();
        assert_eq!((asked.count, asked.max), (200, latency as u64 * 1_000_000));
        assert_eq!(seen.within_tolerance(), good, "{latency} {late}: {seen:?}");
        assert!(seen.achieved.unwrap().max >= asked.max);
    }
    for (rate, late, good) in [(100, 0, true), (100, 1, true), (100, 30, false)] {
        let seen = exactness("bandwidth", &[("rate", rate)], late);
        assert_eq!(seen.asked_rate, Some(rate as u64 * 1000));
        assert!(
            seen.achieved_rate.unwrap().max <= seen.asked_rate.unwrap(),
            "{seen:?}"
        );
        assert_eq!(seen.within_tolerance(), good, "{rate} {late}: {seen:?}");
    }
}

/// A toxic that comes and goes has another id on each turn, and the same books.
#[test]
fn connection_counts_once_however_often_the_toxic_is_added() {
    let mut book = Book::new(1);
    book.add("it", "latency", &[("latency", 1)], 1.0);
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
    let pause = Plan::default();
    for turn in 0..5 {
        driver.push(vec![0; 10].into());
        driver.run_for(Duration::from_millis(5));
        driver.adopt(&pause);
        book.planned("it").id = 1000 + turn;
        driver.adopt(book.plan());
    }
    let hits = book.planned("it").stats.hits();
    assert_eq!((hits.connections, hits.bytes), (1, 50));
}

#[test]
fn the_end_of_a_connection_counts_for_a_toxic_only_if_something_moved_since_it_came() {
    for (kind, attributes) in [("latency", &[("latency", 1)][..]), ("noop", &[])] {
        for (there_from_the_start, moves, counted) in [
            (true, false, 1),
            (true, true, 1),
            (false, false, 0),
            (false, true, 1),
        ] {
            let mut book = Book::new(1);
            let mut driver = Driver::new(&Plan::default(), Moment::ORIGIN, 1);
            book.add("it", kind, attributes, 1.0);
            if there_from_the_start {
                driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
            } else {
                driver.push(vec![0; 10].into());
                driver.adopt(book.plan());
            }
            if moves {
                driver.push(vec![0; 10].into());
            }
            driver.finish(Ending::Eof);
            driver.run_until(FAR);
            let hits = book.planned("it").stats.hits();
            assert_eq!(
                hits.connections, counted,
                "{kind} {there_from_the_start} {moves}"
            );
        }
    }
}

#[test]
fn a_rate_that_was_changed_is_held_against_the_new_one() {
    let mut book = Book::new(1);
    book.add("it", "bandwidth", &[("rate", 100)], 1.0);
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
    for rate in [100, 1000, 50, 70] {
        book.update("it", &[("rate", rate)]);
        driver.adopt(book.plan());
        driver.push(vec![0; rate as usize * 600].into());
        driver.run_for(Duration::from_secs(2));
        let seen = book.planned("it").stats.exactness();
        assert_eq!(seen.asked_rate, Some(rate as u64 * 1000));
        assert!(seen.within_tolerance(), "{rate}: {seen:?}");
    }
}

#[test]
fn a_latency_is_measured() {
    const LATENCY: u64 = 700;
    let rig = Rig::new(Kind::Echo);
    let untouched =
        json!({"type": "latency", "name": "idle", "attributes": {"latency": 1}, "toxicity": 0});
    rig.add(&untouched);
    rig.add(&json!({"type": "latency", "name": "slow", "attributes": {"latency": LATENCY}}));
    let peers: Vec<_> = (0..20).map(|_| rig.connect()).collect();
    let sent = Instant::now();
    peers.iter().for_each(|peer| peer.send(b"ping"));
    for peer in &peers {
        peer.read(4);
        assert!(sent.elapsed() >= Duration::from_millis(LATENCY));
    }
    let seen = stats(&rig, "slow");
    let (asked, achieved) = (&seen["delay_ms"]["asked"], &seen["delay_ms"]["achieved"]);
    assert_eq!(asked["max"], LATENCY as f64);
    for quantile in ["p50", "p99", "max"] {
        let (asked, achieved) = (
            asked[quantile].as_f64().unwrap(),
            achieved[quantile].as_f64().unwrap(),
        );
        // Quantiles are exact to 1.6 %.
        assert!(
            (asked / LATENCY as f64 - 1.0).abs() < 0.017 && achieved >= asked,
            "{seen}"
        );
    }
    // A tenth of the delay is what an idle machine is far below; a busy one has to say so.
    let late = seen["delay_ms"]["late"]["p99"].as_f64().unwrap();
    let good = late <= LATENCY as f64 / 10.0;
    assert_eq!(
        seen["accuracy"],
        if good { "ok" } else { "degraded" },
        "{seen}"
    );
    assert_eq!(
        seen["hits"],
        json!({"connections": 20, "bytes": 80, "delayed": 20, "closed": 0, "reset": 0})
    );
    let seen = stats(&rig, "idle");
    assert_eq!(
        (seen.get("delay_ms"), seen.get("rate"), &seen["accuracy"]),
        (None, None, &json!("unknown"))
    );
    assert_eq!(seen["hits"]["connections"], 0);
}

#[test]
fn a_rate_is_measured() {
    const RATE: u64 = 1000;
    const BYTES: usize = 500_000;
    let rig = Rig::new(Kind::Source(BYTES as u64));
    rig.add(&json!({"type": "bandwidth", "name": "narrow", "attributes": {"rate": RATE}}));
    let client = rig.connect();
    let begun = Instant::now();
    let (bytes, _) = client.read_to_end();
    assert_eq!(bytes.len(), BYTES);
    assert!(
        begun.elapsed() >= Duration::from_millis(BYTES as u64 / RATE) * 9 / 10,
        "{:?}",
        begun.elapsed()
    );
    let seen = stats(&rig, "narrow");
    let rate = |value: &Value| value.as_u64().unwrap();
    let (asked, achieved) = (rate(&seen["rate"]["asked"]), &seen["rate"]["achieved"]);
    assert!(asked.abs_diff(RATE * 1000) <= RATE, "{seen}");
    assert!(
        rate(&achieved["max"]) <= asked && rate(&achieved["p50"]) > 0,
        "{seen}"
    );
    assert_eq!(seen["hits"]["bytes"], BYTES);
    assert!(
        seen["hits"]["delayed"].as_u64().unwrap() >= BYTES as u64 / (RATE * 4),
        "{seen}"
    );
}
