//! `delete`: deletes a proxy.

use super::proxies;
use crate::cli::api::client::Verb;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;

pub(crate) fn run(context: &mut CommandContext<'_>, name: &str) -> Result<String, CommandError> {
    let api = context.api();
    let (_, proxy) = proxies::retrieve(&api, name)?;
    let path = api.path(&["proxies", name]);
    let deleted = api.send(Verb::Delete, &path, None);
    deleted.map_err(|error| error.in_doing(format!("Failed to delete proxy {name}: ")))?;
    Ok(context.json_or_text(&proxy, || format!("Deleted proxy {name}\n")))
}
