//! The commands that observe a proxy, and the one that ends a connection.

use clap::Subcommand;

use crate::args::client::{Action, Events};
use crate::args::values;

#[derive(Debug, Subcommand)]
pub(super) enum ObserveCommand {
    /// Show a proxy's live connections, and which toxics apply to each
    #[command(visible_alias = "conns")]
    Connections {
        /// Name of the proxy
        proxy: String,
        /// Begin after this connection
        #[arg(
            long,
            value_name = "CONNECTION",
            default_value_t = 0,
            hide_default_value = true
        )]
        after: u64,
        /// Show at most this many [default: 1000]
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
    },
    /// End a connection
    Kill {
        /// Name of the proxy
        proxy: String,
        /// The connection, as `aconite connections` counts it
        #[arg(value_parser = values::connection)]
        connection: u64,
        /// Reset both sides (RST) instead of closing them in order (FIN)
        #[arg(long)]
        rst: bool,
    },
    /// Follow what happens to proxies, toxics, sessions and connections, and by whom
    Events {
        /// The events of this proxy only; one that is gone can be named with --after or --no-follow
        proxy: Option<String>,
        /// Events about these only: proxy, toxic, session, connection
        #[arg(long, value_name = "WHAT,...")]
        about: Option<String>,
        /// Start after this event; 0 is every event that the server keeps [default: new events only]
        #[arg(long, value_name = "ID")]
        after: Option<String>,
        /// Print the events that the server keeps, all of them without --after, and exit
        #[arg(long)]
        no_follow: bool,
    },
    /// Show what a proxy's toxics did, and how exactly: what was asked for, and what was achieved
    Stats {
        /// Name of the proxy
        proxy: String,
        /// Only this toxic; one that ended by itself is remembered for a minute
        toxic: Option<String>,
    },
}

impl From<ObserveCommand> for Action {
    fn from(command: ObserveCommand) -> Self {
        match command {
            ObserveCommand::Connections {
                proxy,
                after,
                limit,
            } => Action::Connections {
                proxy,
                after,
                limit,
            },
            ObserveCommand::Kill {
                proxy,
                connection,
                rst,
            } => Action::Kill {
                proxy,
                connection,
                reset: rst,
            },
            ObserveCommand::Events {
                proxy,
                about,
                after,
                no_follow,
            } => Action::Events(Events {
                proxy,
                about,
                // By default events start from now, and there are none yet, so show all that the server keeps.
                after: after.or_else(|| no_follow.then(|| "0".to_owned())),
                no_follow,
            }),
            ObserveCommand::Stats { proxy, toxic } => Action::Stats { proxy, toxic },
        }
    }
}
