//! The client's command line as `toxiproxy-cli` has it: Go's flags, help in the reference's layout
//! on standard output, and its exit codes. Different from it on purpose: flags may stand behind
//! the proxy's name, and what only aconite has is taken but not shown.

mod build;
mod help;
mod table;
mod walk;

use std::ffi::OsString;

use super::client::{Client, Dialect};
use super::{API_VERSION, Command, UsageError, aconite};
use help::Topic;
use table::Entry;
use walk::{Reach, Stop, Walked};

/// The reference's exit code for a command that it does not have.
const NO_SUCH_COMMAND: u8 = 3;

/// Reads the words behind `toxiproxy-cli`.
pub(super) fn parse(words: Vec<OsString>) -> Result<Command, UsageError> {
    let words = words
        .into_iter()
        .map(|word| word.to_string_lossy().into_owned());
    let globals = match walk::walk(table::GLOBALS, words.collect(), Reach::FirstWord) {
        Ok(walked) => walked,
        Err(stop) => return Ok(stopped(&stop, &help::top())),
    };
    if globals.has("version") {
        return Ok(Command::Output(format!(
            "toxiproxy-cli version {API_VERSION}\n"
        )));
    }
    let Some((word, rest)) = globals.words.split_first() else {
        return Ok(Command::Output(help::top()));
    };
    if table::is_help(word) {
        return help_for(table::COMMANDS, rest.first(), help::top());
    }
    let entry = find(table::COMMANDS, word)?;
    if entry.inner.is_empty() {
        return leaf(entry, rest.to_vec(), &globals);
    }
    group(entry, rest.to_vec(), &globals)
}

/// A command with commands of its own: `toxic`.
fn group(
    entry: &'static Entry,
    words: Vec<String>,
    globals: &Walked,
) -> Result<Command, UsageError> {
    let shown = help::of(entry, Topic::Itself);
    let walked = match walk::walk(entry.flags, words, Reach::FirstWord) {
        Ok(walked) => walked,
        Err(stop) => return Ok(stopped(&stop, &shown)),
    };
    let Some((word, rest)) = walked.words.split_first() else {
        return Ok(Command::Output(shown));
    };
    if table::is_help(word) {
        return help_for(entry.inner, rest.first(), shown);
    }
    leaf(find(entry.inner, word)?, rest.to_vec(), globals)
}

fn leaf(
    entry: &'static Entry,
    words: Vec<String>,
    globals: &Walked,
) -> Result<Command, UsageError> {
    let walked = match walk::walk(entry.flags, words, Reach::Everything) {
        Ok(walked) => walked,
        Err(Stop::Help) => return Ok(Command::Output(help::of(entry, Topic::Itself))),
        Err(stop) => return Ok(stopped(&stop, &help::of(entry, Topic::Misused))),
    };
    let token = walked.last("auth-token").or(globals.last("auth-token"));
    let action = (entry.build)(&walked).map_err(|fault| refuse(entry, &fault))?;
    Ok(Command::Client(Client {
        manner: Dialect::Toxiproxy,
        host: globals.last("host").map(str::to_owned),
        token: token.map(str::to_owned),
        json: globals.has("json") || walked.has("json"),
        action,
    }))
}

/// What the reference says when flags cannot be read: it calls that no failure.
fn stopped(stop: &Stop, help: &str) -> Command {
    match stop {
        Stop::Help => Command::Output(help.to_owned()),
        Stop::Fault(fault) => Command::Output(format!("Incorrect Usage: {fault}\n\n{help}")),
    }
}

fn refuse(entry: &'static Entry, fault: &build::Fault) -> UsageError {
    let output = if fault.shows_help() {
        help::of(entry, Topic::Misused)
    } else {
        String::new()
    };
    UsageError {
        output,
        told: format!("{fault}\n\n"),
        code: 1,
    }
}

fn find(among: &'static [Entry], word: &str) -> Result<&'static Entry, UsageError> {
    let found = among.iter().find(|entry| entry.names.contains(&word));
    found.ok_or_else(|| UsageError {
        output: String::new(),
        told: format!("No help topic for '{word}'\n{}", elsewhere(word)),
        code: NO_SUCH_COMMAND,
    })
}

/// The way out for a command that only `aconite` has.
fn elsewhere(word: &str) -> String {
    match aconite::is_own(word) {
        true => {
            format!("It is a command of aconite: run `aconite {word}` (/aconite in the image)\n")
        }
        false => String::new(),
    }
}

fn help_for(
    among: &'static [Entry],
    word: Option<&String>,
    otherwise: String,
) -> Result<Command, UsageError> {
    match word {
        Some(word) => Ok(Command::Output(help::of(find(among, word)?, Topic::Asked))),
        None => Ok(Command::Output(otherwise)),
    }
}
