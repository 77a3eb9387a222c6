//! The commands about network profiles.

use clap::Subcommand;

use super::toxic_flags::{self, Scope, Timing};
use crate::args::client::OnProfile;

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
    /// Put a profile on a proxy, in place of the one that it has; the options go to all its toxics
    Set {
        /// Name of the proxy
        proxy: String,
        /// Name of the profile; `aconite profile list` lists them
        #[arg(value_name = "NAME")]
        profile: String,
        /// Session at whose end it is taken off
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
        #[command(flatten)]
        timing: Timing,
        #[command(flatten)]
        scope: Scope,
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
                session,
                timing,
                scope,
            } => OnProfile::Set {
                proxy,
                name: profile,
                options: toxic_flags::of(session, timing, scope),
            },
            ProfileCommand::Clear { proxy } => OnProfile::Clear { proxy },
        }
    }
}
