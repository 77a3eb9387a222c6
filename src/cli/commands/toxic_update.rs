//! `toxic update`: changes only the attributes and options that are named.

use super::attribute_values;
use super::attributes;
use super::message;
use super::proxies;
use super::toxic_body;
use crate::args::client::{Change, ToxicOptions};
use crate::cli::api::client::{Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::wire::ToxicChange;

/// The first line that Toxiproxy's client prints.
const DOING: &str = "Failed to update toxic: ";

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    proxy: &str,
    change: &Change,
) -> Result<String, CommandError> {
    let name = change.name.as_str();
    let is_empty = change.toxicity.is_none()
        && change.attributes.is_empty()
        && change.headers.is_empty()
        && change.body.is_none()
        && change.options == ToxicOptions::default();
    if is_empty {
        let text = format!("Nothing is to be changed about toxic {name}");
        let hint = "Give --attribute NAME=VALUE, --toxicity or another flag: see `aconite toxic update --help`.";
        return Err(CommandError::local(text).with_hint(Some(hint.to_owned())));
    }
    let api = context.api();
    let (before, _) = proxies::retrieve_for_toxic(&api, proxy, DOING)?;
    let present = before.toxics.iter().find(|toxic| toxic.name == name);
    let kind = present.map_or("", |toxic| toxic.kind.as_str());
    attributes::check(context, kind, &change.attributes)?;
    let mut attributes = attribute_values::placed(context.dialect(), kind, &change.attributes)?;
    let members = message::members(&change.headers, change.body.as_ref())?;
    attributes.beside.0.extend(members);
    let body = ToxicChange {
        toxicity: change.toxicity,
        attributes: attributes.inside,
        options: toxic_body::options(&change.options),
        beside: attributes.beside,
    };
    let path = api.path(&["proxies", proxy, "toxics", name]);
    let answer = api.send(Verb::Post, &path, Some(Body::of(&body)));
    let answer = answer.map_err(|error| {
        let doing = format!("failed to update toxic '{name}' of proxy '{proxy}': ");
        error.in_doing(doing).between(DOING, "")
    })?;
    Ok(context.json_or_text(&answer, || {
        format!("Updated toxic '{name}' on proxy '{proxy}'\n")
    }))
}
