//! Prometheus text, format 0.0.4, parsed strictly: an invalid line is an error.

use std::collections::BTreeMap;

/// One line with a value.
#[derive(Debug)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// Parses an exposition. Panics at a line that is neither a comment nor a series, or that has a
/// control character other than a tab.
pub fn parse(text: &str) -> Vec<Series> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    let lines = text.split_terminator('\n');
    let series = lines.filter(|line| !line.starts_with("# HELP ") && !line.starts_with("# TYPE "));
    series
        .map(|line| read(line).unwrap_or_else(|| panic!("no series: {line:?}")))
        .collect()
}

fn read(line: &str) -> Option<Series> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let word = |text: &str| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
        !text.is_empty() && text.chars().all(plain)
    };
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, quoted) = rest.split_once("=\"")?;
            let (value, behind) = unquote(quoted)?;
            if !word(label) || labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            rest = behind.strip_prefix(',').unwrap_or(behind);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ')?.parse().ok()?;
    word(name).then(|| Series {
        name: name.to_owned(),
        labels,
        value,
    })
}

/// The text up to the closing quote, and the text after it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => text.push(match letters.next()?.1 {
                'n' => '\n',
                same @ ('\\' | '"') => same,
                _ => return None,
            }),
            _ => text.push(letter),
        }
    }
    None
}

/// A proxy's count of received or sent bytes; 0 if there is no such series yet.
pub fn bytes(text: &str, what: &str, proxy: &str, direction: &str) -> u64 {
    let name = format!("toxiproxy_proxy_{what}_bytes_total");
    let wanted = |series: &Series| {
        series.name == name
            && series.labels["proxy"] == proxy
            && series.labels["direction"] == direction
    };
    let found = parse(text).into_iter().find(wanted);
    found.map_or(0, |series| series.value as u64)
}
