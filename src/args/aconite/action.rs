//! From a command as clap read it to what shall be done.

use super::Verb;
use crate::args::client::{Action, NewProxy};

/// The client's action for a command.
pub(super) fn of(verb: Verb) -> Action {
    match verb {
        Verb::List => Action::List,
        Verb::Inspect { proxy } => Action::Inspect { proxy },
        Verb::Create {
            proxy,
            listen,
            upstream,
            toxic,
            session,
            seed,
            disabled,
        } => Action::Create(NewProxy {
            name: proxy,
            listen,
            upstream,
            enabled: !disabled,
            toxics: toxic,
            session,
            seed,
        }),
        Verb::Toggle { proxy, session } => Action::Toggle { proxy, session },
        Verb::Delete { proxy } => Action::Delete { proxy },
        Verb::Proxy(verb) => verb.into(),
        Verb::Toxic { verb } => verb.into(),
        Verb::Config { .. } => Action::Export,
        Verb::Sight(verb) => verb.into(),
        Verb::Session { verb } => Action::Session(verb.into()),
        Verb::Run(words) => Action::Run(words.into()),
        Verb::Wait { timeout } => Action::Wait { timeout },
        Verb::Health { timeout } => Action::Health { timeout },
        Verb::Completions { shell } => Action::Completions { shell },
    }
}
