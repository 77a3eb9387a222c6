//! From a command as clap read it to what shall be done.

use super::{ToxicVerb, Verb};
use crate::args::client::{Action, Change, NewProxy, NewToxic, Stream};

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
            disabled,
        } => Action::Create(NewProxy {
            name: proxy,
            listen,
            upstream,
            enabled: !disabled,
            toxics: toxic,
        }),
        Verb::Toggle { proxy } => Action::Toggle { proxy },
        Verb::Delete { proxy } => Action::Delete { proxy },
        Verb::Reset => Action::Reset,
        Verb::Toxic { verb } => of_toxic(verb),
        Verb::Config { .. } => Action::Export,
        Verb::Run(words) => Action::Run(words.into()),
        Verb::Wait { timeout } => Action::Wait { timeout },
        Verb::Completions { shell } => Action::Completions { shell },
    }
}

fn of_toxic(verb: ToxicVerb) -> Action {
    match verb {
        ToxicVerb::Add {
            proxy,
            kind,
            name,
            toxicity,
            attributes,
            upstream,
            downstream: _,
            session,
            timing,
            scope,
        } => Action::AddToxic {
            proxy,
            toxic: NewToxic {
                name,
                kind,
                stream: if upstream {
                    Stream::Upstream
                } else {
                    Stream::Downstream
                },
                toxicity,
                attributes,
                extras: super::extras::of(session, timing, scope),
            },
        },
        ToxicVerb::Update {
            proxy,
            name,
            toxicity,
            attributes,
            timing,
            scope,
        } => Action::UpdateToxic {
            proxy,
            change: Change {
                name,
                toxicity,
                attributes,
                extras: super::extras::of(None, timing, scope),
            },
        },
        ToxicVerb::Remove { proxy, name } => Action::RemoveToxic { proxy, name },
        ToxicVerb::Types { kind } => Action::Types { kind },
    }
}
