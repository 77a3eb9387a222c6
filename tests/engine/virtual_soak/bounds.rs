//! Fixed chains of toxics and a receiver that stops and resumes: lower bounds of delays, upper bounds
//! of rates.

use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{Ending, Moment};

use super::soak;
use crate::harness::book::Book;
use crate::harness::dice::Dice;
use crate::harness::driver::{Driver, FAR};
use crate::harness::rounds::stream;

/// When the last byte of each push arrived: (bytes pushed up to and including it, moment).
type Pushes = Vec<(u64, Moment)>;

/// Random pushes through a fixed chain, with a receiver that stops and resumes, until everything
/// has left.
fn bounded_run(book: &Book, seed: u64, dice: &mut Dice) -> (Driver, Pushes, Moment) {
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, seed);
    driver.most_late = Duration::from_millis(*dice.pick(&[0, 2, 50]));
    let mut pushes = Vec::new();
    let charge = |chunk: u64| chunk as usize * 129 + 2 * (chunk as usize + 128);
    let rows = &book.plan().downstream;
    let bound: usize = rows
        .iter()
        .map(|row| row.toxic.backlog().saturating_add(charge(4096)))
        .fold(0, usize::saturating_add);
    for _ in 0..dice.between(1, 60) {
        match dice.below(10) {
            0 => driver.set_room(!driver.room),
            1..5 => driver.run_for(Duration::from_nanos(dice.below(200_000_000))),
            _ if driver.pipeline.has_room() => {
                let start = driver.bytes_in as usize;
                let size = 1 + dice.up_to_one_of(&[9, 499, 4095]) as usize;
                driver.push(stream().slice(start..start + size));
                pushes.push((driver.bytes_in, driver.now));
            }
            _ => {}
        }
        assert!(
            driver.pipeline.queued() <= bound.saturating_add(charge(4096)),
            "beyond all backlogs"
        );
    }
    let finished = driver.now;
    driver.finish(Ending::Eof);
    driver.run_for(Duration::from_secs(1));
    driver.set_room(true);
    driver.run_until(FAR);
    assert_eq!(driver.bytes_out, driver.bytes_in);
    (driver, pushes, finished)
}

#[test]
fn nothing_leaves_before_the_sum_of_its_least_delays() {
    soak(1500, |seed| {
        let mut dice = Dice::new(seed);
        let mut book = Book::new(seed);
        let (mut least, mut least_end) = (0, 0);
        for index in 0..dice.between(1, 5) {
            let name = format!("toxic {index}");
            match dice.below(5) {
                0 => book.add(
                    &name,
                    "slicer",
                    &[("average_size", 300), ("delay", 9000)],
                    1.0,
                ),
                1 => book.add(&name, "bandwidth", &[("rate", 50)], 1.0),
                2 => {
                    let delay = dice.below(900);
                    least_end += delay;
                    book.add(&name, "slow_close", &[("delay", delay as i64)], 1.0);
                }
                _ => {
                    let (latency, jitter) = (dice.below(300), dice.below(200));
                    least += latency.saturating_sub(jitter);
                    let attributes = [("latency", latency as i64), ("jitter", jitter as i64)];
                    book.add(&name, "latency", &attributes, 1.0);
                }
            }
        }
        let (driver, pushes, finished) = bounded_run(&book, seed, &mut dice);
        let mut place = 0;
        for (at, out) in &driver.log {
            match out {
                Out::Data(bytes) => {
                    place += bytes.len() as u64;
                    let push = pushes.partition_point(|(end, _)| *end < place);
                    let came = pushes[push].1;
                    assert!(
                        *at >= came + Duration::from_millis(least),
                        "{came:?} → {at:?}"
                    );
                }
                Out::End(_) => assert!(*at >= finished + Duration::from_millis(least_end)),
            }
        }
    });
}

#[test]
fn no_window_holds_more_than_the_rate() {
    soak(1500, |seed| {
        let mut dice = Dice::new(seed);
        let mut book = Book::new(seed);
        if dice.one_in(2) {
            book.add("l", "latency", &[("latency", 30), ("jitter", 30)], 1.0);
        }
        if dice.one_in(3) {
            let attributes = [
                ("average_size", 100),
                ("size_variation", 50),
                ("delay", 500),
            ];
            book.add("s", "slicer", &attributes, 1.0);
        }
        let rate = *dice.pick(&[1_u64, 7, 50, 100, 400, 3000]);
        book.add("b", "bandwidth", &[("rate", rate as i64)], 1.0);
        book.add("c", "slow_close", &[("delay", 10)], 1.0);
        let (driver, _, _) = bounded_run(&book, seed, &mut dice);
        let piece = rate * if rate < 100 { 100 } else { 4 };
        // A piece may wait in front of a full socket with one more behind it; the timer's lateness
        // is made up for.
        let allowance = 2 * piece + rate * driver.most_late.as_millis() as u64;
        // In millionths of a byte: what had left before each write, minus what the rate allows.
        let (mut before, mut lowest) = (0_i128, i128::MAX);
        for (at, out) in &driver.log {
            let Out::Data(bytes) = out else { continue };
            let share = i128::from(at.as_nanos()) * i128::from(rate);
            lowest = lowest.min(before - share);
            before += bytes.len() as i128 * 1_000_000;
            let excess = before - share - lowest;
            // The time of a chunk is rounded down to whole nanoseconds.
            let rounding = i128::from(rate) * driver.log.len() as i128;
            let most = i128::from(allowance) * 1_000_000 + rounding;
            assert!(excess <= most, "{excess} at {at:?}");
        }
    });
}
