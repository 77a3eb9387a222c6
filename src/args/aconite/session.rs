//! The commands about sessions.

use std::time::Duration;

use clap::Subcommand;

use crate::args::client::OnSession;
use crate::args::values;

#[derive(Debug, Subcommand)]
pub(super) enum SessionCommand {
    /// List all sessions
    List,
    /// Start a session; what names it with --session or "session" is undone when it ends
    Start {
        /// Its name [default: one that the server makes]
        name: Option<String>,
        /// Its name, as other commands take it
        #[arg(
            long = "name",
            value_name = "NAME",
            hide = true,
            conflicts_with = "name"
        )]
        named: Option<String>,
        /// Time to live unless it is renewed, such as 30s [default: 30s]
        #[arg(long, value_name = "TIME", value_parser = values::duration)]
        ttl: Option<Duration>,
    },
    /// Renew a session: its time to live starts again now
    Renew {
        /// Name of the session
        name: String,
        /// A new time to live
        #[arg(long, value_name = "TIME", value_parser = values::duration)]
        ttl: Option<Duration>,
    },
    /// End a session and undo what was made in it
    End {
        /// Name of the session
        name: String,
    },
}

impl From<SessionCommand> for OnSession {
    fn from(command: SessionCommand) -> Self {
        match command {
            SessionCommand::List => OnSession::List,
            SessionCommand::Start { name, named, ttl } => OnSession::Start {
                name: name.or(named),
                ttl,
            },
            SessionCommand::Renew { name, ttl } => OnSession::Renew { name, ttl },
            SessionCommand::End { name } => OnSession::End { name },
        }
    }
}
