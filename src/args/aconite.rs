//! The client's command line as `aconite` has it: clap's, with flags before or after the name.

mod action;
mod examples;
mod extras;
mod observe;
mod proxy;
mod run;
mod session;
mod toxic;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use super::client::{Client, Dialect, NewToxic};
use super::{definition, values};

/// A fault-injection TCP proxy with the API of Toxiproxy
#[derive(Debug, Parser)]
#[command(name = "aconite", version = super::VERSION, override_usage = "aconite <COMMAND> [OPTIONS]")]
#[command(
    after_help = "A server is asked with the bearer token in TOXIPROXY_AUTH_TOKEN, if that is set."
)]
struct Top {
    /// Where the API is: HOST:PORT or a URL [default: TOXIPROXY_URL, or http://localhost:8474]
    #[arg(
        short = 'H',
        long,
        global = true,
        value_name = "URL",
        display_order = 100
    )]
    host: Option<String>,
    /// The bearer token that the API asks for [default: TOXIPROXY_AUTH_TOKEN]
    #[arg(long, global = true, value_name = "TOKEN", display_order = 101)]
    auth_token: Option<String>,
    /// Answer in JSON
    #[arg(long, global = true, display_order = 102)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all proxies
    #[command(visible_aliases = ["ls", "li", "l"])]
    List,
    /// Show a proxy's toxics
    #[command(visible_aliases = ["ins", "i"])]
    Inspect {
        /// The proxy's name
        proxy: String,
    },
    /// Create a proxy, with toxics if you like
    #[command(visible_aliases = ["new", "c"])]
    Create {
        /// The proxy's name
        proxy: String,
        /// Where the proxy listens; with port 0 the system picks one
        #[arg(short, long, value_name = "HOST:PORT", value_parser = values::address)]
        listen: String,
        /// Where the proxy connects to
        #[arg(short, long, value_name = "HOST:PORT", value_parser = values::address)]
        upstream: String,
        /// A toxic that it has from its first connection on; may be repeated. Among the settings,
        /// name, stream, toxicity, duration, start_after, every, session, seed, replay, match_client
        /// and match_connections are the toxic's, the others its attributes
        #[arg(long, value_name = "KIND[@STREAM][:NAME=VALUE,...]", value_parser = values::toxic)]
        toxic: Vec<NewToxic>,
        /// A session, at whose end the proxy is deleted
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
        /// The seed of its toxics' random choices [default: the server's]
        #[arg(long, value_name = "N", value_parser = values::seed)]
        seed: Option<u64>,
        /// Create it without listening; toggle it on later
        #[arg(long)]
        disabled: bool,
    },
    /// Disable an enabled proxy, or enable a disabled one
    #[command(visible_alias = "tog")]
    Toggle {
        /// The proxy's name
        proxy: String,
        /// Disable it until this session ends
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
    },
    /// Delete a proxy and end its connections
    #[command(visible_alias = "d")]
    Delete {
        /// The proxy's name
        proxy: String,
    },
    #[command(flatten)]
    Proxy(proxy::Verb),
    /// Add, update or remove toxics, or explain their kinds
    #[command(visible_alias = "t", arg_required_else_help = true)]
    Toxic {
        #[command(subcommand)]
        verb: toxic::Verb,
    },
    /// Check a config file, or write one of what runs
    #[command(arg_required_else_help = true)]
    Config {
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    #[command(flatten)]
    Sight(observe::Verb),
    /// Start, renew and end sessions: what is made in one goes with it
    #[command(arg_required_else_help = true)]
    Session {
        #[command(subcommand)]
        verb: session::Verb,
    },
    /// Run a command with proxies, toxics or a server for the while, and undo it all whatever happens
    Run(run::Words),
    /// Wait until the API answers: exit code 0 when it does, 1 when it does not in time
    Wait {
        /// How long to wait at most, such as 500ms, 30s or 2m
        #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::wait_limit)]
        timeout: Duration,
    },
    /// Ask the API once whether it answers, for a health check: exit code 0 when it does. Without
    /// --host it is asked where ACONITE_HOST and ACONITE_PORT say that a server beside it listens
    Health {
        /// How long to wait at most, such as 500ms or 2s
        #[arg(long, value_name = "TIME", default_value = "2s", value_parser = values::wait_limit)]
        timeout: Duration,
    },
    /// Print a script that makes a shell complete aconite's commands and flags
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Tell every fault of a config file with its place: exit code 1 if the server would refuse it.
    /// Asks no server
    Check {
        /// The file that the server would be given with --config
        file: PathBuf,
        /// Exit with code 1 for warnings, too
        #[arg(long)]
        strict: bool,
    },
    /// Print a config file that makes the server's proxies and toxics again
    Export,
}

/// What a command line of ours came to.
pub(super) enum Read {
    /// A command for the client.
    Client(Box<Client>),
    /// The server's command, which only reads its own flags.
    Server,
    /// Check this config file.
    Check { file: PathBuf, strict: bool },
}

/// What clap does not say about a fault of a command line.
pub(super) fn hint(command: Option<&str>, fault: &clap::Error) -> Option<String> {
    let word = match fault.get(ContextKind::InvalidArg)? {
        ContextValue::String(word) => word,
        // clap names `--toxic` alone, though each of these will do.
        ContextValue::Strings(missing) => {
            let of_toxic =
                command == Some("run") && missing.iter().any(|arg| arg.contains("--toxic"));
            return of_toxic.then(|| {
                "Give at least one of --toxic, --proxy, --down and --server.\n".to_owned()
            });
        }
        _ => return None,
    };
    let mut flags = definition::server();
    flags.build();
    if command.is_none() && has_long(&flags, word.trim_start_matches('-')) {
        return Some(format!(
            "The server's flags stand behind its command: aconite server {word} …\n"
        ));
    }
    let is_misplaced = fault.kind() == ErrorKind::UnknownArgument && !word.starts_with('-');
    (command == Some("run") && is_misplaced).then(|| {
        format!("The command to run stands behind two dashes: aconite run --toxic … -- {word} …\n")
    })
}

/// The client's commands alone.
pub(super) fn client() -> clap::Command {
    examples::add(Top::command())
}

/// Everything that `aconite` takes. Commands that ask no server, or answer in one way only, have
/// the global flags hidden: whoever writes them for every command may go on doing so.
pub(super) fn definition() -> clap::Command {
    let client = client();
    let flags = client.get_arguments();
    let hidden: Vec<clap::Arg> = flags.map(|flag| flag.clone().hide(true)).collect();
    let only = |name: &str| {
        let named = hidden.iter().filter(|flag| flag.get_id() == name);
        named.cloned().collect::<Vec<_>>()
    };
    let only = |names: &[&str]| names.iter().flat_map(|name| only(name)).collect();
    let (asking, json): (Vec<_>, Vec<_>) = (only(&["host", "auth_token"]), only(&["json"]));
    client
        .mut_subcommand("config", |config| {
            let config = config.mut_subcommand("check", |check| check.args(hidden.clone()));
            config.mut_subcommand("export", |export| export.args(json.clone()))
        })
        .mut_subcommand("toxic", |toxic| {
            toxic.mut_subcommand("types", |types| types.args(asking))
        })
        .mut_subcommand("completions", |completions| {
            completions.args(hidden.clone())
        })
        .subcommand(definition::server().args(json).display_order(0))
}

/// Whether a word names a command of the client.
pub(super) fn is_command(word: &str) -> bool {
    client().find_subcommand(word).is_some()
}

/// Whether a word names a command of `aconite`.
pub(super) fn is_own(word: &str) -> bool {
    let mut definition = definition();
    definition.build();
    definition.find_subcommand(word).is_some()
}

/// The exit code for a command line that cannot be followed. That of `run` shall not be taken for
/// the code of the command that was to be run.
pub(super) fn misuse_code(command: Option<&str>) -> u8 {
    if command == Some("run") { 125 } else { 1 }
}

/// Reads the words behind `aconite`.
pub(super) fn read(words: Vec<OsString>) -> Result<Read, clap::Error> {
    let mut definition = definition();
    // What stands behind two dashes belongs to another command.
    let ours = words.iter().position(|word| word == "--");
    let (ours, theirs) = words.split_at(ours.unwrap_or(words.len()));
    let ours = ours
        .iter()
        .map(|word| two_dashes(&definition, word.clone()));
    let argv = std::iter::once("aconite".into()).chain(ours);
    let argv: Vec<OsString> = argv.chain(theirs.iter().cloned()).collect();
    let matches = definition.try_get_matches_from_mut(argv)?;
    if matches.subcommand_name() == Some("server") {
        return Ok(Read::Server);
    }
    let top = Top::from_arg_matches(&matches).map_err(|fault| fault.format(&mut definition))?;
    let action = match top.verb {
        Verb::Config {
            verb: ConfigVerb::Check { file, strict },
        } => return Ok(Read::Check { file, strict }),
        verb => action::of(verb),
    };
    Ok(Read::Client(Box::new(Client {
        manner: Dialect::Aconite,
        host: top.host,
        token: top.auth_token,
        json: top.json,
        action,
    })))
}

/// The reference takes long flags with one dash too (`-tox 0.5`); clap would read letters.
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
    let own = ["help", "version"].contains(&name);
    own || definition.get_arguments().any(|flag| {
        let aliases = flag.get_all_aliases().unwrap_or_default();
        flag.get_long() == Some(name) || aliases.contains(&name)
    }) || definition
        .get_subcommands()
        .any(|inner| has_long(inner, name))
}
