//! The bodies of the fuzz targets in `fuzz/`, run on the committed corpus and seeded mutations of
//! it.
//!
//! Long coverage-guided runs are the job of cargo-fuzz. This test repeats what they found, on any
//! tool chain and identically in every run. `MUTATIONS=n` sets how many are made of each entry;
//! `cargo test --test engine fuzz_corpus` runs it alone.

#![cfg(unix)]

mod bodies;
mod mutate;

use std::cell::Cell;
use std::fs;
use std::panic::{catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use bodies::Target;
use mutate::Mutator;

thread_local! {
    static PANICS: Cell<u64> = const { Cell::new(0) };
}

/// Counts panics of this thread, including those that a task of the runtime catches.
fn count_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            usual(info);
        }));
    });
}

/// Each file of a target's corpus: its path and its content, in the order of the names.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

fn run(target: Target, mutations: u64) {
    count_panics();
    let (name, body) = target;
    let entries = corpus(name);
    assert!(entries.len() >= 10, "{name}: {} entries", entries.len());
    let given = std::env::var("MUTATIONS").ok();
    let mutations = given.map_or(mutations, |given| given.parse().unwrap());
    let texts: Vec<&[u8]> = entries.iter().map(|(_, text)| &text[..]).collect();
    for (path, text) in &entries {
        let mut mutator = Mutator::new(text, &texts);
        check(body, text, &format!("{}", path.display()));
        for number in 1..=mutations {
            let mutated = mutator.next();
            check(
                body,
                &mutated,
                &format!("mutation {number} of {}", path.display()),
            );
        }
    }
}

fn check(body: fn(&[u8]), data: &[u8], what: &str) {
    let before = PANICS.get();
    let result = catch_unwind(|| body(data));
    if result.is_err() || PANICS.get() != before {
        eprintln!("failed with {what}: b\"{}\"", data.escape_ascii());
    }
    if let Err(panic) = result {
        resume_unwind(panic);
    }
    assert_eq!(PANICS.get(), before, "a task panicked");
}

#[test]
fn any_request_leaves_the_api_consistent() {
    run(bodies::API, 60);
}

#[test]
fn any_attributes_are_refused_or_make_a_toxic_that_works() {
    run(bodies::ATTRIBUTES, 400);
}

#[test]
fn any_words_are_parsed_without_panic() {
    run(bodies::COMMAND_LINE, 60);
}

#[test]
fn a_config_file_is_taken_exactly_if_the_check_finds_nothing() {
    run(bodies::CONFIG, 300);
}

#[test]
fn any_stream_has_the_same_messages_in_any_chunks() {
    run(bodies::FRAMING, 200);
}

#[test]
fn any_http_is_refused_or_framed_alike_in_any_chunks() {
    run(bodies::HTTP1, 300);
}

#[test]
fn any_life_of_a_link_leaves_the_pipeline_consistent() {
    run(bodies::PIPELINE, 80);
}

/// The corpus is read in every run, and is part of every clone.
#[test]
fn the_corpus_is_small() {
    let names = [
        bodies::API,
        bodies::ATTRIBUTES,
        bodies::COMMAND_LINE,
        bodies::CONFIG,
        bodies::FRAMING,
        bodies::HTTP1,
        bodies::PIPELINE,
    ];
    let all = names.map(|(name, _)| corpus(name));
    let files: usize = all.iter().map(Vec::len).sum();
    let bytes: usize = all.iter().flatten().map(|(_, text)| text.len()).sum();
    assert!(
        files <= 260 && bytes <= 200 * 1024,
        "{files} files, {bytes} bytes"
    );
}
