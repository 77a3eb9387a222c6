//! `list`: prints all proxies, by name.

use std::collections::BTreeMap;

use super::proxies::{state, state_colour};
use crate::cli::api::client::Verb;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::colour::{Cell, Colour, Palette};
use crate::cli::output::format::{OutputFormat, json};
use crate::cli::output::table::table as aligned;
use crate::wire::Proxy;

pub(crate) fn run(context: &mut CommandContext<'_>) -> Result<String, CommandError> {
    let api = context.api();
    let listed = api.fetch::<BTreeMap<String, Proxy>>(Verb::Get, "/proxies", None);
    let (proxies, answer) =
        listed.map_err(|error| error.in_doing("Failed to retrieve proxies: "))?;
    let proxies: Vec<Proxy> = proxies.into_values().collect();
    let palette = context.palette();
    Ok(match context.format() {
        OutputFormat::Json => json(&answer),
        OutputFormat::Plain => lines(&proxies),
        OutputFormat::Columns => columns(&proxies),
        OutputFormat::Toxiproxy => toxiproxy_list(palette, &proxies),
        OutputFormat::Table => table(palette, &proxies, context.width()),
    })
}

const HEADING: [&str; 5] = ["NAME", "LISTEN", "UPSTREAM", "STATE", "TOXICS"];

const PROFILE: &str = "PROFILE";

fn lines(proxies: &[Proxy]) -> String {
    proxies.iter().map(plain).collect()
}

/// The profiles come last, so that a program finds the other columns at the same positions.
fn columns(proxies: &[Proxy]) -> String {
    let heading = format!("{}\n", HEADING.join("\t"));
    let text = heading + &lines(proxies);
    match profiles(proxies) {
        None => text,
        Some(cells) => {
            let lines = text.lines().zip(cells);
            lines
                .map(|(line, cell)| format!("{line}\t{cell}\n"))
                .collect()
        }
    }
}

/// The cells of the column for profiles, with its heading. `None`: no proxy has one.
fn profiles(proxies: &[Proxy]) -> Option<impl Iterator<Item = String>> {
    let is_any = proxies.iter().any(|proxy| proxy.profile.is_some());
    let cells = proxies.iter().map(|proxy| or_dash(proxy.profile.clone()));
    is_any.then(|| std::iter::once(PROFILE.to_owned()).chain(cells))
}

fn plain(proxy: &Proxy) -> String {
    let Proxy {
        name,
        listen,
        upstream,
        ..
    } = proxy;
    let (state, toxics) = (state(proxy), proxy.toxics.len());
    format!("{name}\t{listen}\t{upstream}\t{state}\t{toxics}\n")
}

fn table(palette: Palette, proxies: &[Proxy], width: Option<usize>) -> String {
    if proxies.is_empty() {
        return "There are no proxies. Create one: aconite create NAME --listen HOST:PORT --upstream HOST:PORT\n".into();
    }
    let mut rows = vec![HEADING.map(|cell| (cell.to_owned(), None)).to_vec()];
    rows.extend(proxies.iter().map(row));
    for (row, cell) in rows.iter_mut().zip(profiles(proxies).into_iter().flatten()) {
        row.insert(HEADING.len() - 1, (cell, None));
    }
    aligned(palette, &rows, width)
}

fn row(proxy: &Proxy) -> Vec<Cell> {
    let toxics = proxy.toxics.iter().map(|toxic| toxic.name.as_str());
    let toxics = toxics.collect::<Vec<_>>().join(", ");
    vec![
        (proxy.name.clone(), None),
        (proxy.listen.clone(), Some(Colour::Blue)),
        (proxy.upstream.clone(), Some(Colour::Yellow)),
        (state(proxy).to_owned(), Some(state_colour(proxy))),
        (or_dash(Some(toxics).filter(|text| !text.is_empty())), None),
    ]
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// The widths of the columns that Toxiproxy's client prints on a terminal.
const WIDTHS: [usize; 4] = [24, 16, 24, 16];

fn toxiproxy_list(palette: Palette, proxies: &[Proxy]) -> String {
    let end = palette.end();
    let heading = [
        ("Name", Colour::Green),
        ("Listen", Colour::Blue),
        ("Upstream", Colour::Yellow),
        ("Enabled", Colour::Purple),
    ];
    let mut text = String::new();
    for ((title, colour), width) in heading.into_iter().zip(WIDTHS) {
        text.push_str(&format!(
            "{}{title}{}",
            palette.start(colour),
            tabs(title, width)
        ));
    }
    let rule = "=".repeat(86);
    text.push_str(&format!(
        "{}Toxics\n{end}{end}{rule}\n",
        palette.start(Colour::Red)
    ));
    if proxies.is_empty() {
        let none = palette.start(Colour::Red);
        text.push_str(&format!("{none}no proxies\n{end}"));
    }
    for proxy in proxies {
        text.push_str(&toxiproxy_row(palette, proxy));
    }
    let hint = if proxies.is_empty() {
        "create a proxy with `toxiproxy-cli create`"
    } else {
        "inspect toxics with `toxiproxy-cli inspect <proxyName>`"
    };
    text.push_str(&format!("\n{end}Hint: {hint}\n"));
    text
}

fn toxiproxy_row(palette: Palette, proxy: &Proxy) -> String {
    let cells = [
        (proxy.name.as_str(), state_colour(proxy)),
        (&proxy.listen, Colour::Blue),
        (&proxy.upstream, Colour::Yellow),
        (state(proxy), Colour::Purple),
    ];
    let mut row = String::new();
    for ((cell, colour), width) in cells.into_iter().zip(WIDTHS) {
        row.push_str(&palette.text(colour, cell));
        row.push_str(&tabs(cell, width));
    }
    let toxics = match proxy.toxics.len() {
        0 => "None".to_owned(),
        count => count.to_string(),
    };
    row.push_str(&palette.text(Colour::Red, &toxics));
    row.push('\n');
    row
}

/// The tabs that fill a column after its cell; at least one.
fn tabs(cell: &str, width: usize) -> String {
    const TAB: usize = 8;
    let rest = width.saturating_sub(cell.chars().count());
    "\t".repeat(rest.div_ceil(TAB).max(1))
}
