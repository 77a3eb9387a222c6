//! Maps a parsed command line to the command that executes it.

use super::commands::{
    completions, connections, create, delete, events, export, inspect, kill, list, profiles, reset,
    sessions, stats, switch, toggle, toxic_add, toxic_presets, toxic_remove, toxic_types,
    toxic_update, update, wait,
};
use super::context::{CommandContext, Environment};
use super::error::CommandError;
use super::output::command_output::{self, CommandOutput};
use super::run::{RunError, runner};
use crate::args::client::{Action, Client};

/// Carries out a command and returns what to print.
pub fn run(client: &Client, environment: &Environment) -> CommandOutput {
    let mut context = CommandContext::new(client, environment);
    let Action::Run(wanted) = &client.action else {
        let result = perform(client, &mut context);
        return command_output::of(client, environment, context.into_notes(), result);
    };
    match runner::run(&mut context, wanted) {
        Ok(output) => {
            command_output::with_notes(client, environment, &context.into_notes(), output)
        }
        Err(RunError { error, code }) => CommandOutput {
            code,
            ..command_output::of(client, environment, context.into_notes(), Err(error))
        },
    }
}

/// The command's standard output.
fn perform(client: &Client, context: &mut CommandContext<'_>) -> Result<String, CommandError> {
    match &client.action {
        Action::List => list::run(context),
        Action::Inspect { proxy } => inspect::run(context, proxy),
        Action::Create(proxy) => create::run(context, proxy),
        Action::Toggle { proxy, session } => toggle::run(context, proxy, session.as_deref()),
        Action::Switch {
            proxies,
            enabled,
            session,
        } => switch::run(context, proxies, *enabled, session.as_deref()),
        Action::UpdateProxy { proxy, change } => update::run(context, proxy, change),
        Action::ResetProxies { proxies } => reset::proxies(context, proxies),
        Action::Delete { proxy } => delete::run(context, proxy),
        Action::AddToxic { proxy, toxic } => toxic_add::run(context, proxy, toxic),
        Action::UpdateToxic { proxy, change } => toxic_update::run(context, proxy, change),
        Action::RemoveToxic { proxy, name } => toxic_remove::run(context, proxy, name),
        Action::Reset => reset::all(context),
        Action::Export => export::run(context),
        Action::Types { kind } => toxic_types::run(context, kind.as_deref()),
        Action::Presets { preset } => toxic_presets::run(context, preset.as_deref()),
        Action::Connections {
            proxy,
            after,
            limit,
        } => connections::run(context, proxy, *after, *limit),
        Action::Kill {
            proxy,
            connection,
            reset,
        } => kill::run(context, proxy, *connection, *reset),
        Action::Events(wanted) => events::run(context, wanted),
        Action::Stats { proxy, toxic } => stats::run(context, proxy, toxic.as_deref()),
        Action::Profile(what) => profiles::run(context, what),
        Action::Session(what) => sessions::run(context, what),
        Action::Wait { timeout } => wait::run(context, *timeout),
        Action::Health { timeout } => wait::once(context, *timeout),
        Action::Completions { shell } => Ok(completions::run(client.dialect, *shell)),
        // `run` above handles it, since it has exit codes of its own.
        Action::Run(_) => Ok(String::new()),
    }
}
