//! Timed transcripts of every kind of toxic and of chains, in virtual time, and draws over many
//! connections.
//!
//! `ACONITE_TEST_TRANSCRIPTS=latency/,chains/limit` runs only those whose paths begin with one of
//! these.

use std::path::{Path, PathBuf};

use crate::harness::book::Book;
use crate::harness::transcript;
use aconite::engine::sim::Sim;
use aconite::engine::{Direction, Moment, Pipeline};
use aconite::toxics::Catalogue;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/transcripts")
}

/// The transcripts in a directory, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_transcript_is_followed_exactly() {
    let only = std::env::var("ACONITE_TEST_TRANSCRIPTS").unwrap_or_default();
    let only: Vec<&str> = only.split(',').collect();
    let mut failures = Vec::new();
    let catalogue = Catalogue::default();
    for directory in catalogue.names().chain(["chains"]) {
        for path in files(&root().join(directory)) {
            let name = path
                .strip_prefix(root())
                .expect("below")
                .display()
                .to_string();
            if !only.iter().any(|start| name.starts_with(start)) {
                continue;
            }
            if let Err(error) = transcript::run(&path) {
                failures.push(format!("{name}: {error}"));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_kind_has_transcripts_and_every_directory_a_kind() {
    let catalogue = Catalogue::default();
    for kind in catalogue.kinds() {
        // A kind that acts on requests has no stage.
        let least = if kind.is_http() { 1 } else { 6 };
        assert!(
            files(&root().join(kind.name)).len() >= least,
            "testdata/transcripts/{} should hold at least {least} transcripts",
            kind.name
        );
    }
    for entry in std::fs::read_dir(root()).expect("the directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let known = catalogue.find(&name).is_some() || name == "chains";
        assert!(
            known || entry.path().is_file(),
            "{name} is no kind of toxic"
        );
    }
}

#[test]
fn a_wrong_transcript_fails() {
    let directory =
        std::env::temp_dir().join(format!("aconite-transcripts-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join("wrong.txt");
    let right = "a latency latency=5\nwhen\n0: push \"x\"\nthen\n5: \"x\"\n";
    let run = |text: &str| {
        std::fs::write(&path, text).expect("a file");
        transcript::run(&path)
    };
    assert_eq!(run(right), Ok(()));
    for (from, to) in [
        ("5: \"x\"", "5.000001: \"x\""),
        ("5: \"x\"", "5: \"y\""),
        ("5: \"x\"", "5: Eof"),
        ("5: \"x\"", "1..5: \"x\""),
        ("5: \"x\"\n", ""),
        ("5: \"x\"\n", "5: \"x\"\n6: Eof\n"),
        ("push", "psh"),
    ] {
        assert!(run(&right.replace(from, to)).is_err(), "{from} → {to}");
    }
    std::fs::remove_dir_all(&directory).expect("removed");
}

/// The connections among a proxy's first `count` to which a latency of toxicity `toxicity` applies.
fn affected(seed: u64, name: &str, direction: Direction, toxicity: f64, count: u64) -> Vec<bool> {
    let mut book = Book::towards(seed, direction);
    book.add(name, "latency", &[("latency", 1)], toxicity);
    let applies = |connection| {
        let pipeline = Pipeline::new(book.plan(), direction, connection, Moment::ORIGIN);
        !pipeline.is_clear()
    };
    (0..count).map(applies).collect()
}

#[test]
fn the_same_seed_makes_the_same_choices_and_another_seed_others() {
    let of = |seed, name, direction| affected(seed, name, direction, 0.5, 200);
    let first = of(1, "a", Direction::Downstream);
    assert_eq!(first, of(1, "a", Direction::Downstream));
    assert_ne!(first, of(2, "a", Direction::Downstream));
    assert_ne!(first, of(1, "b", Direction::Downstream));
    assert_ne!(first, of(1, "a", Direction::Upstream));
}

#[test]
fn toxicity_is_the_share_of_connections_that_a_toxic_applies_to() {
    let share = |toxicity| {
        let affected = affected(9, "a", Direction::Downstream, toxicity, 4000);
        affected.into_iter().filter(|applies| *applies).count()
    };
    // 1200 are expected at 0.3, with a standard deviation of 29.
    assert!((1050..1350).contains(&share(0.3)));
    for none in [0.0, -1.0, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(share(none), 0, "{none}");
    }
    for all in [1.0, 1.5, f64::INFINITY] {
        assert_eq!(share(all), 4000, "{all}");
    }
}

#[test]
fn more_toxicity_applies_to_more_of_the_same_connections() {
    let few = affected(4, "a", Direction::Downstream, 0.3, 500);
    let many = affected(4, "a", Direction::Downstream, 0.6, 500);
    assert!(few.iter().zip(&many).all(|(few, many)| *many || !few));
    assert_ne!(few, many);
}

#[test]
fn a_choice_outlives_changes_of_other_toxics_and_of_the_attributes() {
    for connection in 0..50 {
        let mut book = Book::new(11);
        book.add("a", "latency", &[("latency", 10)], 0.5);
        let mut pipeline = Pipeline::new(
            book.plan(),
            Direction::Downstream,
            connection,
            Moment::ORIGIN,
        );
        let applies = !pipeline.is_clear();
        for round in 0..20 {
            book.add("b", "noop", &[], 0.5);
            pipeline.adopt(book.plan(), Moment::ORIGIN);
            book.update("a", &[("latency", round)]);
            pipeline.adopt(book.plan(), Moment::ORIGIN);
            book.remove("b");
            pipeline.adopt(book.plan(), Moment::ORIGIN);
            assert_eq!(applies, !pipeline.is_clear(), "connection {connection}");
        }
        book.set_toxicity("a", 0.0);
        pipeline.adopt(book.plan(), Moment::ORIGIN);
        assert!(pipeline.is_clear());
        book.set_toxicity("a", 0.5);
        pipeline.adopt(book.plan(), Moment::ORIGIN);
        assert_eq!(applies, !pipeline.is_clear(), "drawn again");
    }
}

#[test]
fn jitter_belongs_to_a_place_in_the_stream_and_is_even() {
    // Two ways to cut the same stream: where chunks start at the same offset, their delay is the
    // same.
    let delays = |sizes: &[usize], pushes: usize| {
        let mut book = Book::new(5);
        book.add("a", "latency", &[("latency", 100), ("jitter", 50)], 1.0);
        let mut sim = Sim::new(book.plan());
        let mut offset = 0;
        let delay = |(index, size): (usize, &usize)| {
            sim.push(vec![0; *size]).run_ms(1000);
            let start = offset;
            offset += size;
            let came = Moment::from_nanos(index as u64 * 1_000_000_000);
            (start, sim.log[index].0.since(came))
        };
        let sizes = sizes.iter().cycle().take(pushes);
        sizes.enumerate().map(delay).collect::<Vec<_>>()
    };
    let (whole, halves) = (delays(&[100], 400), delays(&[50], 800));
    assert!(
        whole
            .iter()
            .zip(halves.iter().step_by(2))
            .all(|(a, b)| a == b)
    );
    let ms = |n: u64| std::time::Duration::from_millis(n);
    assert!(halves.iter().all(|(_, d)| (ms(50)..ms(150)).contains(d)));
    for tenth in 0..10 {
        let range = ms(50 + tenth * 10)..ms(60 + tenth * 10);
        let count = halves.iter().filter(|(_, d)| range.contains(d)).count();
        // 80 are expected, with a standard deviation of 8.5.
        assert!((40..=120).contains(&count), "{count} in {range:?}");
    }
}

#[test]
fn slices_vary_around_the_average_and_repeat_with_the_seed() {
    let sizes = |seed| {
        let mut book = Book::new(seed);
        book.add(
            "a",
            "slicer",
            &[("average_size", 500), ("size_variation", 100)],
            1.0,
        );
        let mut sim = Sim::new(book.plan());
        sim.push(vec![1; 100_000]);
        let sizes = sim.log.iter().map(|(_, out)| match out {
            aconite::engine::sim::Out::Data(bytes) => bytes.len(),
            aconite::engine::sim::Out::End(_) => 0,
        });
        sizes.collect::<Vec<_>>()
    };
    let first = sizes(1);
    assert_eq!(first.iter().sum::<usize>(), 100_000);
    assert!(
        first.iter().all(|size| (1..=600).contains(size)),
        "{first:?}"
    );
    assert!(first.iter().any(|size| *size != first[0]));
    assert_eq!(first, sizes(1));
    assert_ne!(first, sizes(2));
}
