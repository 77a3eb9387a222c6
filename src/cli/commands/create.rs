//! `create`: creates a proxy, with toxics from its first connection on.

use super::attributes;
use super::http::{check_http, http_body};
use super::toxic_add;
use super::toxic_body::new_toxic;
use crate::args::client::NewProxy;
use crate::cli::api::client::{Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::format::OutputFormat;
use crate::wire::{self, Proxy};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    new: &NewProxy,
) -> Result<String, CommandError> {
    for toxic in &new.toxics {
        attributes::check(context, &toxic.kind, &toxic.attributes)?;
    }
    let dialect = context.dialect();
    let toxics = new.toxics.iter().map(|toxic| new_toxic(dialect, toxic));
    let body = wire::NewProxy {
        name: new.name.clone(),
        listen: new.listen.clone(),
        upstream: new.upstream.clone(),
        http: new.http.as_ref().map(http_body),
        enabled: Some(new.enabled),
        toxics: toxics.collect::<Result<_, _>>()?,
        profile: new.profile.clone(),
        seed: new.seed,
        session: new.session.clone(),
    };
    let created = context
        .api()
        .fetch::<Proxy>(Verb::Post, "/proxies", Some(Body::of(&body)));
    let (proxy, answer) = created.map_err(|error| {
        let kinds = new.toxics.iter().map(|toxic| toxic.kind.as_str());
        let hint = attributes::kind_hint(&error, kinds);
        error
            .in_doing("Failed to create proxy: ")
            .between("", "Create: ")
            .with_hint(hint)
    })?;
    check_whole(new, &proxy)?;
    check_http(new.http.as_ref(), &proxy)?;
    Ok(context.json_or_text(&answer, || {
        let toxics = proxy.toxics.iter();
        let toxics: String = toxics
            .map(|toxic| toxic_add::line(toxic, &new.name))
            .collect();
        let listening = match context.format() {
            OutputFormat::Table | OutputFormat::Columns if proxy.enabled => {
                format!(", listening on {}", proxy.listen)
            }
            _ => String::new(),
        };
        let profile = proxy.profile.iter();
        let profile: String = profile
            .map(|profile| format!("Profile {profile} is on proxy {}\n", new.name))
            .collect();
        format!(
            "Created new proxy {}{listening}\n{profile}{toxics}",
            new.name
        )
    }))
}

/// Errors: the server has ignored the profile or the toxics.
fn check_whole(new: &NewProxy, proxy: &Proxy) -> Result<(), CommandError> {
    let profile = new.profile.as_deref().filter(|name| !name.is_empty());
    if profile != proxy.profile.as_deref() {
        let text = "The proxy was created, but without its profile: this server has no profiles";
        return Err(CommandError::local(text));
    }
    if proxy.toxics.len() < new.toxics.len() {
        let text =
            "The proxy was created, but without its toxics: this server takes none with a proxy";
        let hint = "Add them with `toxic add`.".to_owned();
        return Err(CommandError::local(text).with_hint(Some(hint)));
    }
    Ok(())
}
