//! Requests for a proxy, and how commands print one.

use serde_json::Value;

use crate::cli::api::client::{ApiClient, Verb};
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::colour::Colour;
use crate::wire::Proxy;

/// A proxy, as a value and as the API's JSON.
pub(crate) fn get(api: &ApiClient, name: &str) -> Result<(Proxy, Value), RequestError> {
    api.fetch(Verb::Get, &api.path(&["proxies", name]), None)
}

/// The same, for commands that are about a proxy.
pub(crate) fn retrieve(api: &ApiClient, name: &str) -> Result<(Proxy, Value), CommandError> {
    get(api, name).map_err(|error| error.in_doing(format!("Failed to retrieve proxy {name}: ")))
}

/// The same, for commands that are about a toxic; `outer` is the first line of Toxiproxy's client.
pub(crate) fn retrieve_for_toxic(
    api: &ApiClient,
    name: &str,
    outer: &'static str,
) -> Result<(Proxy, Value), CommandError> {
    get(api, name).map_err(|error| {
        let doing = format!("failed to retrieve proxy with name `{name}`: ");
        error.in_doing(doing).between(outer, "")
    })
}

/// A proxy's state: `enabled` or `disabled`.
pub(crate) fn state(proxy: &Proxy) -> &'static str {
    if proxy.enabled { "enabled" } else { "disabled" }
}

/// The colour of a proxy's state.
pub(crate) fn state_colour(proxy: &Proxy) -> Colour {
    if proxy.enabled {
        Colour::Green
    } else {
        Colour::Red
    }
}
