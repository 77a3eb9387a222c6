//! `list`: all proxies, by name.

use std::collections::BTreeMap;

use super::api::Verb;
use super::context::{CommandContext, OutputFormat, json};
use super::failure::Problem;
use super::paint::{self, Colour, Paint};
use super::view::{self, Proxy};

pub(super) fn run(session: &mut CommandContext<'_>) -> Result<String, Problem> {
    let api = session.api();
    let answer = api.send(Verb::Get, "/proxies", None);
    let answer = answer.and_then(|answer| {
        let proxies: BTreeMap<String, Proxy> = view::read(&answer)?;
        Ok((answer, proxies))
    });
    let (answer, proxies) =
        answer.map_err(|failure| failure.in_doing("Failed to retrieve proxies: "))?;
    let proxies: Vec<Proxy> = proxies.into_values().collect();
    let paint = session.paint();
    Ok(match session.look() {
        OutputFormat::Json => json(&answer),
        OutputFormat::Plain => lines(&proxies),
        OutputFormat::Columns => format!("{}\n", HEADING.join("\t")) + &lines(&proxies),
        OutputFormat::Toxiproxy => reference(paint, &proxies),
        OutputFormat::Table => table(paint, &proxies),
    })
}

const HEADING: [&str; 5] = ["NAME", "LISTEN", "UPSTREAM", "STATE", "TOXICS"];

fn lines(proxies: &[Proxy]) -> String {
    proxies.iter().map(plain).collect()
}

fn plain(proxy: &Proxy) -> String {
    let Proxy {
        name,
        listen,
        upstream,
        ..
    } = proxy;
    let (state, toxics) = (proxy.state(), proxy.toxics.len());
    format!("{name}\t{listen}\t{upstream}\t{state}\t{toxics}\n")
}

fn state_colour(proxy: &Proxy) -> Colour {
    if proxy.enabled {
        Colour::Green
    } else {
        Colour::Red
    }
}

fn table(paint: Paint, proxies: &[Proxy]) -> String {
    if proxies.is_empty() {
        return "There are no proxies. Make one: aconite create NAME --listen HOST:PORT --upstream HOST:PORT\n".into();
    }
    let mut rows = vec![HEADING.map(|cell| (cell.to_owned(), None)).to_vec()];
    rows.extend(proxies.iter().map(|proxy| {
        let toxics: Vec<&str> = proxy
            .toxics
            .iter()
            .map(|toxic| toxic.name.as_str())
            .collect();
        let toxics = if toxics.is_empty() {
            "-".into()
        } else {
            toxics.join(", ")
        };
        vec![
            (proxy.name.clone(), None),
            (proxy.listen.clone(), Some(Colour::Blue)),
            (proxy.upstream.clone(), Some(Colour::Yellow)),
            (proxy.state().to_owned(), Some(state_colour(proxy))),
            (toxics, None),
        ]
    }));
    paint::table(paint, &rows)
}

/// The reference's columns on a terminal: how wide, in columns of a terminal, and which colour.
const WIDTHS: [usize; 4] = [24, 16, 24, 16];

fn reference(paint: Paint, proxies: &[Proxy]) -> String {
    let end = paint.end();
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
            paint.start(colour),
            tabs(title, width)
        ));
    }
    let rule = "=".repeat(86);
    text.push_str(&format!(
        "{}Toxics\n{end}{end}{rule}\n",
        paint.start(Colour::Red)
    ));
    if proxies.is_empty() {
        let none = paint.start(Colour::Red);
        text.push_str(&format!("{none}no proxies\n{end}"));
    }
    for proxy in proxies {
        text.push_str(&reference_row(paint, proxy));
    }
    let hint = if proxies.is_empty() {
        "create a proxy with `toxiproxy-cli create`"
    } else {
        "inspect toxics with `toxiproxy-cli inspect <proxyName>`"
    };
    text.push_str(&format!("\n{end}Hint: {hint}\n"));
    text
}

fn reference_row(paint: Paint, proxy: &Proxy) -> String {
    let cells = [
        (proxy.name.as_str(), state_colour(proxy)),
        (&proxy.listen, Colour::Blue),
        (&proxy.upstream, Colour::Yellow),
        (proxy.state(), Colour::Purple),
    ];
    let mut row = String::new();
    for ((cell, colour), width) in cells.into_iter().zip(WIDTHS) {
        row.push_str(&paint.text(colour, cell));
        row.push_str(&tabs(cell, width));
    }
    let toxics = match proxy.toxics.len() {
        0 => "None".to_owned(),
        count => count.to_string(),
    };
    row.push_str(&paint.text(Colour::Red, &toxics));
    row.push('\n');
    row
}

/// The tabs behind a cell that fill its column; at least one.
fn tabs(cell: &str, width: usize) -> String {
    const TAB: usize = 8;
    let rest = width.saturating_sub(cell.chars().count());
    "\t".repeat(rest.div_ceil(TAB).max(1))
}
