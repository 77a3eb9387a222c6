//! The commands about network profiles.

use std::time::Duration;

use clap::Subcommand;

use crate::args::client::OnProfile;
use crate::args::values;

#[derive(Debug, Subcommand)]
pub(super) enum ProfileCommand {
    /// List all profiles: built-in ones, and those of the server's config file
    #[command(visible_alias = "ls")]
    List,
    /// Show the profile of a proxy, and what is left of it
    Show {
        /// Name of the proxy
        proxy: String,
    },
    /// Put a profile on a proxy, in place of the one that it has
    Set {
        /// Name of the proxy
        proxy: String,
        /// Name of the profile; `aconite profile list` lists them
        #[arg(value_name = "NAME")]
        profile: String,
        /// How long it stays, such as 30s or 1m30s
        #[arg(long = "for", value_name = "TIME", value_parser = values::duration)]
        duration: Option<Duration>,
        /// Session at whose end it is taken off
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
    },
    /// Take the profile off a proxy; other toxics stay
    #[command(visible_aliases = ["rm", "remove"])]
    Clear {
        /// Name of the proxy
        proxy: String,
    },
}

impl From<ProfileCommand> for OnProfile {
    fn from(command: ProfileCommand) -> Self {
        match command {
            ProfileCommand::List => OnProfile::List,
            ProfileCommand::Show { proxy } => OnProfile::Show { proxy },
            ProfileCommand::Set {
                proxy,
                profile,
                duration,
                session,
            } => OnProfile::Set {
                proxy,
                name: profile,
                duration,
                session,
            },
            ProfileCommand::Clear { proxy } => OnProfile::Clear { proxy },
        }
    }
}
