//! `profile list`, `show`, `set` and `clear`.

use serde_json::{Value, json};

use super::{inspect, toxic_body};
use crate::args::client::{OnProfile, ToxicOptions};
use crate::cli::api::client::{Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::format::{OutputFormat, json};
use crate::cli::output::wrap::{INDENT, hanging};
use crate::util::text::shorten;
use crate::wire::{NewProfile, Profile, ProfileOnProxy, ProfileToxic, Profiles};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    what: &OnProfile,
) -> Result<String, CommandError> {
    match what {
        OnProfile::List => list(context),
        OnProfile::Show { proxy } => show(context, proxy),
        OnProfile::Set {
            proxy,
            name,
            options,
        } => set(context, proxy, name, options),
        OnProfile::Clear { proxy } => clear(context, proxy),
    }
}

fn list(context: &CommandContext<'_>) -> Result<String, CommandError> {
    let listed = context
        .api()
        .fetch::<Profiles>(Verb::Get, "/profiles", None);
    let (list, answer) = listed.map_err(|error| error.in_doing("failed to list the profiles: "))?;
    if context.format() == OutputFormat::Json {
        return Ok(json(&answer));
    }
    let mut rows: Vec<_> = list.profiles.iter().map(row).collect();
    if let Some(width) = context.width() {
        rows.iter_mut().for_each(|row| shorten_last(row, width));
    }
    let heading = ["PROFILE", "RTT", "DOWN", "UP", "DESCRIPTION"];
    Ok(context.rows(heading, &rows, "There are no profiles."))
}

fn row(profile: &Profile) -> [String; 5] {
    let all = || profile.upstream.iter().chain(&profile.downstream);
    let latency: i64 = all().filter_map(|toxic| number(toxic, "latency")).sum();
    let jitter: i64 = all().filter_map(|toxic| number(toxic, "jitter")).sum();
    let round_trip = match (latency, jitter) {
        (0, 0) => "-".to_owned(),
        (latency, 0) => format!("{latency} ms"),
        (latency, jitter) => format!("{latency} ± {jitter} ms"),
    };
    [
        profile.name.clone(),
        round_trip,
        rate(&profile.downstream),
        rate(&profile.upstream),
        profile.description.clone(),
    ]
}

/// Cuts a description that would need more than one line below its row.
fn shorten_last([.., description]: &mut [String; 5], width: usize) {
    let short = shorten(
        description,
        width.saturating_sub(INDENT + "…".chars().count()),
    );
    *description = short.into_owned();
}

/// The lowest limit of a direction.
fn rate(toxics: &[ProfileToxic]) -> String {
    let limits = toxics.iter().filter_map(|toxic| number(toxic, "rate"));
    match limits.min() {
        Some(rate) => format!("{rate} KB/s"),
        None => "-".to_owned(),
    }
}

fn number(toxic: &ProfileToxic, name: &str) -> Option<i64> {
    let mut attributes = toxic.attributes.0.iter();
    let (_, value) = attributes.find(|(attribute, _)| attribute == name)?;
    value.as_i64()
}

fn show(context: &CommandContext<'_>, proxy: &str) -> Result<String, CommandError> {
    let api = context.api();
    let path = api.path(&["proxies", proxy, "profile"]);
    let shown = api.fetch::<ProfileOnProxy>(Verb::Get, &path, None);
    let doing = format!("failed to show the profile of proxy {proxy}: ");
    let (profile, answer) = shown.map_err(|error| error.in_doing(doing))?;
    Ok(context.json_or_text(&answer, || {
        let line = |text: String| hanging(&text, 0, context.width());
        let mut text = line(format!("{}: {}", profile.name, profile.description));
        if !profile.source.is_empty() {
            text.push_str(&line(format!("source: {}", profile.source)));
        }
        for (what, names) in [("removed", &profile.missing), ("changed", &profile.changed)] {
            if !names.is_empty() {
                text.push_str(&line(format!("{what} since: {}", names.join(", "))));
            }
        }
        text + &inspect::toxics_text(context, proxy, &profile.toxics)
    }))
}

fn set(
    context: &CommandContext<'_>,
    proxy: &str,
    name: &str,
    options: &ToxicOptions,
) -> Result<String, CommandError> {
    let api = context.api();
    let path = api.path(&["proxies", proxy, "profile"]);
    let body = Body::of(&NewProfile {
        name: name.to_owned(),
        options: toxic_body::options(options),
    });
    let set = api.fetch::<ProfileOnProxy>(Verb::Put, &path, Some(body));
    let doing = format!("failed to put profile {name} on proxy {proxy}: ");
    let (profile, answer) = set.map_err(|error| error.in_doing(doing))?;
    Ok(context.json_or_text(&answer, || line(&profile, proxy)))
}

/// What is printed about a profile that was put on.
pub(crate) fn line(profile: &ProfileOnProxy, proxy: &str) -> String {
    let ProfileOnProxy { name, toxics, .. } = profile;
    let count = toxics.len();
    format!("Profile {name} is on proxy {proxy}, with {count} toxics\n")
}

fn clear(context: &CommandContext<'_>, proxy: &str) -> Result<String, CommandError> {
    let api = context.api();
    let path = api.path(&["proxies", proxy, "profile"]);
    let cleared = api.send(Verb::Delete, &path, None);
    let doing = format!("failed to take the profile off proxy {proxy}: ");
    cleared.map_err(|error| error.in_doing(doing))?;
    let answer: Value = json!({ "name": proxy });
    Ok(context.json_or_text(&answer, || {
        format!("Proxy {proxy} has no profile any more\n")
    }))
}
