//! `inspect`: prints a proxy's toxics.

use super::proxies::{retrieve, state, state_colour};
use super::shown_attributes;
use super::toxic_options::{settings, when};
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::colour::{Cell, Colour, Palette};
use crate::cli::output::format::{OutputFormat, json};
use crate::cli::output::go_number;
use crate::cli::output::table::{in_a_row, table as aligned};
use crate::toxics::Catalogue;
use crate::util::text::escape;
use crate::wire::{Proxy, Toxic};

pub(crate) fn run(context: &mut CommandContext<'_>, name: &str) -> Result<String, CommandError> {
    let (mut proxy, answer) = retrieve(&context.api(), name)?;
    // Upstream first, as Toxiproxy's client prints them; the order within a stream is kept.
    proxy.toxics.sort_by_key(|toxic| toxic.stream != "upstream");
    for toxic in &mut proxy.toxics {
        toxic
            .attributes
            .0
            .sort_by(|(name, _), (other, _)| name.cmp(other));
    }
    let palette = context.palette();
    Ok(match context.format() {
        OutputFormat::Json => json(&answer),
        OutputFormat::Plain => {
            let lines = proxy.toxics.iter();
            lines
                .map(|toxic| format!("{}\t{}\n", toxic.name, toxiproxy_values(toxic)))
                .collect()
        }
        OutputFormat::Columns => columns(&proxy.toxics),
        OutputFormat::Toxiproxy => toxiproxy_details(palette, &proxy),
        OutputFormat::Table => table(context, &proxy),
    })
}

/// What Toxiproxy's client prints after a toxic's name.
fn toxiproxy_values(toxic: &Toxic) -> String {
    let attributes = toxic.attributes.0.iter();
    let attributes =
        attributes.map(|(name, value)| format!("{name}={}\t", go_number::format(value)));
    format!(
        "type={}\tstream={}\ttoxicity={:.2}\tattributes=[\t{}]",
        toxic.kind,
        toxic.stream,
        toxic.toxicity,
        attributes.collect::<String>()
    )
}

fn table(context: &CommandContext<'_>, proxy: &Proxy) -> String {
    let mut head = vec![
        (proxy.name.clone(), None),
        (proxy.listen.clone(), Some(Colour::Blue)),
        ("->".to_owned(), None),
        (proxy.upstream.clone(), Some(Colour::Yellow)),
        (state(proxy).to_owned(), Some(state_colour(proxy))),
    ];
    if let Some(profile) = &proxy.profile {
        head.push((format!("profile {profile}"), None));
    }
    let head = in_a_row(context.palette(), &head, context.width());
    if proxy.toxics.is_empty() {
        let name = escape(&proxy.name);
        return format!(
            "{head}\nIt has no toxics. Add one: aconite toxic add {name} --type TYPE\n"
        );
    }
    let toxics = toxics_text(context, &proxy.name, &proxy.toxics);
    format!("{head}\n{toxics}")
}

/// Toxics as this command prints them for people and for programs.
pub(crate) fn toxics_text(context: &CommandContext<'_>, proxy: &str, list: &[Toxic]) -> String {
    if context.format() != OutputFormat::Table {
        return columns(list);
    }
    let (rows, is_cut) = toxics(list);
    let mut text = aligned(context.palette(), &rows, context.width());
    if is_cut {
        let name = escape(proxy);
        text.push_str(&format!(
            "\nLong values are cut: aconite inspect {name} --json prints them whole.\n"
        ));
    }
    text
}

/// Always includes every column, so that a program finds each at the same position.
fn columns(toxics: &[Toxic]) -> String {
    let heading = HEADING.map(str::to_owned);
    let rows = toxics
        .iter()
        .map(|toxic| cells(toxic, shown_attributes::whole(toxic)));
    let rows = std::iter::once(heading).chain(rows);
    rows.map(|row| format!("{}\n", row.join("\t"))).collect()
}

const HEADING: [&str; 7] = [
    "TOXIC",
    "TYPE",
    "STREAM",
    "TOXICITY",
    "ATTRIBUTES",
    "WHEN",
    "SETTINGS",
];

fn cells(toxic: &Toxic, attributes: String) -> [String; 7] {
    let or_dash = |text: String| if text.is_empty() { "-".into() } else { text };
    [
        toxic.name.clone(),
        toxic.kind.clone(),
        toxic.stream.clone(),
        toxic.toxicity.to_string(),
        or_dash(attributes),
        or_dash(when(&toxic.options)),
        or_dash(settings(&toxic.options)),
    ]
}

/// Rows with a heading, and whether a value was shortened. The columns for options are left out if
/// no toxic has any.
fn toxics(toxics: &[Toxic]) -> (Vec<Vec<Cell>>, bool) {
    let is_timed = toxics.iter().any(|toxic| !when(&toxic.options).is_empty());
    let is_set = toxics
        .iter()
        .any(|toxic| !settings(&toxic.options).is_empty());
    let shown = [true, true, true, true, true, is_timed, is_set];
    let row = |cells: [String; 7], name: Option<Colour>| {
        let colours = std::iter::once(name).chain(std::iter::repeat(None));
        let shown = cells.into_iter().zip(colours).zip(shown);
        let shown = shown.filter(|(_, shown)| *shown);
        shown.map(|(cell, _)| cell).collect()
    };
    let mut rows = vec![row(HEADING.map(str::to_owned), None)];
    let catalogue = Catalogue::default();
    let mut is_any_cut = false;
    for toxic in toxics {
        let (attributes, is_cut) = shown_attributes::brief(&catalogue, toxic);
        is_any_cut |= is_cut;
        rows.push(row(cells(toxic, attributes), Some(Colour::Blue)));
    }
    (rows, is_any_cut)
}

fn toxiproxy_details(palette: Palette, proxy: &Proxy) -> String {
    let end = palette.end();
    let label = |colour, text| palette.text(colour, text);
    let rule = "=".repeat(70);
    let mut text = format!(
        "{}{}\t{}{}\t{}{}\n{end}{rule}\n",
        label(Colour::Purple, "Name: "),
        proxy.name,
        label(Colour::Blue, "Listen: "),
        proxy.listen,
        label(Colour::Yellow, "Upstream: "),
        proxy.upstream,
    );
    if proxy.toxics.is_empty() {
        text.push_str(&palette.text(Colour::Red, "Proxy has no toxics enabled.\n"));
    } else {
        text.push_str(&toxiproxy_stream(palette, proxy, "upstream", "Upstream"));
        text.push('\n');
        text.push_str(&toxiproxy_stream(
            palette,
            proxy,
            "downstream",
            "Downstream",
        ));
    }
    text.push_str(&format!(
        "\n{end}Hint: add a toxic with `toxiproxy-cli toxic add`\n"
    ));
    text
}

fn toxiproxy_stream(palette: Palette, proxy: &Proxy, stream: &str, title: &str) -> String {
    let mut text = palette.text(Colour::Green, &format!("{title} toxics:\n"));
    let toxics = proxy.toxics.iter().filter(|toxic| toxic.stream == stream);
    let lines: String = toxics
        .map(|toxic| {
            let name = palette.text(Colour::Blue, &format!("{}:", toxic.name));
            format!("{name}\t{}\n", toxiproxy_values(toxic))
        })
        .collect();
    if lines.is_empty() {
        let none = format!("Proxy has no {title} toxics enabled.\n");
        text.push_str(&palette.text(Colour::Red, &none));
    } else {
        text.push_str(&lines);
    }
    text
}
