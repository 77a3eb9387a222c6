//! `update`: changes only the named addresses, HTTP or seed of a proxy.

use super::http::{check_http, http_body};
use super::proxies::{self, state};
use crate::args::client::ProxyChange;
use crate::cli::api::client::{Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::wire::{self, Proxy};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: &str,
    change: &ProxyChange,
) -> Result<String, CommandError> {
    if *change == ProxyChange::default() {
        let text = format!("Nothing is to be changed about proxy {name}");
        let hint = "Give --listen, --upstream, --http or --seed; `aconite enable` and `aconite disable` change its state.";
        return Err(CommandError::local(text).with_hint(Some(hint.to_owned())));
    }
    let body = wire::ProxyChange {
        listen: change.listen.clone(),
        upstream: change.upstream.clone(),
        http: change.http.as_ref().map(http_body),
        seed: change.seed,
        ..wire::ProxyChange::default()
    };
    let api = context.api();
    let doing = |error: RequestError| error.in_doing(format!("failed to update proxy {name}: "));
    // The server checks the body before the name; an error about a wrong name is more useful.
    proxies::get(&api, name).map_err(doing)?;
    let path = api.path(&["proxies", name]);
    let updated = api.fetch::<Proxy>(Verb::Post, &path, Some(Body::of(&body)));
    let (proxy, answer) = updated.map_err(doing)?;
    check_http(change.http.as_ref(), &proxy)?;
    Ok(context.json_or_text(&answer, || {
        let (listen, upstream) = (&proxy.listen, &proxy.upstream);
        format!(
            "Updated proxy {name}: {listen} -> {upstream}, {}\n",
            state(&proxy)
        )
    }))
}
