//! `update`: changes the addresses or the seed of a proxy, and nothing else.

use serde_json::json;

use super::proxies;
use super::toxic_options;
use crate::args::client::ProxyChange;
use crate::cli::api::client::Verb;
use crate::cli::api::view::Proxy;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: &str,
    change: &ProxyChange,
) -> Result<String, CommandError> {
    let ProxyChange {
        listen,
        upstream,
        seed,
    } = change;
    let mut body = json!({});
    toxic_options::put_of_proxy(None, *seed, &mut body);
    for (key, value) in [("listen", listen), ("upstream", upstream)] {
        if let (Some(value), Some(fields)) = (value, body.as_object_mut()) {
            fields.insert(key.into(), value.as_str().into());
        }
    }
    if body == json!({}) {
        let text = format!("Nothing is to be changed about proxy {name}");
        let hint = "Give --listen, --upstream or --seed; `aconite enable` and `aconite disable` change its state.";
        return Err(CommandError::local(text).with_hint(Some(hint.to_owned())));
    }
    let api = context.api();
    let doing = |error: RequestError| error.in_doing(format!("failed to update proxy {name}: "));
    // The server checks the body before the name; a wrong name is the more useful error.
    proxies::get(&api, name).map_err(doing)?;
    let path = api.path(&["proxies", name]);
    let updated = api.fetch::<Proxy>(Verb::Post, &path, Some(&body));
    let (proxy, answer) = updated.map_err(doing)?;
    Ok(context.json_or_text(&answer, || {
        let (listen, upstream) = (&proxy.listen, &proxy.upstream);
        format!(
            "Updated proxy {name}: {listen} -> {upstream}, {}\n",
            proxy.state()
        )
    }))
}
