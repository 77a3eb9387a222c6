//! Compares the tables and names of `LIFECYCLE.md` with the code.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

const DOCUMENT: &str = include_str!("../../LIFECYCLE.md");

fn name_of(consequence: Consequence) -> String {
    match consequence {
        Consequence::Nothing => "nothing".to_owned(),
        Consequence::Finish(ending) => format!("finish {ending:?}"),
        Consequence::HalfClose => "half-close".to_owned(),
        Consequence::Reset => "reset".to_owned(),
        Consequence::End(ending, _) => format!("end {ending:?}"),
    }
}

#[test]
fn the_table_of_states_and_inputs_is_that_of_the_document() {
    let names: Vec<String> = STATES.iter().map(|state| format!("{state:?}")).collect();
    let rows = DOCUMENT.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let is_row = cells.len() == 4 && names.iter().any(|name| name == cells[0]);
        is_row.then(|| cells.join(" | "))
    });
    let documented: Vec<String> = rows.collect();
    let of_source = [
        ("SourceEnded", LinkInput::SourceEnded),
        ("SourceReset", LinkInput::SourceReset),
        ("SourceLost", LinkInput::SourceLost),
        ("SinkLost", LinkInput::SinkLost),
        (
            "PipelineEnded",
            LinkInput::PipelineEnded(Ending::Eof, EndedBy::Source),
        ),
    ];
    let mut coded = Vec::new();
    for state in STATES {
        for (name, input) in of_source {
            let (next, consequence) = state.after(input);
            let consequence = name_of(consequence);
            coded.push(format!("{state:?} | {name} | {next:?} | {consequence}"));
        }
    }
    assert_eq!(documented, coded);
}

/// Names in backquotes that are not paths: types, variants, functions and fields.
#[test]
fn the_names_in_the_document_exist() {
    let mut sources = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.join("net"), root.join("engine")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|one| one == "rs") && !path.ends_with("tests.rs")
            {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let known: BTreeSet<&str> = sources.split(|letter| !is_word(letter)).collect();
    let prose = DOCUMENT.split("```").step_by(2);
    let quoted: Vec<&str> = prose
        .flat_map(|text| text.split('`').skip(1).step_by(2))
        .collect();
    assert!(
        quoted.len() > 40,
        "the names of the document were not found"
    );
    for name in quoted.iter().filter(|name| !name.contains(['/', '.'])) {
        for part in name.split("::") {
            assert!(known.contains(part), "LIFECYCLE.md names `{name}`");
        }
    }
}
