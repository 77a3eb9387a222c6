//! A seeded soak of the pure modules in virtual time: random plans, chunks, live changes, full
//! sockets and late timers, compared with a model.
//!
//! `SEED=n` repeats one round of each test. `ROUNDS=n` sets the number of rounds.

mod bounds;
mod changes;
mod chunking;
mod exchanges;
mod extremes;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::harness::attributes::{Manner, may_hold};
use crate::harness::book::Book;
use crate::harness::dice::Dice;
use crate::harness::driver::{Driver, FAR};
use crate::harness::model::{self, Event, What};
use crate::harness::rounds::{Round, stream};
use aconite::engine::sim::Out;
use aconite::engine::{Ending, Moment};

/// Runs `round` under consecutive seeds, and reports the seed of a failure.
pub fn soak(default_rounds: u64, round: impl Fn(u64)) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number("ROUNDS").unwrap_or(default_rounds),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| round(seed))) {
            eprintln!("failed with SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// Random steps; then the receiver reads everything and time advances without limit.
fn run(seed: u64, manner: Manner) -> Round {
    let mut round = Round::new(seed, manner);
    for _ in 0..round.dice.between(5, 40) {
        round.step();
    }
    round.driver.set_room(true);
    round.driver.run_until(FAR);
    round.check_log();
    let driver = &round.driver;
    let most = (driver.bytes_in + 100) * 50;
    assert!(
        driver.polls < most,
        "{} polls for {} bytes",
        driver.polls,
        driver.bytes_in
    );
    round
}

#[test]
fn without_destructive_toxics_every_byte_leaves_once_and_in_order() {
    soak(2500, |seed| {
        let mut round = run(seed, Manner::Gentle);
        if !round.book.rows().iter().any(may_hold) {
            assert_all_left(&round);
        }
        let rows = round.book.rows().to_vec();
        for row in rows.iter().filter(|row| row.kind.name != "timeout") {
            round.book.remove(&row.name);
        }
        round.adopt();
        assert_all_left(&round);
        assert!(round.driver.pipeline.is_clear(), "not clear without toxics");
        round.finish(Ending::Eof);
        assert_all_left(&round);
        round.check_log();
    });
}

fn assert_all_left(round: &Round) {
    let driver = &round.driver;
    let expected: Vec<Ending> = round.finished.into_iter().collect();
    assert_eq!(driver.endings(), expected);
    assert_eq!(driver.pipeline.queued(), 0);
    if round.finished != Some(Ending::Reset) {
        assert_eq!(driver.bytes_out, driver.bytes_in);
    }
    assert_eq!(driver.pipeline.has_room(), round.finished.is_none());
}

#[test]
fn with_destructive_toxics_what_leaves_is_a_clean_start_of_what_came() {
    soak(3500, |seed| {
        let mut round = run(seed, Manner::Wild);
        round.book.clear();
        round.adopt();
        round.finish(Ending::Eof);
        round.check_log();
        let driver = &round.driver;
        assert_eq!(driver.pipeline.queued(), 0);
        if driver.is_over() {
            return;
        }
        assert_eq!(driver.endings(), [Ending::Eof]);
        // A toxic that dropped bytes has ended the connection.
        assert_eq!(driver.bytes_out, driver.bytes_in);
    });
}

/// Chains that the model supports, without live changes. They are small enough that no backlog
/// fills up.
fn modelled_book(seed: u64, dice: &mut Dice) -> Book {
    let mut book = Book::new(seed);
    for index in 0..dice.below(5) {
        let name = format!("toxic {index}");
        let toxicity = *dice.pick(&[1.0, 1.0, 1.0, 0.0]);
        let (kind, attributes): (&str, Vec<(&str, i64)>) = match dice.below(7) {
            0 | 1 => ("latency", vec![("latency", dice.below(400) as i64 - 20)]),
            2 => (
                "bandwidth",
                vec![("rate", *dice.pick(&[1, 3, 10, 99, 100, 777, 100_000]))],
            ),
            3 => {
                let average = dice.between(20, 600) as i64;
                let delay = dice.below(50_000) as i64 - 100;
                ("slicer", vec![("average_size", average), ("delay", delay)])
            }
            4 => ("slow_close", vec![("delay", dice.below(500) as i64 - 20)]),
            5 => (
                "limit_data",
                vec![("bytes", *dice.pick(&[-1, 0, 1, 500, 9999]))],
            ),
            _ => ("noop", Vec::new()),
        };
        book.add(&name, kind, &attributes, toxicity);
    }
    book
}

/// Drives a fixed chain. Returns what came in and what left. Stops when the connection is over.
fn modelled_run(seed: u64, most_late: Duration) -> (Vec<Event>, Vec<Event>) {
    let mut dice = Dice::new(seed);
    let book = modelled_book(seed, &mut dice);
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, seed);
    driver.most_late = most_late;
    let mut events = Vec::new();
    for _ in 0..dice.below(12) {
        let pause = dice.up_to_one_of(&[0, 1_000_000, 30_000_000, 500_000_000]);
        driver.run_for(Duration::from_nanos(pause));
        let size = 1 + dice.up_to_one_of(&[0, 9, 399]) as usize;
        let start = driver.bytes_in as usize;
        events.push(Event {
            at: driver.now.as_nanos(),
            what: What::Bytes(size),
        });
        driver.push(stream().slice(start..start + size));
    }
    if !dice.one_in(4) {
        events.push(Event {
            at: driver.now.as_nanos(),
            what: What::End(Ending::Eof),
        });
        driver.finish(Ending::Eof);
    }
    driver.run_until(FAR);
    let left = driver.log.iter().map(|(at, out)| {
        let what = match out {
            Out::Data(bytes) => What::Bytes(bytes.len()),
            Out::End(ending) => What::End(*ending),
        };
        Event {
            at: at.as_nanos(),
            what,
        }
    });
    (model::leaves(book.rows(), &events), left.collect())
}

#[test]
fn fixed_rows_do_to_the_nanosecond_what_the_model_says() {
    soak(3000, |seed| {
        let (expected, left) = modelled_run(seed, Duration::ZERO);
        assert_eq!(left, expected);
    });
}

#[test]
fn late_timers_add_their_lateness_once_whatever_the_row() {
    soak(3000, |seed| {
        let late = Duration::from_millis(50);
        let (expected, left) = modelled_run(seed, late);
        assert_eq!(left.len(), expected.len());
        for (left, expected) in left.iter().zip(&expected) {
            assert_eq!(left.what, expected.what);
            let on_time = expected.at..=expected.at + late.as_nanos() as u64;
            assert!(on_time.contains(&left.at), "{left:?}, but {expected:?}");
        }
    });
}

#[test]
fn a_latency_that_stays_delays_all_whatever_changes_around_it() {
    soak(2000, |seed| {
        let mut round = Round::new(seed, Manner::Gentle);
        let latency = round.dice.between(1, 500);
        round.seat_witness(latency as i64);
        for _ in 0..round.dice.between(5, 60) {
            round.step();
        }
        round.driver.set_room(true);
        round.driver.run_until(FAR);
        round.check_log();
        let mut place = 0;
        for (at, out) in &round.driver.log {
            let Out::Data(bytes) = out else { continue };
            place += bytes.len() as u64;
            let push = round.pushes.partition_point(|(end, _)| *end < place);
            let came = round.pushes[push].1;
            let least = came + Duration::from_millis(latency);
            assert!(*at >= least, "{came:?} → {at:?} under {latency} ms");
        }
    });
}
