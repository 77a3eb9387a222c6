//! The help of `toxiproxy-cli`, in Toxiproxy's layout, because scripts may compare it.

use super::client_table::{ABOUT_TOXICS, COMMANDS, Entry, GLOBALS};
use super::flag::{Flag, Kind};
use crate::args::command::API_VERSION;

/// Why a command's help is shown. How much Toxiproxy shows depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// `toxic --help`.
    Itself,
    /// `help toxic`.
    Asked,
    /// An error in the command line.
    Misused,
}

/// The names of the help command and its line in help.
const HELP: (&str, &[&str]) = (
    "help, h",
    &["Shows a list of commands or help for one command"],
);

/// The help of the executable.
pub(super) fn top() -> String {
    let commands = commands(COMMANDS);
    let options = options(GLOBALS);
    format!(
        "NAME:\n   toxiproxy-cli - Simulate network and system conditions\n\n\
         USAGE:\n   toxiproxy-cli [global options] command [command options]\n\n\
         VERSION:\n   {API_VERSION}\n\n\
         COMMANDS:\n{commands}\n\
         GLOBAL OPTIONS:\n{options}"
    )
}

/// The help of a command.
pub(super) fn of(entry: &Entry, topic: Topic) -> String {
    let name = full_name(entry);
    let head = format!("   {name} - ");
    let about = indented(&head, entry.about);
    let words = entry.words;
    let mut text = format!("NAME:\n{about}\nUSAGE:\n   {name} [command options]{words}\n");
    if !entry.inner.is_empty() {
        text.push_str("\nDESCRIPTION:\n   \n");
        text.push_str(&indent_by_three(ABOUT_TOXICS));
        text.push_str("\n\n");
        if topic == Topic::Asked {
            return text;
        }
        text.push_str(&format!("COMMANDS:\n{}", commands(entry.inner)));
    } else if topic == Topic::Misused {
        text.push_str(&format!("\nCOMMANDS:\n{}", commands(&[])));
    }
    text.push_str(&format!("\nOPTIONS:\n{}", options(entry.flags)));
    text
}

fn full_name(entry: &Entry) -> String {
    let name = entry.names.first().copied().unwrap_or_default();
    let outer = COMMANDS.iter().find(|outer| {
        let mut inner = outer.inner.iter();
        inner.any(|inner| std::ptr::eq(inner, entry))
    });
    match outer.and_then(|outer| outer.names.first()) {
        Some(outer) => format!("toxiproxy-cli {outer} {name}"),
        None => format!("toxiproxy-cli {name}"),
    }
}

/// Lines after a heading, each indented to the heading's width.
fn indented(head: &str, lines: &[&str]) -> String {
    let mut text = String::from(head);
    for (index, line) in lines.iter().enumerate() {
        if index > 0 && !line.is_empty() {
            text.push_str(&" ".repeat(head.chars().count()));
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn indent_by_three(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("   {line}\n"),
    });
    lines.collect()
}

/// Commands and their descriptions in two columns. The help command is last.
fn commands(entries: &[Entry]) -> String {
    let shown = entries.iter().filter(|entry| !entry.about.is_empty());
    let mut rows: Vec<(String, &[&str])> = shown
        .map(|entry| (entry.names.join(", "), entry.about))
        .collect();
    rows.push((HELP.0.to_owned(), HELP.1));
    columns(&rows)
}

/// Flags and their descriptions in two columns.
fn options(flags: &[Flag]) -> String {
    let shown = flags.iter().filter(|flag| !flag.about.is_empty());
    let rows: Vec<(String, &[&str])> = shown
        .map(|flag| (left(flag), std::slice::from_ref(&flag.about)))
        .collect();
    columns(&rows)
}

fn columns(rows: &[(String, &[&str])]) -> String {
    let width = rows.iter().map(|(left, _)| left.chars().count()).max();
    let width = width.unwrap_or(0);
    let lines = rows
        .iter()
        .map(|(left, lines)| indented(&format!("   {left:width$}  "), lines));
    lines.collect()
}

/// A flag as help shows it: `--listen value, -l value`.
fn left(flag: &Flag) -> String {
    let names = flag.names.iter().filter(|name| **name != "name");
    let names = names.map(|name| {
        let dashes = if name.len() > 1 { "--" } else { "-" };
        let value = if flag.kind == Kind::Switch {
            ""
        } else {
            " value"
        };
        format!("{dashes}{name}{value}")
    });
    let names = names.collect::<Vec<_>>().join(", ");
    if flag.repeated {
        format!("{names} [ {names} ]")
    } else {
        names
    }
}
