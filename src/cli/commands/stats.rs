//! `stats`: prints what toxics did, and how accurately.

use serde_json::Value;

use super::proxies;
use crate::cli::api::client::{ApiClient, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::format::{OutputFormat, json};
use crate::util::text::escape;
use crate::wire::{Milliseconds, ProxyStats, Rates, Requests, Retries, Stats};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    proxy: &str,
    toxic: Option<&str>,
) -> Result<String, CommandError> {
    let api = context.api();
    let doing =
        |error: RequestError| error.in_doing(format!("failed to get the stats of proxy {proxy}: "));
    let (stats, answer) = match toxic {
        Some(toxic) => {
            let (stats, answer) = get(&api, proxy, toxic).map_err(doing)?;
            (vec![stats], answer)
        }
        None => all(&api, proxy).map_err(doing)?,
    };
    if context.format() == OutputFormat::Json {
        return Ok(json(&answer));
    }
    let heading = [
        "TOXIC",
        "TYPE",
        "STREAM",
        "CONNECTIONS",
        "BYTES",
        "DELAYED",
        "CLOSED",
        "RESET",
        "ASKED",
        "ACHIEVED",
        "LATE",
        "ACCURACY",
    ];
    let rows: Vec<_> = stats.iter().map(row).collect();
    let mut text = context.rows(heading, &rows, "It has no toxics.");
    for toxic in stats.iter().filter(|toxic| toxic.hits.unframed > 0) {
        let (name, bytes) = (&toxic.name, toxic.hits.unframed);
        text.push_str(&format!(
            "\n{name}: {bytes} bytes passed untouched, because its framing does not fit them.\n"
        ));
    }
    for toxic in &stats {
        text.push_str(&requests(toxic).unwrap_or_default());
    }
    if toxic.is_none() {
        text.push_str(&through(&api, proxy).unwrap_or_default());
    }
    if context.format() == OutputFormat::Table && !rows.is_empty() {
        text.push_str("\nTimes and rates are the median, the 99th percentile and the highest.\n");
    }
    Ok(text)
}

/// What a toxic did to requests, if it looks at them.
fn requests(stats: &Stats) -> Option<String> {
    let requests = stats.requests.as_ref()?;
    Some(counts(&stats.name, requests, stats.retries, ""))
}

/// What went through the proxy, if it looks at requests. An older server cannot tell.
fn through(api: &ApiClient, proxy: &str) -> Option<String> {
    let path = api.path(&["proxies", proxy, "stats"]);
    let (stats, _) = api.fetch::<ProxyStats>(Verb::Get, &path, None).ok()?;
    let attempts = stats.attempts.filter(|attempts| attempts.first > 0);
    let attempts = attempts.map(|attempts| {
        let (all, first) = (attempts.all, attempts.first);
        format!("; {all} attempts at {first} requests of the application")
    });
    let skipped = stats.skipped.unwrap_or_default();
    let skipped = [
        (skipped.not_http, "connections are not HTTP"),
        (skipped.http2, "connections speak HTTP/2"),
        (
            skipped.unsynced,
            "connections were in the middle of a message",
        ),
        (skipped.encoded, "answers are encoded"),
    ];
    let skipped = skipped.iter().filter(|(count, _)| *count > 0);
    let skipped = skipped.map(|(count, why)| format!("; untouched: {count} {why}"));
    let more: String = attempts.into_iter().chain(skipped).collect();
    let title = format!("proxy {proxy}");
    let requests = stats.requests.as_ref()?;
    Some(counts(&title, requests, stats.retries, &more))
}

fn counts(title: &str, requests: &Requests, retries: Option<Retries>, more: &str) -> String {
    let by_status = requests.by_status.iter();
    let by_status = by_status.map(|(status, count)| format!(", {count} with status {status}"));
    let retries = retries.filter(|retries| retries.count > 0);
    let retries = retries.map(|retries| {
        let (count, early) = (retries.count, retries.early);
        format!("; {count} came again, {early} of them too early")
    });
    format!(
        "\n{}: acted on {} of {} requests, {} of which matched{}{}{more}.\n",
        escape(title),
        requests.acted,
        requests.seen,
        requests.matched,
        by_status.collect::<String>(),
        retries.unwrap_or_default()
    )
}

fn get(api: &ApiClient, proxy: &str, toxic: &str) -> Result<(Stats, Value), RequestError> {
    let path = api.path(&["proxies", proxy, "toxics", toxic, "stats"]);
    api.fetch(Verb::Get, &path, None)
}

/// The statistics of all toxics, in the order in which the proxy lists them.
fn all(api: &ApiClient, proxy: &str) -> Result<(Vec<Stats>, Value), RequestError> {
    let (proxy_now, _) = proxies::get(api, proxy)?;
    let (mut stats, mut answers) = (Vec::new(), Vec::new());
    for toxic in proxy_now.toxics {
        match get(api, proxy, &toxic.name) {
            // The toxic was removed after the toxics were listed.
            Err(RequestError::Refused { status: 404, .. }) => {}
            answer => {
                let (of_toxic, answer) = answer?;
                stats.push(of_toxic);
                answers.push(answer);
            }
        }
    }
    Ok((stats, answers.into()))
}

fn row(stats: &Stats) -> [String; 12] {
    let Stats { hits, rate, .. } = stats;
    let delay = stats.delay_ms.as_ref();
    let asked = delay.and_then(|delay| delay.asked).map(milliseconds);
    let achieved = delay.and_then(|delay| delay.achieved).map(milliseconds);
    let asked = asked.or(rate
        .as_ref()
        .map(|rate| format!("{} KB/s", kilobytes(rate.asked))));
    let achieved = achieved.or(rate.as_ref().map(|rate| rates(rate.achieved)));
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    [
        stats.name.clone(),
        stats.kind.clone(),
        stats.stream.clone(),
        hits.connections.to_string(),
        hits.bytes.to_string(),
        hits.delayed.to_string(),
        hits.closed.to_string(),
        hits.reset.to_string(),
        or_dash(asked),
        or_dash(achieved),
        or_dash(delay.map(|delay| milliseconds(delay.late))),
        stats.accuracy.clone(),
    ]
}

fn milliseconds(times: Milliseconds) -> String {
    let Milliseconds { p50, p99, max } = times;
    format!("{p50:.1}/{p99:.1}/{max:.1} ms")
}

fn rates(rates: Rates) -> String {
    let Rates { p50, p99, max } = rates;
    let [p50, p99, max] = [p50, p99, max].map(kilobytes);
    format!("{p50}/{p99}/{max} KB/s")
}

/// A rate in the unit of `bandwidth`, of 1000 bytes, with one decimal if it needs one.
fn kilobytes(bytes: u64) -> String {
    let (whole, tenth) = (bytes / 1000, bytes % 1000 / 100);
    match (whole, tenth) {
        // A rate below 100 B/s is not 0.
        (0, 0) if bytes > 0 => format!("0.{bytes:03}"),
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_in_thousands_of_bytes_with_one_decimal() {
        for (bytes, text) in [
            (0, "0"),
            (7, "0.007"),
            (100, "0.1"),
            (96_000, "96"),
            (95_232, "95.2"),
            (1_000_000, "1000"),
        ] {
            assert_eq!(kilobytes(bytes), text);
        }
    }
}
