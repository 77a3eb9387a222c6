//! The style guide as a test: who may know whom, how long things may be, and that nothing is left
//! out of the places where a kind of toxic has to be named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "tidy/cycles.rs"]
mod cycles;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/public_api.rs"]
mod public_api;
#[path = "tidy/purity.rs"]
mod purity;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms and whom they may know. `server`, `args`, `logging` and `main` put the rooms together.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("engine", &[]),
    ("protocol", &["engine"]),
    ("toxics", &["engine", "protocol", "util"]),
    ("net", &["engine", "util"]),
    ("control", &["net", "toxics", "protocol", "engine", "util"]),
    (
        "embed",
        &["control", "net", "toxics", "protocol", "engine", "http"],
    ),
    ("util", &[]),
    ("wire", &["toxics", "util"]),
    ("decode", &["control", "protocol", "util"]),
    ("config", &["control", "decode", "util"]),
    ("http", &["control", "decode", "util", "wire"]),
    ("args", &["util"]),
    ("cli", &["args", "toxics", "util", "wire"]),
    ("logging", &["util"]),
    (
        "server",
        &[
            "config", "http", "control", "net", "args", "logging", "util",
        ],
    ),
    (
        "command",
        &["args", "cli", "config", "server", "toxics", "util"],
    ),
];

const MAX_FILE: usize = 330;
const MAX_FUNCTION: usize = 60;
const USUAL_FUNCTION: usize = 40;

struct Source {
    path: PathBuf,
    room: String,
    /// Without the inline test module.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned();
                let inside = path.strip_prefix(&root).unwrap().with_extension("");
                let room = inside.iter().next().unwrap().to_string_lossy().into_owned();
                sources.push(Source { path, room, code });
            }
        }
    }
    assert!(sources.len() > 20, "the walk over src/ found too little");
    sources
}

#[test]
fn rooms_know_only_whom_they_may() {
    for source in sources() {
        let Some((_, known)) = MAY_KNOW.iter().find(|(room, _)| *room == source.room) else {
            assert!(
                ["lib", "main"].contains(&source.room.as_str()),
                "{} is in a room that tests/tidy.rs does not know",
                source.path.display()
            );
            continue;
        };
        for part in source.code.split("crate::").skip(1) {
            let name: String = part
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            assert!(
                name == source.room || known.contains(&name.as_str()),
                "{} must not know crate::{name}",
                source.path.display()
            );
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for source in sources() {
        assert!(
            source.code.starts_with("//!"),
            "{} does not begin with a //! comment",
            source.path.display()
        );
    }
}

#[test]
fn files_and_functions_are_short() {
    let mut functions = Vec::new();
    for source in sources() {
        let lines = source.code.lines().count();
        let path = source.path.display();
        assert!(lines <= MAX_FILE, "{path} has {lines} lines of code");
        for (name, length) in function_lengths(&source.code) {
            assert!(length <= MAX_FUNCTION, "{path}: {name} has {length} lines");
            functions.push(length);
        }
    }
    let long = functions
        .iter()
        .filter(|length| **length > USUAL_FUNCTION)
        .count();
    assert!(
        long * 20 <= functions.len(),
        "{long} of {} functions are over {USUAL_FUNCTION} lines",
        functions.len()
    );
}

/// Functions and their lengths; rustfmt puts the closing brace under the `fn`.
fn function_lengths(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let text = line.trim_start();
        let is_function = text.starts_with("fn ")
            || (text.starts_with("pub") || text.starts_with("async") || text.starts_with("const"))
                && text.contains(" fn ");
        if !is_function || line.trim_end().ends_with('}') {
            continue;
        }
        let indent = line.len() - text.len();
        let close = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| **line == close);
        found.extend(end.map(|length| (text.to_owned(), length + 1)));
    }
    found
}

#[test]
fn every_kind_is_named_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kinds: BTreeSet<String> = aconite::toxics::Catalogue::default()
        .names()
        .map(str::to_owned)
        .collect();
    let files: BTreeSet<String> = fs::read_dir(root.join("src/toxics/kinds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "mod")
        .collect();
    assert_eq!(
        kinds, files,
        "a file in src/toxics has no row in the catalogue, or a row no file"
    );
    for kind in &kinds {
        let transcripts = root.join("testdata/transcripts").join(kind);
        assert!(transcripts.is_dir(), "{kind} has no transcripts");
    }
}

/// Every document of the project, from its root.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "",
        "docs",
        "docs/recipes",
        "benches",
        "src/net",
        "testdata/conformance",
    ];
    let is_document = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let documents: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(is_document)
        .collect();
    assert!(documents.len() > 15, "too few documents were found");
    documents
}

/// The fragment that a heading has in a link, as GitHub makes it.
fn fragment(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn documents_link_to_files_and_headings_that_exist() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.contains(' ')) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.clone(),
                file => document.parent().unwrap().join(file),
            };
            let place = format!("{} links to {link}", document.display());
            assert!(target.exists(), "{place}, which does not exist");
            if heading.is_empty() {
                continue;
            }
            let linked = fs::read_to_string(&target).unwrap();
            let mut headings = linked.lines().filter(|line| line.starts_with('#'));
            assert!(
                headings.any(|line| fragment(line) == heading),
                "{place}, which has no such heading"
            );
        }
    }
}

/// The page leads through the example, which is compiled and run.
#[test]
fn code_for_adding_a_toxic_is_that_of_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/adding-a-toxic.md")).unwrap();
    let example = fs::read_to_string(root.join("examples/custom_toxic.rs")).unwrap();
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).collect();
    assert!(blocks.len() >= 4, "the page has lost its code");
    for block in blocks {
        let code = block.split("```").next().unwrap().trim_end();
        assert!(example.contains(code), "the example does not have:\n{code}");
    }
}

/// The built-in kinds are registered where the page says; that a file without a registration is found
/// is checked by `every_kind_is_named_everywhere`.
#[test]
fn the_steps_for_adding_a_toxic_to_aconite_name_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/adding-a-toxic.md")).unwrap();
    let steps = page
        .split("To add a type to aconite itself")
        .nth(1)
        .unwrap();
    let quoted = steps.split('`').skip(1).step_by(2);
    let mut paths: Vec<&str> = quoted.filter(|text| text.contains('/')).collect();
    paths.retain(|path| path.contains(char::is_alphanumeric) && !path.contains(' '));
    assert!(paths.contains(&"src/toxics/kinds/mod.rs"), "{paths:?}");
    for path in paths {
        assert!(root.join(path).exists(), "{path} does not exist");
    }
    let list = fs::read_to_string(root.join("src/toxics/kinds/mod.rs")).unwrap();
    assert!(list.contains("fn all()"), "the list has another name");
    for kind in aconite::toxics::Catalogue::default().names() {
        assert!(
            list.contains(&format!("mod {kind};")),
            "{kind} is no module"
        );
    }
}

/// The last cell of each row names a file and the tests in it: `path`: `name`, `name`; `path`: …
#[test]
fn each_promise_in_security_md_names_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| ---");
    let rows: Vec<&str> = text.lines().filter(is_row).collect();
    let promises = rows.iter().filter(|row| !row.ends_with("| shown by |"));
    for row in promises {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for place in cell.split("; ") {
            let names: Vec<&str> = place.split('`').skip(1).step_by(2).collect();
            let (path, tests) = names.split_first().unwrap();
            let file = fs::read_to_string(root.join(path));
            let file = file.unwrap_or_else(|error| panic!("{row}: {path}: {error}"));
            assert!(!tests.is_empty(), "no test is named in {row}");
            for test in tests {
                assert!(
                    file.contains(&format!("fn {test}(")),
                    "{path} has no {test}"
                );
            }
        }
    }
    assert!(rows.len() > 20, "the tables of SECURITY.md were not found");
}
