//! `testdata/config/bad` holds broken config files, each with the expected message: the place, the
//! error and the remedy. `UPDATE=1` writes the current messages to the files, for review before a
//! commit.

use std::fs;
use std::path::{Path, PathBuf};

use aconite::config::{check_config, read_config};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_fault_is_told_with_its_place_and_the_remedy() {
    let files = files("testdata/config/bad");
    assert!(files.len() >= 20, "only {} broken files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let faults = check_config(&fs::read(&file).unwrap());
        let said: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
        assert!(!faults.is_empty(), "{}: nothing is said", file.display());
        let expected = file.with_extension("txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{}:\n{said}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_refused_has_a_fatal_fault_and_a_good_one_none() {
    for file in files("testdata/config/good") {
        let text = fs::read(&file).unwrap();
        assert_eq!(check_config(&text), [], "{}", file.display());
        assert!(read_config(&text).is_ok());
    }
    for file in files("testdata/config/bad") {
        let text = fs::read(&file).unwrap();
        let fatal = check_config(&text).iter().any(|fault| fault.fatal);
        assert!(read_config(&text).is_ok() || fatal, "{}", file.display());
    }
}
