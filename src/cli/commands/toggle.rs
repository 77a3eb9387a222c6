//! `toggle`: enables a disabled proxy, and disables an enabled one.

use super::proxies::{retrieve, state, state_colour};
use crate::cli::api::client::{Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::wire::{Proxy, ProxyChange};

/// `session` is the session at whose end a disabled proxy is enabled again.
pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: &str,
    session: Option<&str>,
) -> Result<String, CommandError> {
    let api = context.api();
    let (proxy, _) = retrieve(&api, name)?;
    if session.is_some() && !proxy.enabled {
        let text = format!(
            "Proxy {name} is disabled already, and toggle would enable it: --session is for disabling one"
        );
        let hint = "Leave --session out to enable it.".to_owned();
        return Err(CommandError::local(text).with_hint(Some(hint)));
    }
    let change = ProxyChange {
        enabled: Some(!proxy.enabled),
        session: session.map(str::to_owned),
        ..ProxyChange::default()
    };
    let path = api.path(&["proxies", name]);
    let toggled = api.fetch::<Proxy>(Verb::Post, &path, Some(Body::of(&change)));
    let (proxy, answer) =
        toggled.map_err(|error| error.in_doing(format!("Failed to toggle proxy {name}: ")))?;
    Ok(context.json_or_text(&answer, || {
        let colour = state_colour(&proxy);
        let palette = context.palette();
        let state = palette.text(colour, state(&proxy));
        let name = palette.text(colour, name);
        let until = session.filter(|session| proxy.session.as_deref() == Some(*session));
        let until = until.map(|session| format!(" until session {session} ends"));
        format!("Proxy {name} is now {state}{}\n", until.unwrap_or_default())
    }))
}
