//! Converts a command that clap parsed to the client's action.

use super::definition::TopCommand;
use crate::args::client::{Action, Http, NewProxy};

/// The client's action for a command.
pub(super) fn of(command: TopCommand) -> Action {
    match command {
        TopCommand::List => Action::List,
        TopCommand::Inspect { proxy } => Action::Inspect { proxy },
        TopCommand::Create {
            proxy,
            listen,
            upstream,
            http,
            http_host,
            toxic,
            profile,
            session,
            seed,
            disabled,
        } => Action::Create(NewProxy {
            name: proxy,
            listen,
            upstream,
            http: (http || http_host.is_some()).then_some(Http::On { host: http_host }),
            enabled: !disabled,
            toxics: toxic,
            profile,
            session,
            seed,
        }),
        TopCommand::Toggle { proxy, session } => Action::Toggle { proxy, session },
        TopCommand::Delete { proxy } => Action::Delete { proxy },
        TopCommand::Proxy(command) => command.into(),
        TopCommand::Toxic { command } => command.into(),
        TopCommand::Profile { command } => Action::Profile(command.into()),
        TopCommand::Config { .. } => Action::Export,
        TopCommand::Observe(command) => command.into(),
        TopCommand::Session { command } => Action::Session(command.into()),
        TopCommand::Run(args) => Action::Run(args.into()),
        TopCommand::Wait { timeout } => Action::Wait { timeout },
        TopCommand::Health { timeout } => Action::Health { timeout },
        TopCommand::Completions { shell } => Action::Completions { shell },
    }
}
