//! The commands that change existing proxies.

use clap::{Args, Subcommand};

use crate::args::client::{Action, Http, OnSession, ProxyChange};
use crate::args::values;

/// The proxies that a command is about.
#[derive(Debug, Args)]
pub(super) struct Proxies {
    /// The proxies' names
    #[arg(required = true, value_name = "PROXY")]
    proxies: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProxyCommand {
    /// Enable proxies; one that is enabled stays so
    #[command(after_help = "Example: aconite enable web db")]
    Enable {
        #[command(flatten)]
        named: Proxies,
    },
    /// Disable proxies: connections end and new ones are refused; one that is disabled stays so
    #[command(after_help = "Example: aconite disable web --session ci-17")]
    Disable {
        #[command(flatten)]
        named: Proxies,
        /// Disable them until this session ends
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
    },
    /// Change a proxy's addresses, HTTP or seed; everything else stays, its toxics too
    #[command(after_help = "Example: aconite update web --upstream example.com:81")]
    Update {
        /// Name of the proxy
        proxy: String,
        /// New address that the proxy listens on
        #[arg(short, long, value_name = "HOST:PORT", value_parser = values::address)]
        listen: Option<String>,
        /// New address that the proxy connects to; http://HOST:PORT for an HTTP server; echo:,
        /// discard: or silent:
        #[arg(short, long, value_name = "HOST:PORT", value_parser = values::address)]
        upstream: Option<String>,
        /// Its connections speak HTTP
        #[arg(long)]
        http: bool,
        /// Write this over the Host of requests; implies --http
        #[arg(long, value_name = "HOST[:PORT]")]
        http_host: Option<String>,
        /// Its connections need not speak HTTP
        #[arg(long, conflicts_with_all = ["http", "http_host"])]
        no_http: bool,
        /// The seed of its toxics' random choices
        #[arg(long, value_name = "N", value_parser = values::seed)]
        seed: Option<u64>,
    },
    /// Remove all toxics and enable all proxies; with names, only those proxies
    #[command(after_help = "Examples: aconite reset\n          aconite reset web db")]
    Reset {
        /// Remove the toxics of these proxies and enable them, and leave all others alone
        #[arg(value_name = "PROXY", conflicts_with = "session")]
        proxies: Vec<String>,
        /// Undo what was made in this session, and nothing else
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
    },
}

impl From<ProxyCommand> for Action {
    fn from(command: ProxyCommand) -> Self {
        match command {
            ProxyCommand::Enable { named } => Action::Switch {
                proxies: named.proxies,
                enabled: true,
                session: None,
            },
            ProxyCommand::Disable { named, session } => Action::Switch {
                proxies: named.proxies,
                enabled: false,
                session,
            },
            ProxyCommand::Update {
                proxy,
                listen,
                upstream,
                http,
                http_host,
                no_http,
                seed,
            } => Action::UpdateProxy {
                proxy,
                change: ProxyChange {
                    listen,
                    upstream,
                    http: match no_http {
                        true => Some(Http::Off),
                        false => {
                            (http || http_host.is_some()).then_some(Http::On { host: http_host })
                        }
                    },
                    seed,
                },
            },
            ProxyCommand::Reset {
                session: Some(name),
                ..
            } => Action::Session(OnSession::Reset { name }),
            ProxyCommand::Reset { proxies, .. } if proxies.is_empty() => Action::Reset,
            ProxyCommand::Reset { proxies, .. } => Action::ResetProxies { proxies },
        }
    }
}
