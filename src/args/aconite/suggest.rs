//! Suggests a command for a word that is not a command.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::util::suggest::nearest;

/// Command names from other tools, with the names of the same commands in aconite.
const OTHER_WORDS: [(&str, &str); 23] = [
    ("start", "server"),
    ("serve", "server"),
    ("daemon", "server"),
    ("up", "server"),
    ("version", "--version"),
    ("add", "create"),
    ("rm", "delete"),
    ("remove", "delete"),
    ("del", "delete"),
    ("show", "inspect"),
    ("get", "inspect"),
    ("describe", "inspect"),
    ("status", "list"),
    ("proxies", "list"),
    ("ps", "list"),
    ("on", "enable"),
    ("off", "disable"),
    ("down", "disable"),
    ("edit", "update"),
    ("set", "update"),
    ("logs", "events"),
    ("exec", "run"),
    ("export", "config export"),
];

/// The error message for a word in place of a command. `None` if something else is wrong.
pub(super) fn message(
    definition: &clap::Command,
    group: Option<&str>,
    error: &clap::Error,
) -> Option<String> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let inner = group.and_then(|group| definition.find_subcommand(group));
    let inner = inner.filter(|inner| inner.has_subcommands());
    let commands = inner.unwrap_or(definition);
    let name = match inner {
        Some(inner) => format!("aconite {}", inner.get_name()),
        None => "aconite".to_owned(),
    };
    if inner.is_none() && ["stop", "shutdown", "quit"].contains(&word.to_lowercase().as_str()) {
        return Some(format!(
            "there is no command '{word}': a server stops on Ctrl-C or SIGTERM, as `kill PID` and `docker stop` send it; `aconite disable PROXY` stops one proxy\n\
             see aconite --help\n"
        ));
    }
    let meant = meant(commands, word, inner.is_none());
    let meant = meant.map(|meant| format!("; did you mean '{meant}', as in `{name} {meant}`?"));
    let meant = meant.unwrap_or_default();
    Some(format!(
        "there is no command '{word}'{meant}\nsee {name} --help\n"
    ))
}

fn meant(commands: &clap::Command, word: &str, is_top: bool) -> Option<String> {
    let lower = word.to_lowercase();
    let other = OTHER_WORDS.iter().find(|(theirs, _)| *theirs == lower);
    if let (Some((_, ours)), true) = (other, is_top) {
        return Some((*ours).to_owned());
    }
    // Only names of more than three letters, because a single letter is similar to every short name.
    let names = commands.get_subcommands().flat_map(|command| {
        let aliases = command.get_visible_aliases();
        aliases.chain(std::iter::once(command.get_name()))
    });
    let names: Vec<&str> = names.filter(|name| name.len() > 3).collect();
    let abbreviated = names
        .iter()
        .find(|name| lower.len() > 2 && name.starts_with(&lower));
    let near = abbreviated
        .copied()
        .or_else(|| nearest(word, names.iter().copied()));
    near.map(str::to_owned)
}
