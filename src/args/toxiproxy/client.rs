//! The command line of `toxiproxy-cli`: Go's flags, help in Toxiproxy's layout on standard output,
//! and its exit codes.
//!
//! Two things differ from Toxiproxy on purpose: flags may follow the proxy's name, and commands and
//! flags that only aconite has are accepted but not shown in help.

use std::ffi::OsString;

use super::client_build::Fault;
use super::client_flags::ParsedFlags;
use super::client_help::{self, Topic};
use super::client_table::{self, Entry};
use super::flag::{Reach, Stop};
use crate::args::aconite::definition;
use crate::args::client::{Client, Dialect};
use crate::args::command::{API_VERSION, Command, UsageError};

/// Toxiproxy's exit code for a command that it does not have.
const NO_SUCH_COMMAND: u8 = 3;

/// Reads the words after `toxiproxy-cli`.
pub(in crate::args) fn parse(words: Vec<OsString>) -> Result<Command, UsageError> {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let globals = match ParsedFlags::read(client_table::GLOBALS, &words, Reach::FirstWord) {
        Ok(parsed) => parsed,
        Err(stop) => return Ok(stopped_early(&stop, &client_help::top())),
    };
    if globals.has("version") {
        return Ok(Command::Output(format!(
            "toxiproxy-cli version {API_VERSION}\n"
        )));
    }
    let Some((word, rest)) = globals.words.split_first() else {
        return Ok(Command::Output(client_help::top()));
    };
    if client_table::is_help(word) {
        return help_for(client_table::COMMANDS, rest.first(), client_help::top());
    }
    let entry = find(client_table::COMMANDS, word)?;
    if entry.inner.is_empty() {
        return leaf(entry, rest, &globals);
    }
    group(entry, rest, &globals)
}

/// A command with subcommands: `toxic`.
fn group(
    entry: &'static Entry,
    words: &[String],
    globals: &ParsedFlags,
) -> Result<Command, UsageError> {
    let shown = client_help::of(entry, Topic::Itself);
    let parsed = match ParsedFlags::read(entry.flags, words, Reach::FirstWord) {
        Ok(parsed) => parsed,
        Err(stop) => return Ok(stopped_early(&stop, &shown)),
    };
    let Some((word, rest)) = parsed.words.split_first() else {
        return Ok(Command::Output(shown));
    };
    if client_table::is_help(word) {
        return help_for(entry.inner, rest.first(), shown);
    }
    leaf(find(entry.inner, word)?, rest, globals)
}

fn leaf(
    entry: &'static Entry,
    words: &[String],
    globals: &ParsedFlags,
) -> Result<Command, UsageError> {
    let parsed = match ParsedFlags::read(entry.flags, words, Reach::Everything) {
        Ok(parsed) => parsed,
        Err(Stop::Help) => return Ok(Command::Output(client_help::of(entry, Topic::Itself))),
        Err(stop) => {
            return Ok(stopped_early(
                &stop,
                &client_help::of(entry, Topic::Misused),
            ));
        }
    };
    let token = parsed.last("auth-token").or(globals.last("auth-token"));
    let action = (entry.build)(&parsed).map_err(|fault| refuse(entry, &fault))?;
    Ok(Command::Client(Client {
        dialect: Dialect::Toxiproxy,
        host: globals.last("host").map(str::to_owned),
        token: token.map(str::to_owned),
        json: globals.has("json") || parsed.has("json"),
        action,
    }))
}

/// What Toxiproxy prints when flags cannot be read. It exits with 0 then.
fn stopped_early(stop: &Stop, help: &str) -> Command {
    match stop {
        Stop::Help => Command::Output(help.to_owned()),
        Stop::Fault(fault) => Command::Output(format!("Incorrect Usage: {fault}\n\n{help}")),
    }
}

fn refuse(entry: &'static Entry, fault: &Fault) -> UsageError {
    let output = if fault.shows_help() {
        client_help::of(entry, Topic::Misused)
    } else {
        String::new()
    };
    UsageError {
        output,
        message: format!("{fault}\n\n"),
        code: 1,
    }
}

fn find(among: &'static [Entry], word: &str) -> Result<&'static Entry, UsageError> {
    let found = among.iter().find(|entry| entry.names.contains(&word));
    found.ok_or_else(|| UsageError {
        output: String::new(),
        message: format!("No help topic for '{word}'\n{}", aconite_hint(word)),
        code: NO_SUCH_COMMAND,
    })
}

/// The hint for a command that only `aconite` has.
fn aconite_hint(word: &str) -> String {
    match definition::is_command(word) {
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
        Some(word) => Ok(Command::Output(client_help::of(
            find(among, word)?,
            Topic::Asked,
        ))),
        None => Ok(Command::Output(otherwise)),
    }
}
