//! `reset`: removes toxics and enables proxies, either all proxies or the named ones.

use super::switch::for_each;
use crate::cli::api::client::Verb;
use crate::cli::api::path::query;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::format::{OutputFormat, json};

/// Removes every toxic and enables every proxy. As JSON, it prints the proxies afterwards.
pub(crate) fn all(context: &mut CommandContext<'_>) -> Result<String, CommandError> {
    let api = context.api();
    let reset = api.send(Verb::Post, "/reset", None);
    reset.map_err(|error| error.in_doing("Failed to reset: "))?;
    if context.format() != OutputFormat::Json {
        return Ok("Reset: all toxics removed, all proxies enabled\n".to_owned());
    }
    let proxies = api.send(Verb::Get, "/proxies", None);
    let proxies = proxies.map_err(|error| error.in_doing("Failed to retrieve proxies: "))?;
    Ok(json(&proxies))
}

/// Removes the toxics of these proxies, and enables them.
pub(crate) fn proxies(
    context: &mut CommandContext<'_>,
    names: &[String],
) -> Result<String, CommandError> {
    for_each(context, names, "reset", |api, name| {
        let path = format!("/reset{}", query(&[("proxy", name)]));
        api.send(Verb::Post, &path, None)?;
        api.fetch(Verb::Get, &api.path(&["proxies", name]), None)
    })
}
