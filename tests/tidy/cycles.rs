//! The files of a room must not depend on each other in a cycle: such files are one file in several
//! pieces, and none of them can be read or tested without the others.
//!
//! A file uses another if a `use` or a path that begins with `crate`, `super` or `self` leads there.
//! A re-export counts as a use, so files of a room import from the file that defines a thing and not
//! from the room's `mod.rs`. Visibility, as in `pub(in crate::engine)`, is not a use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::paths;

/// Rooms that still have cycles. Take a room off the list when its last one is gone, and never put
/// one on it.
const KNOWN_CYCLES: &[&str] = &[];

/// Files by their module's path, as in `net::link`, and the modules of the same room that each uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

#[test]
fn files_of_a_room_do_not_use_each_other_in_a_cycle() {
    let uses = uses(&modules());
    let mut with_cycles = BTreeSet::new();
    for cycle in cycles(&uses) {
        let room = room(cycle.first().unwrap()).to_owned();
        let within = cycle.iter().map(|module| {
            let others: Vec<&str> = (uses[module].intersection(&cycle))
                .map(String::as_str)
                .collect();
            format!("  {module} uses {}\n", others.join(", "))
        });
        assert!(
            KNOWN_CYCLES.contains(&room.as_str()),
            "files use each other in a cycle:\n{}",
            within.collect::<String>()
        );
        with_cycles.insert(room);
    }
    for room in KNOWN_CYCLES {
        assert!(
            with_cycles.contains(*room),
            "{room} has no cycles any more: take it off KNOWN_CYCLES in tests/tidy/cycles.rs"
        );
    }
}

/// The code of each module, tests left out.
fn modules() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let product = crate::sources().into_iter().filter(|source| {
        let name = source.path.file_name().unwrap().to_string_lossy();
        !name.contains("test")
    });
    let named = product.map(|source| {
        let inside = source.path.strip_prefix(&root).unwrap().with_extension("");
        let mut names: Vec<_> = inside.iter().map(|name| name.to_str().unwrap()).collect();
        names.pop_if(|last| *last == "mod");
        (names.join("::"), source.code)
    });
    named.collect()
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap()
}

fn uses(modules: &BTreeMap<String, String>) -> Uses {
    let used_by = |module: &str, code: &str| {
        let paths = paths::used(&paths::without_remarks(code));
        let used = paths
            .iter()
            .filter_map(|path| target(path, module, modules));
        used.filter(|used| used != module && room(used) == room(module))
            .collect()
    };
    let pairs = modules.iter();
    pairs
        .map(|(module, code)| (module.clone(), used_by(module, code)))
        .collect()
}

/// The module that a path in `module` leads to, if it is one of ours.
fn target(path: &str, module: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let segments: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
    let mut base: Vec<&str> = module.split("::").collect();
    let rest = match segments.first().copied()? {
        "crate" => {
            base.clear();
            &segments[1..]
        }
        "self" => &segments[1..],
        "super" => {
            let up = segments.iter().take_while(|part| **part == "super").count();
            base.truncate(base.len().saturating_sub(up));
            &segments[up..]
        }
        first if modules.contains_key(&format!("{module}::{first}")) => &segments[..],
        _ => return None,
    };
    base.extend(rest);
    while !base.is_empty() {
        let name = base.join("::");
        if modules.contains_key(&name) {
            return Some(name);
        }
        base.pop();
    }
    None
}

/// Groups of modules that all lead to each other.
fn cycles(uses: &Uses) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = (uses.keys())
        .map(|module| (module, reachable(module, uses)))
        .collect();
    let mut cycles: Vec<BTreeSet<String>> = Vec::new();
    for (module, forth) in &reached {
        let known = cycles.iter().any(|cycle| cycle.contains(*module));
        if forth.contains(module) && !known {
            let back = |other: &&&String| reached[**other].contains(module);
            cycles.push(forth.iter().filter(back).map(|m| (*m).clone()).collect());
        }
    }
    cycles
}

/// The modules that one leads to, itself only if a way leads back.
fn reachable<'a>(module: &String, uses: &'a Uses) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = uses[module].iter().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(&uses[next]);
        }
    }
    reached
}

#[test]
fn a_cycle_is_found_through_braces_parents_and_reexports() {
    let code = |text: &str| text.to_owned();
    let modules = BTreeMap::from([
        (code("a"), code("mod one; pub use one::One;")),
        (
            code("a::one"),
            code("use std::{fmt, super_fmt};\nuse crate::{b::X, a::{two::Two}};"),
        ),
        (
            code("a::two"),
            code("use super::One; // use super::three::Y;"),
        ),
        (
            code("a::three"),
            code("pub(in crate::a) fn f() { super::two::g() }"),
        ),
        (code("b"), code("use crate::a::One;")),
    ]);
    let uses = uses(&modules);
    let names = ["a", "a::one", "a::two"].map(str::to_owned);
    assert_eq!(cycles(&uses), [BTreeSet::from(names)]);
    assert_eq!(uses["a::three"], BTreeSet::from(["a::two".to_owned()]));
}
