//! Shell completion scripts for aconite's commands, flags and values, and the candidates they offer.
//!
//! Must not know which kinds of toxic there are, or how to request names from a server: the caller
//! passes both in.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::Shells;

use super::aconite::definition;
use super::client::Dialect;

/// The environment variable by which a script requests completions from the executable.
pub const COMPLETE: &str = "ACONITE_COMPLETE";

/// The values of `events --about`.
const EVENTS: [&str; 4] = ["proxy", "toxic", "session", "connection"];

/// Loads zsh's completion system, which defines `compdef`, because many profiles do not load it.
const ZSH_BEGINNING: &str = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n";

/// The objects whose names a completion offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A proxy.
    Proxy,
    /// A toxic of the proxy that is named before it.
    Toxic,
    /// A session.
    Session,
    /// A network profile.
    Profile,
    /// An attribute of the type that is named before it. It needs no request to a server.
    Attribute,
    /// A preset of an answer or an event. It needs no request to a server.
    Preset,
}

/// A script that makes `shell` complete the executable's commands, flags and values, including these
/// kinds of toxic. The script for `aconite` runs the executable for each completion.
pub fn completions(dialect: Dialect, shell: Shell, kinds: &[&'static str]) -> String {
    let mut script = Vec::new();
    match dialect {
        Dialect::Aconite => {
            let shells = Shells::builtins();
            if let Some(shell) = shells.completer(&shell.to_string()) {
                // Writing to memory cannot fail.
                let name = "aconite";
                let _ = shell.write_registration(COMPLETE, name, name, name, &mut script);
            }
        }
        Dialect::Toxiproxy => {
            let mut definition = with_values(definition::client(), kinds);
            clap_complete::generate(shell, &mut definition, "toxiproxy-cli", &mut script);
        }
    }
    let script = String::from_utf8_lossy(&script).into_owned();
    match (shell, script.split_once('\n')) {
        // The first line tells zsh which command the script is for when zsh autoloads it.
        (Shell::Zsh, Some((first, rest))) => format!("{first}\n\n{ZSH_BEGINNING}{rest}"),
        _ => script,
    }
}

/// The commands of `aconite` with completion candidates: these kinds of toxic, and names from `names`.
pub fn completed(
    kinds: &[&'static str],
    names: &dyn Fn(Named) -> ArgValueCompleter,
) -> clap::Command {
    with_names("", with_values(definition::all(), kinds), names)
}

fn with_names(
    above: &str,
    mut command: clap::Command,
    names: &dyn Fn(Named) -> ArgValueCompleter,
) -> clap::Command {
    let name = command.get_name().to_owned();
    let flags = command.get_arguments().map(|flag| flag.get_id().clone());
    let named = flags.filter_map(|id| Some((named(above, &name, id.as_str())?, id)));
    for (what, id) in named.collect::<Vec<_>>() {
        command = command.mut_arg(id, |flag| flag.add(names(what)));
    }
    let inner = command.get_subcommands().map(|inner| inner.get_name());
    for inner in inner.map(str::to_owned).collect::<Vec<_>>() {
        command = command.mut_subcommand(inner, |inner| with_names(&name, inner, names));
    }
    command
}

/// The kind of existing object that an argument of a command names, if any.
fn named(above: &str, command: &str, id: &str) -> Option<Named> {
    match (above, command, id) {
        (_, "create" | "run", "proxy" | "toxic") => None,
        (_, _, "proxy" | "proxies") | (_, "run", "down") => Some(Named::Proxy),
        ("toxic", "update" | "remove", "toxic" | "name") | (_, "stats", "toxic") => {
            Some(Named::Toxic)
        }
        ("toxic", "add" | "update", "attributes") => Some(Named::Attribute),
        ("toxic", "presets", "preset") => Some(Named::Preset),
        (_, _, "profile") => Some(Named::Profile),
        (_, _, "session") | ("session", "renew" | "end", "name") => Some(Named::Session),
        _ => None,
    }
}

/// The values are used for completion only and not checked: a newer server may accept others.
fn with_values(definition: clap::Command, kinds: &[&'static str]) -> clap::Command {
    let kinds = || PossibleValuesParser::new(kinds.to_vec());
    definition
        .mut_subcommand("toxic", |toxic| {
            let toxic = toxic.mut_subcommand("add", |add| {
                add.mut_arg("kind", |kind| kind.value_parser(kinds()))
            });
            toxic.mut_subcommand("types", |types| {
                types.mut_arg("kind", |kind| kind.value_parser(kinds()))
            })
        })
        .mut_subcommand("events", |events| {
            events.mut_arg("about", |about| {
                about.value_parser(PossibleValuesParser::new(EVENTS))
            })
        })
}
