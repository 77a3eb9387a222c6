//! Parses the arguments of `aconite`.

use std::ffi::OsString;

use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::definition::{self, ConfigCommand, TopArgs, TopCommand};
use super::{action, suggest};
use crate::args::client::{Client, Dialect};
use crate::args::command::{Command, UsageError, VERSION};
use crate::args::environment::{self, Environment};

/// Parses the arguments of `aconite`, unless the first is `server`.
pub(in crate::args) fn parse(
    words: Vec<OsString>,
    environment: Environment<'_>,
) -> Result<Command, UsageError> {
    if words.is_empty() {
        return Ok(Command::Output(welcome()));
    }
    let mut definition = definition::all();
    let ours = words.iter().map_while(|word| word.to_str());
    let ours: Vec<&str> = ours.take_while(|word| *word != "--").collect();
    let as_json = ours.contains(&"--json");
    let command = ours.iter().find(|word| is_client_command(word));
    let command = command.map(|word| (*word).to_owned());
    let error = match read(&mut definition, words, environment) {
        Ok(command) => return Ok(command),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayVersion => Ok(Command::version()),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Ok(Command::Output(error.to_string()))
        }
        kind => {
            let message = message(&definition, command.as_deref(), &error);
            let fault = UsageError::new(if as_json { json(&message) } else { message });
            let code = match command.as_deref() {
                // The exit code for an unknown command is 2 in a group of commands too: `aconite config exprt`.
                _ if kind == ErrorKind::InvalidSubcommand => fault.code,
                None => fault.code,
                // A distinct exit code, so that it is not mistaken for that of the command to run.
                Some("run") => 125,
                Some(_) => 1,
            };
            Err(UsageError { code, ..fault })
        }
    }
}

fn is_client_command(word: &str) -> bool {
    definition::client().find_subcommand(word).is_some()
}

fn read(
    definition: &mut clap::Command,
    words: Vec<OsString>,
    environment: Environment<'_>,
) -> Result<Command, clap::Error> {
    // Arguments after `--` belong to another command.
    let ours = words.iter().position(|word| word == "--");
    let (ours, theirs) = words.split_at(ours.unwrap_or(words.len()));
    let ours = ours.iter().map(|word| two_dashes(definition, word.clone()));
    let argv = std::iter::once("aconite".into()).chain(ours);
    let argv: Vec<OsString> = argv.chain(theirs.iter().cloned()).collect();
    let matches = definition.try_get_matches_from_mut(argv)?;
    if matches.subcommand_name() == Some("server") {
        let message = "put the server's flags after its command: aconite server --host HOST\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
    }
    let top = TopArgs::from_arg_matches(&matches).map_err(|error| error.format(definition))?;
    let action = match top.command {
        TopCommand::Config {
            command: ConfigCommand::Check { file, strict },
        } => {
            let api = environment::host_and_port(environment);
            let json = top.json;
            return Ok(Command::Check {
                file,
                strict,
                json,
                api,
            });
        }
        command => action::of(command),
    };
    Ok(Command::Client(Client {
        dialect: Dialect::Aconite,
        host: top.host,
        token: top.auth_token,
        json: top.json,
        action,
    }))
}

/// Toxiproxy accepts long flags with one dash (`-tox 0.5`), which clap would parse as single letters.
fn two_dashes(definition: &clap::Command, word: OsString) -> OsString {
    let Some(text) = word.to_str() else {
        return word;
    };
    let name = text.strip_prefix('-').unwrap_or_default();
    let name = name.split('=').next().unwrap_or_default();
    if name.len() > 1 && !name.starts_with('-') && has_long(definition, name) {
        return format!("-{text}").into();
    }
    word
}

fn has_long(definition: &clap::Command, name: &str) -> bool {
    let of_clap = ["help", "version"].contains(&name);
    of_clap
        || definition.get_arguments().any(|flag| {
            let aliases = flag.get_all_aliases().unwrap_or_default();
            flag.get_long() == Some(name) || aliases.contains(&name)
        })
        || definition
            .get_subcommands()
            .any(|inner| has_long(inner, name))
}

/// The error message for a command line that clap refuses.
fn message(definition: &clap::Command, command: Option<&str>, error: &clap::Error) -> String {
    let meant = suggest::message(definition, command, error).or_else(|| replaced(command, error));
    meant.unwrap_or_else(|| {
        let hint = hint(definition, command, error).unwrap_or_default();
        format!("{error}{hint}")
    })
}

/// A message in place of clap's, where it would lead astray.
fn replaced(command: Option<&str>, error: &clap::Error) -> Option<String> {
    let arg = error.get(ContextKind::InvalidArg)?;
    match (command?, arg) {
        // clap names only `--toxic`, although any of these flags suffices.
        ("run", ContextValue::Strings(missing))
            if missing.iter().any(|arg| arg.contains("--toxic")) =>
        {
            Some(
                "aconite run needs something to do: give at least one of --toxic, --profile, --proxy, --down and --server\n\
                 see aconite run --help\n"
                    .to_owned(),
            )
        }
        // An attribute that was taken for a flag. clap would propose to pass it as a value.
        ("toxic", ContextValue::String(word))
            if error.kind() == ErrorKind::UnknownArgument
                && error.get(ContextKind::SuggestedArg).is_none() =>
        {
            let name = word.strip_prefix("--")?.split('=').next()?;
            let example = match name {
                "after" => "'after={\"time\": \"5s\"}'".to_owned(),
                "phase" => "phase=connect".to_owned(),
                "framing" => "framing=postgres".to_owned(),
                name => format!("{name}=100"),
            };
            Some(format!(
                "there is no flag '--{name}'; an attribute is given with -a, as in -a {example}\n\
                 see aconite toxic types for the attributes, and aconite toxic add --help for the flags\n"
            ))
        }
        _ => None,
    }
}

/// A hint that clap's message lacks.
fn hint(definition: &clap::Command, command: Option<&str>, error: &clap::Error) -> Option<String> {
    let word = match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(word) => word,
        _ => return None,
    };
    let server = definition.find_subcommand("server")?;
    if command.is_none() && has_long(server, word.trim_start_matches('-')) {
        return Some(format!(
            "Put the server's flags after its command: aconite server {word} …\n"
        ));
    }
    let is_misplaced = error.kind() == ErrorKind::UnknownArgument && !word.starts_with('-');
    (command == Some("run") && is_misplaced)
        .then(|| format!("Put the command to run after --: aconite run --toxic … -- {word} …\n"))
}

/// The error as JSON, for a program that requested JSON.
fn json(message: &str) -> String {
    let error = serde_json::json!({ "error": message.trim_end(), "code": "usage" });
    format!("{error}\n")
}

/// The output of `aconite` without arguments: what it is and what to do next.
fn welcome() -> String {
    format!(
        "aconite {VERSION}: a fault-injection TCP proxy with the API of Toxiproxy.\n\n\
         Next:\n  \
         aconite server                start the server; its API listens on localhost:8474\n  \
         aconite server -config FILE   the same, with the proxies of a file\n  \
         aconite create --help         create a proxy, with toxics if wanted\n  \
         aconite toxic types           explain every type of toxic\n  \
         aconite server --help         show every flag of the server\n  \
         aconite --help                show every command\n"
    )
}
