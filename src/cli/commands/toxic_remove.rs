//! `toxic remove`: removes a toxic from a proxy.

use serde_json::Value;

use super::proxies;
use crate::cli::api::client::Verb;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;

/// The first line that Toxiproxy's client prints.
const DOING: &str = "Failed to remove toxic: ";

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    proxy: &str,
    name: &str,
) -> Result<String, CommandError> {
    let api = context.api();
    let (_, before) = proxies::retrieve_for_toxic(&api, proxy, DOING)?;
    let path = api.path(&["proxies", proxy, "toxics", name]);
    let removed = api.send(Verb::Delete, &path, None);
    removed.map_err(|error| {
        let doing = format!("failed to remove toxic '{name}' from proxy '{proxy}': ");
        error.in_doing(doing).between(DOING, "")
    })?;
    let toxics = before.get("toxics").and_then(Value::as_array);
    let toxic = toxics.and_then(|toxics| toxics.iter().find(|toxic| toxic["name"] == name));
    Ok(context.json_or_text(toxic.unwrap_or(&Value::Null), || {
        format!("Removed toxic '{name}' on proxy '{proxy}'\n")
    }))
}
