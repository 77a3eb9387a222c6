//! Scripts that make a shell complete our commands, flags and values.
//!
//! Must not know: which kinds of toxic there are, which it is told.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use super::client::Manner;
use super::own;

/// What `events --about` takes.
const EVENTS: [&str; 4] = ["proxy", "toxic", "session", "connection"];

/// What zsh needs before it knows `compdef`: many a profile never begins its completion system.
const ZSH_BEGINNING: &str = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n";

/// A script that makes `shell` complete the executable's commands, flags and values, among them
/// these kinds of toxic.
pub fn completions(manner: Manner, shell: Shell, kinds: &[&'static str]) -> String {
    let (name, definition) = match manner {
        Manner::Own => ("aconite", own::definition()),
        Manner::Reference => ("toxiproxy-cli", own::client()),
    };
    let mut definition = with_values(definition, kinds);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition, name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match (shell, script.split_once('\n')) {
        // The first line says what the script is for when zsh finds it by itself.
        (Shell::Zsh, Some((first, rest))) => format!("{first}\n\n{ZSH_BEGINNING}{rest}"),
        _ => script,
    }
}

/// The values are told to the scripts alone: a server may be newer, and take others.
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
