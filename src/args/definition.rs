//! Which commands and flags there are, for clap.

use std::ffi::OsString;

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{ServerOptions, go, limits};

/// The server's flags. They override themselves: as in Go, the last of a kind counts.
pub(super) fn server() -> Command {
    Command::new("server")
        .bin_name("aconite server")
        .about("Runs the proxies and the API that controls them")
        .after_help("Flags may be written with one dash or two. LOG_LEVEL sets what is logged: panic, fatal, error, warn, info (the default), debug or trace. Each flag can be set by the environment too: ACONITE_HOST for --host, ACONITE_ALLOW_HOST for --allow-host, and so on; the command line has the last word. TOXIPROXY_AUTH_TOKEN holds the bearer token that the API asks for, if it is set. Limits without a flag: a request's body has at most 16 MiB, its head 32 KiB, and they take at most 60 s each; a name has at most 4096 bytes, of any characters.")
        .args_override_self(true)
        .disable_version_flag(true)
        .arg(value("config", "FILE", "JSON file with proxies to create on start").value_parser(OsStringValueParser::new()))
        .arg(value("host", "HOST", "Host that the API listens on").default_value("localhost"))
        .arg(value("port", "PORT", "Port that the API listens on").default_value("8474"))
        .arg(switch("proxy-metrics", "Serve metrics of the proxies at /metrics"))
        .arg(switch("runtime-metrics", "Serve metrics of this process at /metrics"))
        .arg(
            value("seed", "INTEGER", "Seed of every random choice [default: random, and logged]")
                .value_parser(go::integer),
        )
        .arg(switch("strict", "Refuse values that make no sense, such as negative delays"))
        .arg(
            value("allow-host", "NAME,...", "Names that requests may carry as Host while the API listens on a loopback address, and anywhere with Origin or Sec-Fetch-Site")
                .action(ArgAction::Append)
                .value_delimiter(','),
        )
        .args(limits::flags())
        .arg(switch("version", "Print the version"))
}

pub(super) fn value(name: &'static str, stands_for: &'static str, about: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(stands_for).help(about)
}

/// A flag that is true when given without a value, and takes one only after an equals sign.
fn switch(name: &'static str, about: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(about)
        .action(ArgAction::Set)
        .value_parser(go::boolean)
        .value_name("true|false")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
}

/// Whether a flag of the server is a [`switch`].
pub(super) fn is_switch(flag: &Arg) -> bool {
    flag.is_require_equals_set()
}

/// Whether a [`switch`] is on.
pub(super) fn is_set(matches: &ArgMatches, switch: &str) -> bool {
    matches.get_one(switch).copied().unwrap_or(false)
}

/// The values of the server's flags.
pub(super) fn options(
    matches: &ArgMatches,
    random_seed: i64,
    ignored: Vec<String>,
    foreign_variables: Vec<String>,
) -> ServerOptions {
    let text = |flag: &str| matches.get_one::<String>(flag).cloned().unwrap_or_default();
    let hosts = matches.get_many::<String>("allow-host");
    ServerOptions {
        host: text("host"),
        port: text("port"),
        config: matches
            .get_one::<OsString>("config")
            .filter(|path| !path.is_empty())
            .map(Into::into),
        seed: matches.get_one("seed").copied().unwrap_or(random_seed),
        runtime_metrics: is_set(matches, "runtime-metrics"),
        proxy_metrics: is_set(matches, "proxy-metrics"),
        strict: is_set(matches, "strict"),
        allow_hosts: hosts
            .into_iter()
            .flatten()
            .map(|host| host.trim().to_owned())
            .filter(|host| !host.is_empty())
            .collect(),
        limits: limits::of(matches),
        ignored,
        foreign_variables,
    }
}
