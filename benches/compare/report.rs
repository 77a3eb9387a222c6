//! Tables for people, and JSON.

use serde_json::{Value, json};

use crate::results::Outcome;
use crate::targets::Verdict;

/// A case, with the spread of its rounds.
pub fn case(outcome: &Outcome, contestants: &[String], rounds: usize) -> String {
    let mut table = vec![words(&[
        "metric",
        "contestant",
        "median",
        "min..max",
        "x toxiproxy",
        "x direct",
    ])];
    for figure in outcome.figures(contestants) {
        let ends = [figure.sorted.first(), figure.sorted.last()]
            .map(|end| end.copied().map_or_else(dash, short));
        let ratio = |ratio: Option<f64>| ratio.map_or_else(dash, short);
        table.push(vec![
            figure.metric.to_owned(),
            figure.contestant.to_owned(),
            short(figure.median),
            ends.join(".."),
            ratio(figure.to_toxiproxy),
            ratio(figure.to_direct),
        ]);
    }
    let mut text = format!("== {} ==\n{}", outcome.case, aligned(&table, 2));
    for (contestant, reasons) in &outcome.failures {
        let (count, first) = (reasons.len(), reasons.first().map_or("", String::as_str));
        text += &format!("{contestant} FAILED in {count} of {rounds} rounds: {first}\n");
    }
    text
}

/// All medians, with one column per contestant.
pub fn medians(outcomes: &[Outcome], contestants: &[String], rounds: usize) -> String {
    let mut table = vec![words(&["case", "metric"])];
    if let Some(head) = table.first_mut() {
        head.extend(contestants.iter().cloned());
    }
    for outcome in outcomes {
        let metrics = if outcome.metrics.is_empty() {
            &["-"][..]
        } else {
            &outcome.metrics
        };
        for metric in metrics {
            let mut row = vec![outcome.case.clone(), (*metric).to_owned()];
            row.extend(contestants.iter().map(|name| {
                match (
                    outcome.median(name, metric),
                    outcome.failures.contains_key(name),
                ) {
                    (Some(value), false) => short(value),
                    (Some(value), true) => format!("{}!", short(value)),
                    (None, false) => dash(),
                    (None, true) => "failed".to_owned(),
                }
            }));
            table.push(row);
        }
    }
    format!(
        "== medians of {rounds} rounds (!: some rounds failed) ==\n{}",
        aligned(&table, 2)
    )
}

/// The targets, and whether they were met.
pub fn targets(verdicts: &[Verdict]) -> String {
    let mut table = vec![words(&["what", "of", "aconite", "best peer", "target", ""])];
    for verdict in verdicts {
        table.push(words(&[
            verdict.what,
            verdict.of,
            &verdict.measured,
            &verdict.peer,
            &verdict.target,
            verdict.word(),
        ]));
    }
    format!("== targets ==\n{}", aligned(&table, 5))
}

/// Everything as JSON, for programs.
pub fn whole(
    about: &Value,
    outcomes: &[Outcome],
    contestants: &[String],
    verdicts: &[Verdict],
) -> Value {
    let figures = outcomes.iter().flat_map(|outcome| {
        outcome.figures(contestants).into_iter().map(|figure| {
            json!({
                "case": outcome.case, "metric": figure.metric, "contestant": figure.contestant,
                "median": figure.median, "sorted": figure.sorted,
                "to_toxiproxy": figure.to_toxiproxy, "to_direct": figure.to_direct,
            })
        })
    });
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.failures.is_empty());
    let failed = failed.map(|outcome| json!({"case": outcome.case, "failures": outcome.failures}));
    let verdicts = verdicts.iter().map(|verdict| {
        json!({
            "what": verdict.what, "of": verdict.of, "aconite": verdict.measured,
            "best_peer": verdict.peer, "target": verdict.target, "verdict": verdict.word(),
        })
    });
    json!({
        "about": about,
        "results": figures.collect::<Vec<_>>(),
        "failures": failed.collect::<Vec<_>>(),
        "targets": verdicts.collect::<Vec<_>>(),
    })
}

/// Four significant digits.
pub fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let decimals = 3 - value.abs().log10().floor() as i32;
    format!("{value:.*}", decimals.clamp(0, 6) as usize)
}

fn dash() -> String {
    "-".to_owned()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Columns: the first `texts` of them left-aligned, numbers right-aligned.
fn aligned(table: &[Vec<String>], texts: usize) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| {
                if column < texts {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    table.iter().map(line).collect()
}
