//! `inspect`: a proxy's toxics.

use super::context::{CommandContext, OutputFormat, json};
use super::failure::Problem;
use super::number;
use super::paint::{self, Colour, Paint};
use super::proxies;
use super::view::{Proxy, Toxic};

pub(super) fn run(session: &mut CommandContext<'_>, name: &str) -> Result<String, Problem> {
    let (answer, mut proxy) = proxies::fetch(&session.api(), name)?;
    // Upstream first; each stream in its order.
    proxy.toxics.sort_by_key(|toxic| toxic.stream != "upstream");
    let paint = session.paint();
    Ok(match session.look() {
        OutputFormat::Json => json(&answer),
        OutputFormat::Plain => {
            let lines = proxy.toxics.iter();
            lines
                .map(|toxic| format!("{}\t{}\n", toxic.name, settings(toxic)))
                .collect()
        }
        OutputFormat::Columns => columns(&proxy.toxics),
        OutputFormat::Toxiproxy => reference(paint, &proxy),
        OutputFormat::Table => table(paint, &proxy),
    })
}

/// What the reference says of a toxic behind its name.
fn settings(toxic: &Toxic) -> String {
    let attributes = toxic.attributes.iter();
    let attributes = attributes.map(|(name, value)| format!("{name}={}\t", number::print(value)));
    format!(
        "type={}\tstream={}\ttoxicity={:.2}\tattributes=[\t{}]",
        toxic.kind,
        toxic.stream,
        toxic.toxicity,
        attributes.collect::<String>()
    )
}

fn table(paint: Paint, proxy: &Proxy) -> String {
    let state = if proxy.enabled {
        Colour::Green
    } else {
        Colour::Red
    };
    let head = vec![
        (proxy.name.clone(), None),
        (proxy.listen.clone(), Some(Colour::Blue)),
        ("->".to_owned(), None),
        (proxy.upstream.clone(), Some(Colour::Yellow)),
        (proxy.state().to_owned(), Some(state)),
    ];
    let head = paint::table(paint, &[head]);
    if proxy.toxics.is_empty() {
        let name = paint::harmless(&proxy.name);
        return format!(
            "{head}\nIt has no toxics. Add one: aconite toxic add {name} --type KIND\n"
        );
    }
    format!("{head}\n{}", paint::table(paint, &toxics(&proxy.toxics)))
}

/// Every column, whatever these toxics have, so that a program finds each in its place.
fn columns(toxics: &[Toxic]) -> String {
    let heading = HEADING.map(str::to_owned);
    let rows = std::iter::once(heading).chain(toxics.iter().map(cells));
    rows.map(|row| format!("{}\n", row.join("\t"))).collect()
}

const HEADING: [&str; 7] = [
    "TOXIC",
    "KIND",
    "STREAM",
    "TOXICITY",
    "ATTRIBUTES",
    "WHEN",
    "SETTINGS",
];

fn cells(toxic: &Toxic) -> [String; 7] {
    let attributes = toxic.attributes.iter();
    let attributes = attributes.map(|(name, value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    });
    let or_dash = |text: String| if text.is_empty() { "-".into() } else { text };
    [
        toxic.name.clone(),
        toxic.kind.clone(),
        toxic.stream.clone(),
        toxic.toxicity.to_string(),
        or_dash(attributes.collect::<Vec<_>>().join(" ")),
        or_dash(toxic.extras.when()),
        or_dash(toxic.extras.settings()),
    ]
}

/// Rows with a heading. What only some toxics have has a column if one of these has it.
fn toxics(toxics: &[Toxic]) -> Vec<Vec<(String, Option<Colour>)>> {
    let is_timed = toxics.iter().any(|toxic| !toxic.extras.when().is_empty());
    let is_set = toxics
        .iter()
        .any(|toxic| !toxic.extras.settings().is_empty());
    let shown = [true, true, true, true, true, is_timed, is_set];
    let row = |cells: [String; 7], name: Option<Colour>| {
        let colours = std::iter::once(name).chain(std::iter::repeat(None));
        let shown = cells.into_iter().zip(colours).zip(shown);
        let shown = shown.filter(|(_, shown)| *shown);
        shown.map(|(cell, _)| cell).collect()
    };
    let mut rows = vec![row(HEADING.map(str::to_owned), None)];
    let toxics = toxics.iter().map(cells);
    rows.extend(toxics.map(|cells| row(cells, Some(Colour::Blue))));
    rows
}

fn reference(paint: Paint, proxy: &Proxy) -> String {
    let end = paint.end();
    let label = |colour, text| paint.text(colour, text);
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
        text.push_str(&paint.text(Colour::Red, "Proxy has no toxics enabled.\n"));
    } else {
        text.push_str(&reference_stream(paint, proxy, "upstream", "Upstream"));
        text.push('\n');
        text.push_str(&reference_stream(paint, proxy, "downstream", "Downstream"));
    }
    text.push_str(&format!(
        "\n{end}Hint: add a toxic with `toxiproxy-cli toxic add`\n"
    ));
    text
}

fn reference_stream(paint: Paint, proxy: &Proxy, stream: &str, title: &str) -> String {
    let mut text = paint.text(Colour::Green, &format!("{title} toxics:\n"));
    let toxics = proxy.toxics.iter().filter(|toxic| toxic.stream == stream);
    let lines: String = toxics
        .map(|toxic| {
            let name = paint.text(Colour::Blue, &format!("{}:", toxic.name));
            format!("{name}\t{}\n", settings(toxic))
        })
        .collect();
    if lines.is_empty() {
        let none = format!("Proxy has no {title} toxics enabled.\n");
        text.push_str(&paint.text(Colour::Red, &none));
    } else {
        text.push_str(&lines);
    }
    text
}
