//! The definition of `aconite`'s commands and flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use super::observe::ObserveCommand;
use super::profile::ProfileCommand;
use super::proxy::ProxyCommand;
use super::run::RunArgs;
use super::session::SessionCommand;
use super::toxic::ToxicCommand;
use super::{examples, server};
use crate::args::client::NewToxic;
use crate::args::command::VERSION;
use crate::args::{toxic_word, values};

/// A fault-injection TCP proxy with the API of Toxiproxy
#[derive(Debug, Parser)]
#[command(name = "aconite", version = VERSION, override_usage = "aconite <COMMAND> [OPTIONS]")]
#[command(
    after_help = "Example: aconite create redis --listen localhost:26379 --upstream localhost:6379"
)]
pub(super) struct TopArgs {
    /// Address of the API: HOST:PORT or a URL [default: TOXIPROXY_URL, else ACONITE_HOST and ACONITE_PORT, else http://localhost:8474]
    #[arg(
        short = 'H',
        long,
        global = true,
        value_name = "URL",
        display_order = 100
    )]
    pub(super) host: Option<String>,
    /// Bearer token for the API [default: TOXIPROXY_AUTH_TOKEN]
    #[arg(long, global = true, value_name = "TOKEN", display_order = 101)]
    pub(super) auth_token: Option<String>,
    /// Print JSON
    #[arg(long, global = true, display_order = 102)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: TopCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum TopCommand {
    /// List all proxies
    #[command(visible_aliases = ["ls", "li", "l"])]
    List,
    /// Show a proxy's toxics
    #[command(visible_aliases = ["ins", "i"])]
    Inspect {
        /// Name of the proxy
        proxy: String,
    },
    /// Create a proxy, with toxics if wanted
    #[command(visible_aliases = ["new", "c"])]
    Create {
        /// Name of the proxy
        proxy: String,
        /// Address that the proxy listens on; with port 0 the system picks a free port
        #[arg(short, long, value_name = "HOST:PORT", value_parser = values::address)]
        listen: String,
        /// Address that the proxy connects to; http://HOST:PORT for an HTTP server; or a built-in
        /// upstream, which needs no server: echo: sends back what it gets, discard: and silent: never
        /// answer; silent: does not even read
        #[arg(short, long, value_name = "HOST:PORT", value_parser = values::address)]
        upstream: String,
        /// Its connections speak HTTP: an upstream that cannot be reached is answered with 502. A
        /// URL as upstream implies it
        #[arg(long)]
        http: bool,
        /// Write this over the Host of requests; implies --http
        #[arg(long, value_name = "HOST[:PORT]")]
        http_host: Option<String>,
        /// Toxic to add before the first connection; may be repeated. The names name, stream,
        /// toxicity, duration, start_after, every, session, seed, replay and those that begin with
        /// match_, as in match_path=/v1/*, are settings of the toxic; every other name is an attribute, which
        /// `aconite toxic types TYPE` explains
        #[arg(long, value_name = "TYPE[@STREAM][:NAME=VALUE,...]", value_parser = toxic_word::toxic)]
        toxic: Vec<NewToxic>,
        /// Network profile to put on before the first connection; `aconite profile list` lists them
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
        /// Session at whose end the proxy is deleted
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
        /// Seed of the random choices of its toxics [default: the server's]
        #[arg(long, value_name = "N", value_parser = values::seed)]
        seed: Option<u64>,
        /// Create the proxy disabled: it does not listen until it is enabled
        #[arg(long)]
        disabled: bool,
    },
    /// Disable an enabled proxy, or enable a disabled one
    #[command(visible_alias = "tog")]
    Toggle {
        /// Name of the proxy
        proxy: String,
        /// Session at whose end the proxy is enabled again
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
    },
    /// Delete a proxy and close its connections
    #[command(visible_alias = "d")]
    Delete {
        /// Name of the proxy
        proxy: String,
    },
    #[command(flatten)]
    Proxy(ProxyCommand),
    /// Add, update or remove toxics, or explain their types (`aconite toxic types TYPE`)
    #[command(visible_alias = "t", arg_required_else_help = true)]
    Toxic {
        #[command(subcommand)]
        command: ToxicCommand,
    },
    /// List network profiles, and put one on a proxy or take it off: 3g, dsl, satellite-geo, ...
    #[command(arg_required_else_help = true)]
    Profile {
        #[command(subcommand)]
        command: ProfileCommand,
    },
    /// Check a config file, or print one of the running proxies
    #[command(arg_required_else_help = true)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    #[command(flatten)]
    Observe(ObserveCommand),
    /// Start, renew and end sessions; the end of a session removes what was made in it
    #[command(arg_required_else_help = true)]
    Session {
        #[command(subcommand)]
        command: SessionCommand,
    },
    /// Run a command with proxies, toxics or a server, and remove them when it ends
    Run(RunArgs),
    /// Wait until the API answers; the exit code is 0 when it does and 1 on timeout
    Wait {
        /// Longest time to wait, such as 500ms, 30s or 1m30s
        #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::wait_limit)]
        timeout: Duration,
    },
    /// Check once that the API answers; the exit code is 0 when it does. Without --host, the address
    /// is the one that ACONITE_HOST and ACONITE_PORT give a server in the same environment
    Health {
        /// Longest time to wait, such as 500ms or 2s
        #[arg(long, value_name = "TIME", default_value = "2s", value_parser = values::wait_limit)]
        timeout: Duration,
    },
    /// Print a script that lets a shell complete aconite's commands, flags and names
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Report every fault of a config file with its line; the exit code is 1 if the server would
    /// refuse the file. Needs no server
    Check {
        /// File that the server would be given with --config
        file: PathBuf,
        /// Exit with 1 for warnings too
        #[arg(long)]
        strict: bool,
    },
    /// Print a config file that recreates the server's proxies and toxics
    Export,
}

/// The client's commands alone.
pub(in crate::args) fn client() -> clap::Command {
    examples::add(TopArgs::command())
}

/// Everything that `aconite` takes. Commands that send no requests, or print in one way only, have
/// the global flags hidden, because scripts may write those flags for every command.
pub(in crate::args) fn all() -> clap::Command {
    let client = client();
    let flags = client.get_arguments();
    let hidden: Vec<clap::Arg> = flags.map(|flag| flag.clone().hide(true)).collect();
    let only = |names: &[&str]| {
        let flags = hidden.iter().cloned();
        let named = flags.filter(|flag| names.contains(&flag.get_id().as_str()));
        named.collect::<Vec<_>>()
    };
    let json = only(&["json"]);
    client
        .mut_subcommand("config", |config| {
            let config = config.mut_subcommand("check", |check| check.args(hidden.clone()));
            config.mut_subcommand("export", |export| export.args(json.clone()))
        })
        .mut_subcommand("completions", |completions| {
            completions.args(hidden.clone())
        })
        .subcommand(server::definition().args(json).display_order(0))
}

/// The help of `aconite server`.
pub(in crate::args) fn server_help() -> String {
    server::definition().render_help().to_string()
}

/// Whether a word names a command of `aconite`.
pub(in crate::args) fn is_command(word: &str) -> bool {
    let mut definition = all();
    definition.build();
    definition.find_subcommand(word).is_some()
}
