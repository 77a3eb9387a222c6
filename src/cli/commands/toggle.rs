//! `toggle`: enables a disabled proxy, and disables an enabled one.

use serde_json::json;

use super::proxies;
use super::toxic_options;
use crate::cli::api::client::Verb;
use crate::cli::api::view::Proxy;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;

/// `session` is the session at whose end a disabled proxy is enabled again.
pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: &str,
    session: Option<&str>,
) -> Result<String, CommandError> {
    let api = context.api();
    let (proxy, _) = proxies::retrieve(&api, name)?;
    let mut change = json!({ "enabled": !proxy.enabled });
    if session.is_some() && !proxy.enabled {
        let text = format!(
            "Proxy {name} is disabled already, and toggle would enable it: --session is for disabling one"
        );
        let hint = "Leave --session out to enable it.".to_owned();
        return Err(CommandError::local(text).with_hint(Some(hint)));
    }
    toxic_options::put_of_proxy(session, None, &mut change);
    let path = api.path(&["proxies", name]);
    let toggled = api.fetch::<Proxy>(Verb::Post, &path, Some(&change));
    let (proxy, answer) =
        toggled.map_err(|error| error.in_doing(format!("Failed to toggle proxy {name}: ")))?;
    Ok(context.json_or_text(&answer, || {
        let colour = proxies::state_colour(&proxy);
        let palette = context.palette();
        let state = palette.text(colour, proxy.state());
        let name = palette.text(colour, name);
        let until = session.filter(|session| answer.get("session") == Some(&json!(session)));
        let until = until.map(|session| format!(" until session {session} ends"));
        format!("Proxy {name} is now {state}{}\n", until.unwrap_or_default())
    }))
}
