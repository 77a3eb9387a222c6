//! The pure rooms use nothing that could reach outside of them: no clock, socket, file, thread, lock
//! or source of randomness.
//!
//! What they may use is listed here; everything else of the standard library and of other crates is
//! refused. What a listed thing does beyond computing is said beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::paths;

const PURE_ROOMS: &[&str] = &["engine", "protocol", "toxics"];

/// Paths of the standard library and of crates, each with all that is in it.
const ALLOWED: &[&str] = &[
    "bytes::Bytes",
    "bytes::BytesMut",
    "httparse",
    "ipnet::IpNet",
    "regex_automata",
    "thiserror::Error",
    "std::any",
    "std::borrow",
    "std::cmp",
    // The keys of a `HashMap` are mixed with the process's randomness: nothing may depend on the
    // order in which one is walked.
    "std::collections",
    "std::error",
    // Not the functions of floating-point numbers: their last bit is the platform's.
    "std::f64::consts",
    "std::fmt",
    "std::iter",
    "std::marker",
    "std::mem",
    "std::num",
    "std::ops",
    "std::slice",
    "std::str",
    // An address is a value here: nothing is resolved or connected to.
    "core::net::IpAddr",
    "std::sync::Arc",
    "std::sync::Weak",
    // Counters, written by one connection while others read, and the state of a rate that connections
    // share. All are relaxed.
    "std::sync::atomic::AtomicU32",
    "std::sync::atomic::AtomicU64",
    "std::sync::atomic::Ordering",
    // A toxic's histograms are made when the first delay is measured. Two connections that measure
    // their first at once may wait for each other while one allocates: the only wait in these rooms.
    "std::sync::OnceLock",
    "std::time::Duration",
];

/// Words that need no path: macros that reach outside, state that is shared without an atomic, and
/// orderings that something else could come to depend on.
const FORBIDDEN_WORDS: &[&str] = &[
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    "env!",
    "thread_local!",
    "static mut",
    "unsafe",
    "async",
    "Ordering::Acquire",
    "Ordering::Release",
    "Ordering::AcqRel",
    "Ordering::SeqCst",
];

#[test]
fn pure_rooms_use_only_what_is_allowed() {
    let crates = crates();
    for source in crate::sources() {
        let name = source.path.file_name().unwrap().to_string_lossy();
        if !PURE_ROOMS.contains(&source.room.as_str()) || name.contains("test") {
            continue;
        }
        let (code, path) = (paths::without_remarks(&source.code), source.path.display());
        for used in paths::used(&code) {
            let first = used.split("::").next().unwrap();
            assert!(
                !crates.contains(first) || is_allowed(&used),
                "{path} uses {used}, which is not among what tests/tidy/purity.rs allows"
            );
        }
        for word in FORBIDDEN_WORDS {
            assert!(!has_word(&code, word), "{path} has {word}");
        }
    }
}

/// The standard library and the dependencies, as code names them.
fn crates() -> BTreeSet<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = fs::read_to_string(manifest).unwrap();
    let tables = text.split("\n[").filter(|table| {
        let name = table.split(']').next().unwrap();
        name.ends_with("dependencies")
    });
    let names = tables.flat_map(|table| table.lines().skip(1));
    let names = names
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name);
    let mut crates: BTreeSet<String> = names.map(|name| name.trim().replace('-', "_")).collect();
    assert!(crates.len() > 10, "the dependencies were not found");
    crates.extend(["std", "core", "alloc"].map(str::to_owned));
    crates
}

fn is_allowed(path: &str) -> bool {
    ALLOWED.iter().any(|allowed| {
        let rest = path.strip_prefix(allowed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

fn has_word(code: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(place, _)| {
        let (before, after) = (&code[..place], &code[place + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

#[test]
fn only_what_is_listed_is_allowed() {
    assert!(is_allowed("std::sync::Arc::clone") && is_allowed("std::fmt"));
    for refused in [
        "std::sync",
        "std::sync::Mutex",
        "std::time::Instant",
        "std::net",
        "std::fmtx",
    ] {
        assert!(!is_allowed(refused), "{refused}");
    }
    assert!(has_word("a; unsafe {", "unsafe") && !has_word("is_unsafe()", "unsafe"));
}
