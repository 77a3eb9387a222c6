//! Arbitrary words as a command line, with an arbitrary environment.
//!
//! Each line is a word; the first one is the name by which the executable was called. A line that
//! begins with `$` is a variable: `$NAME=value`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use aconite::args::{self, Command};

const MOST: usize = 64;

pub fn run(data: &[u8]) {
    let mut words = Vec::new();
    let mut environment = HashMap::new();
    for line in data.split(|byte| *byte == b'\n').take(MOST) {
        let text = |part: &[u8]| OsString::from_vec(part.to_vec());
        let variable = line.strip_prefix(b"$");
        let equals = line.iter().position(|byte| *byte == b'=');
        match (variable, equals) {
            (Some(_), Some(equals)) => {
                let name = String::from_utf8_lossy(&line[1..equals]).into_owned();
                environment.insert(name, text(&line[equals + 1..]));
            }
            _ => words.push(text(line)),
        }
    }
    let look = |name: &str| environment.get(name).cloned();
    let first = args::parse(words.clone(), 7, &look);
    match &first {
        Ok(Command::Output(text) | Command::ErrorOutput(text)) => assert!(!text.is_empty()),
        Ok(Command::Server(_) | Command::Client(_) | Command::Check { .. }) => {}
        Err(fault) => {
            let told = format!("{}{fault}", fault.output());
            assert!(told.ends_with('\n'), "{words:?}: {told:?}");
            assert_ne!(fault.code(), 0, "{words:?}: {told:?}");
        }
    }
    assert_eq!(first, args::parse(words, 7, &look), "not a pure function");
}
