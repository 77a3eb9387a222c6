//! The command-line client: a client of the HTTP API like any other.
//!
//! [`run`] carries out a command and returns what to say; it prints nothing itself, but that
//! `aconite run` warns at once while its command runs, and `aconite events` tells as it hears. Called as `toxiproxy-cli` it answers in the
//! reference's words; as `aconite` too where the output is read by a program, and for people in
//! ours. May know: `args`'s values, the catalogue in `toxics`,
//! `nearest`. Must not know: how the server works.

mod answer;
mod api;
mod change;
mod complete;
mod connections;
mod context;
mod create;
mod events;
mod extras;
mod failure;
mod go_url;
mod hints;
mod inspect;
mod list;
mod number;
mod output;
mod paint;
mod proxies;
mod runner;
mod sessions;
mod stats;
mod target;
mod toxics;
mod transport;
mod types;
mod view;
mod wait;

pub use complete::complete;
pub use context::Environment;
pub use output::CommandOutput;

use crate::args;
use crate::args::client::{Action, Client};
use crate::toxics::KINDS;
use context::CommandContext;
use failure::Problem;

/// Carries out a command.
pub fn run(client: &Client, around: &Environment) -> CommandOutput {
    let mut session = CommandContext::new(client, around);
    if let Action::Run(wanted) = &client.action {
        let done = runner::run(&mut session, wanted);
        return output::of_run(client, around, session.into_notes(), done);
    }
    let done = perform(client, &mut session);
    output::of(client, around, session.into_notes(), done)
}

/// What the command's output is.
fn perform(client: &Client, session: &mut CommandContext<'_>) -> Result<String, Problem> {
    match &client.action {
        Action::List => list::run(session),
        Action::Inspect { proxy } => inspect::run(session, proxy),
        Action::Create(proxy) => create::run(session, proxy),
        Action::Toggle {
            proxy,
            session: until,
        } => proxies::toggle(session, proxy, until.as_deref()),
        Action::Switch {
            proxies,
            enabled,
            session: until,
        } => change::switch(session, proxies, *enabled, until.as_deref()),
        Action::UpdateProxy { proxy, change } => change::update(session, proxy, change),
        Action::ResetProxies { proxies } => change::reset(session, proxies),
        Action::Delete { proxy } => proxies::delete(session, proxy),
        Action::AddToxic { proxy, toxic } => toxics::add(session, proxy, toxic),
        Action::UpdateToxic { proxy, change } => toxics::update(session, proxy, change),
        Action::RemoveToxic { proxy, name } => toxics::remove(session, proxy, name),
        Action::Reset => proxies::reset(session),
        Action::Export => proxies::export(session),
        Action::Types { kind } => types::run(session, kind.as_deref()),
        Action::Connections {
            proxy,
            after,
            limit,
        } => connections::list(session, proxy, *after, *limit),
        Action::Kill {
            proxy,
            connection,
            reset,
        } => connections::kill(session, proxy, *connection, *reset),
        Action::Events(wanted) => events::run(session, wanted),
        Action::Stats { proxy, toxic } => stats::run(session, proxy, toxic.as_deref()),
        Action::Session(what) => sessions::run(session, what),
        // `run` does it.
        Action::Run(_) => Ok(String::new()),
        Action::Wait { timeout } => wait::run(session, *timeout),
        Action::Health { timeout } => wait::once(session, *timeout),
        Action::Completions { shell } => {
            let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            Ok(args::completions(client.manner, *shell, &kinds))
        }
    }
}
