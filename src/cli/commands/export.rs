//! `config export`: prints the running proxies as a config file.

use crate::cli::api::client::Verb;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::format::json;

/// The same with `--json` and without, since a config file is JSON.
pub(crate) fn run(context: &mut CommandContext<'_>) -> Result<String, CommandError> {
    let config = context.api().send(Verb::Get, "/config", None);
    let config = config.map_err(|error| error.in_doing("Failed to export the config: "))?;
    Ok(json(&config))
}
