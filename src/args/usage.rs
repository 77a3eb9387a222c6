//! What is said to someone who asks how a command is used, or should have.

use std::fmt::Write;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

use super::definition::is_switch;
use super::environment::env_name;
use super::limits;

/// What `aconite` alone says: what it is and what to do next.
pub(super) fn welcome() -> String {
    format!(
        "aconite {}: a fault-injection TCP proxy with the API of Toxiproxy.\n\n\
         Next:\n  \
         aconite server                start the server; its API listens on localhost:8474\n  \
         aconite server -config FILE   the same, with the proxies of a file\n  \
         aconite create --help         create a proxy, with toxics if you like\n  \
         aconite toxic types           explain every kind of toxic\n  \
         aconite server --help         show every flag\n  \
         aconite --help                show every command\n",
        super::VERSION
    )
}

/// What is wrong with a command line, for a program that asked for JSON.
pub(super) fn as_json(told: &str) -> String {
    let told = told.trim_end();
    format!(
        "{}\n",
        serde_json::json!({ "error": told, "code": "usage" })
    )
}

/// The flags of the server in the layout of Go's `flag` package, in which the reference shows them.
pub(super) fn flags(name: &str, definition: &Command, random_seed: i64) -> String {
    let mut flags: Vec<&Arg> = definition.get_arguments().collect();
    flags.sort_by_key(|flag| flag.get_id().as_str());
    let mut text = format!("Usage of {name}:\n");
    for flag in flags {
        let id = flag.get_id().as_str();
        let takes = match id {
            _ if is_switch(flag) => "",
            "seed" => " int",
            _ => " string",
        };
        let default = default(flag, random_seed);
        // Writing to a String cannot fail.
        let _ = write!(text, "  -{id}{takes}\n    \t{}{default}\n", about(flag));
    }
    text
}

/// The default as the reference shows it: switches in quotes, and the seed that would be used.
fn default(flag: &Arg, random_seed: i64) -> String {
    if flag.get_id() == "seed" {
        return format!(" (default {random_seed})");
    }
    if is_switch(flag) {
        return " (default \"false\")".into();
    }
    match flag.get_default_values().first() {
        Some(value) => format!(" (default {value:?})"),
        None => String::new(),
    }
}

/// A flag's line as the reference has it, since scripts may compare it; our own flags' is ours.
fn about(flag: &Arg) -> String {
    match flag.get_id().as_str() {
        "config" => "JSON file containing proxies to create on startup".into(),
        "host" => "Host for toxiproxy's API to listen on".into(),
        "port" => "Port for toxiproxy's API to listen on".into(),
        "proxy-metrics" => "enable toxiproxy-specific prometheus metrics".into(),
        "runtime-metrics" => "enable runtime-related prometheus metrics".into(),
        "seed" => "Seed for randomizing toxics with".into(),
        "version" => "print the version".into(),
        _ => flag.get_help().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What clap found wrong, in Go's words. Only values can be wrong: the rest is looked at before.
pub(super) fn clap_fault(fault: &clap::Error) -> String {
    let (flag, value) = subject(fault);
    match reason(fault) {
        Some(why) if flag == "seed" => format!("invalid value {value:?} for flag -{flag}: {why}"),
        Some(why) if is_number(flag) => format!("invalid value for -{flag}: {why}"),
        Some(why) => format!("invalid boolean value {value:?} for -{flag}: {why}"),
        None => fault.to_string().trim_end().to_owned(),
    }
}

/// What clap found wrong with a flag's twin in the environment.
pub(super) fn env_names_fault(fault: &clap::Error) -> String {
    let (flag, value) = subject(fault);
    let expected = match flag {
        "seed" => "a 64-bit integer",
        _ => "true or false",
    };
    match reason(fault) {
        Some(why) if is_number(flag) => format!("{}: {why}", env_name(flag)),
        Some(why) => format!(
            "{} is {value:?}: {why}, expected {expected}",
            env_name(flag)
        ),
        None => clap_fault(fault),
    }
}

/// Whether a flag is one of the limits, whose faults say themselves what was expected.
fn is_number(flag: &str) -> bool {
    limits::flags().iter().any(|limit| limit.get_id() == flag)
}

/// The flag that a fault is about, and its value.
fn subject(fault: &clap::Error) -> (&str, &str) {
    let text = |kind| match fault.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    // clap names the argument with its value's name: `--seed <INTEGER>`, `--strict[=<true|false>]`.
    let shown = text(ContextKind::InvalidArg).trim_start_matches('-');
    let flag = shown.split(['=', ' ', '[']).next().unwrap_or_default();
    (flag, text(ContextKind::InvalidValue))
}

fn reason(fault: &clap::Error) -> Option<String> {
    std::error::Error::source(fault).map(ToString::to_string)
}
