//! `toxic add`: adds a toxic to a proxy.

use super::attributes;
use super::proxies;
use super::toxic_body::new_toxic;
use crate::args::client::{NewToxic, Stream};
use crate::cli::api::client::{Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::wire::Toxic;

/// The first line that Toxiproxy's client prints.
const DOING: &str = "Failed to add toxic: ";

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    proxy: &str,
    new: &NewToxic,
) -> Result<String, CommandError> {
    attributes::check(context, &new.kind, &new.attributes)?;
    let body = new_toxic(context.dialect(), new)?;
    let api = context.api();
    proxies::retrieve_for_toxic(&api, proxy, DOING)?;
    let path = api.path(&["proxies", proxy, "toxics"]);
    let added = api.fetch::<Toxic>(Verb::Post, &path, Some(Body::of(&body)));
    let (toxic, answer) = added.map_err(|error| {
        let hint = attributes::kind_hint(&error, [new.kind.as_str()]);
        let doing = format!("failed to add toxic to proxy {proxy}: ");
        error
            .in_doing(doing)
            .between(DOING, "AddToxic: ")
            .with_hint(hint)
    })?;
    Ok(context.json_or_text(&answer, || {
        let partner = partner(&toxic).map(|partner| line(&partner, proxy));
        partner.unwrap_or_default() + &line(&toxic, proxy)
    }))
}

/// The upstream toxic that was added together with this one, if both streams were asked for.
pub(crate) fn partner(added: &Toxic) -> Option<Toxic> {
    let name = added.options.partner.clone()?;
    Some(Toxic {
        name,
        stream: Stream::Upstream.name().to_owned(),
        ..added.clone()
    })
}

/// What is printed about the added toxic.
pub(crate) fn line(toxic: &Toxic, proxy: &str) -> String {
    let Toxic {
        name, kind, stream, ..
    } = toxic;
    format!("Added {stream} {kind} toxic '{name}' on proxy '{proxy}'\n")
}
