//! `kill`: ends a connection.

use serde_json::json;

use crate::cli::api::client::Verb;
use crate::cli::api::path::query;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    proxy: &str,
    connection: u64,
    reset: bool,
) -> Result<String, CommandError> {
    let api = context.api();
    let how = if reset { "rst" } else { "fin" };
    let id = connection.to_string();
    let path = api.path(&["proxies", proxy, "connections", &id]);
    let ended = api.send(Verb::Delete, &(path + &query(&[("how", how)])), None);
    ended.map_err(|error| {
        error.in_doing(format!("failed to end connection {id} of proxy {proxy}: "))
    })?;
    let done = json!({ "proxy": proxy, "connection": connection, "how": how });
    Ok(context.json_or_text(&done, || {
        let verb = if reset { "Reset" } else { "Ended" };
        format!("{verb} connection {id} of proxy {proxy}\n")
    }))
}
