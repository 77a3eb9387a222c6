//! The flags of `aconite server` for clap, which only shows and completes them. `toxiproxy::server`
//! parses them.

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, Command};

use crate::args::toxiproxy::server_table::{SERVER_FLAGS, ServerFlag};

/// The command with its flags.
pub(super) fn definition() -> Command {
    Command::new("server")
        .bin_name("aconite server")
        .about("Run the proxies and the API that controls them")
        .after_help(
            "Example: aconite server -host 0.0.0.0 -config proxies.json\n\n\
             Flags take one dash or two, and take precedence over their variables. \
             TOXIPROXY_AUTH_TOKEN holds the bearer token that the API requires, if any. \
             LOG_LEVEL is panic, fatal, error, warn, info (default), debug or trace.\n\n\
             Limits without a flag: a request's body has at most 16 MiB and its head 32 KiB, and each \
             must arrive within 60 s; a name has at most 4096 bytes.",
        )
        .disable_version_flag(true)
        .args(SERVER_FLAGS.iter().map(arg))
}

fn arg(row: &ServerFlag) -> Arg {
    let arg = Arg::new(row.name).long(row.name).help(row.help);
    let arg = match row.variable {
        "" => arg,
        variable => arg.env(variable).hide_env_values(true),
    };
    // clap must not validate the variable, because it may hold anything.
    let arg = arg.value_parser(OsStringValueParser::new());
    let arg = match row.placeholder {
        "" => arg
            .action(ArgAction::Set)
            .value_name("true|false")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        placeholder => arg.value_name(placeholder),
    };
    match row.default {
        "" => arg,
        default => arg.default_value(default),
    }
}
