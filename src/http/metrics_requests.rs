//! Counts of requests as Prometheus series.
//!
//! May know: `control`'s views of them, prometheus. The number of series is bounded: only existing proxies
//! and toxics that have seen a request have series, at most [`MOST`] of each, and at most [`MOST_STATUSES`]
//! series count answers.

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{IntCounterVec, IntGauge, Opts};

use super::metrics_toxics::{MOST, labels};
use crate::control::{HttpHits, ProxyStatsView, StatsView};

/// The most series of answers by status.
const MOST_STATUSES: usize = 10_000;

/// A field of [`HttpHits`] as a counter: its name, its help text and its value.
type Count = (&'static str, &'static str, fn(&HttpHits) -> u64);

const COUNTS: [Count; 5] = [
    ("requests_seen", "Requests that came.", |hits| hits.seen),
    (
        "requests_matched",
        "Requests that a toxic matches.",
        |hits| hits.matched,
    ),
    ("requests_acted", "Requests that were acted on.", |hits| {
        hits.acted
    }),
    (
        "retries",
        "Requests that came again after an answer with Retry-After.",
        |hits| hits.retries.count,
    ),
    (
        "early_retries",
        "Requests that came again earlier than Retry-After allowed.",
        |hits| hits.retries.early,
    ),
];

/// Counts with the values of their labels.
type Counted<'a, const N: usize> = Vec<([&'a str; N], &'a HttpHits)>;

/// All series of these proxies and toxics.
pub(super) fn gather(
    proxies: &[ProxyStatsView],
    toxics: &[StatsView],
) -> prometheus::Result<Vec<MetricFamily>> {
    let proxies: Counted<'_, 1> = proxies
        .iter()
        .filter_map(|one| Some(([one.name.as_str()], used(one.http.as_ref())?)))
        .collect();
    let toxics: Counted<'_, 4> = toxics
        .iter()
        .filter_map(|one| Some((labels(one), used(one.http.as_ref())?)))
        .collect();
    let left_out = proxies.len().saturating_sub(MOST) + toxics.len().saturating_sub(MOST);
    let mut families = Vec::new();
    counts("proxy", &["proxy"], &proxies, &mut families)?;
    counts(
        "toxic",
        &["proxy", "toxic", "type", "stream"],
        &toxics,
        &mut families,
    )?;
    families.extend(answers(&proxies)?.collect());
    families.extend(skipped(&proxies)?.collect());
    if left_out > 0 {
        let help = "Proxies and toxics that have seen requests and have no series of them here.";
        let gauge = IntGauge::new("aconite_requests_left_out", help)?;
        gauge.set(i64::try_from(left_out).unwrap_or(i64::MAX));
        families.extend(gauge.collect());
    }
    // Prometheus cannot encode a family without series.
    families.retain(|family| !family.get_metric().is_empty());
    Ok(families)
}

/// The counts, if anything was counted.
fn used(hits: Option<&HttpHits>) -> Option<&HttpHits> {
    hits.filter(|hits| hits.seen > 0 || !hits.skipped.is_empty())
}

fn counts<const N: usize>(
    whose: &str,
    labels: &[&str; N],
    counted: &Counted<'_, N>,
    families: &mut Vec<MetricFamily>,
) -> prometheus::Result<()> {
    for (what, help, read) in COUNTS {
        let name = format!("aconite_{whose}_{what}_total");
        let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
        for (values, hits) in counted.iter().take(MOST) {
            counter
                .get_metric_with_label_values(values)?
                .inc_by(read(hits));
        }
        families.extend(counter.collect());
    }
    Ok(())
}

fn answers(proxies: &Counted<'_, 1>) -> prometheus::Result<IntCounterVec> {
    let help = "Answers that clients got, by status.";
    let opts = Opts::new("aconite_proxy_answers_total", help);
    let counter = IntCounterVec::new(opts, &["proxy", "status"])?;
    let by_status = proxies.iter().take(MOST).flat_map(|([proxy], hits)| {
        let by_status = hits.by_status.iter();
        by_status.map(|(status, count)| (*proxy, status, count))
    });
    for (proxy, status, count) in by_status.take(MOST_STATUSES) {
        let labels = [proxy, &status.to_string()];
        counter
            .get_metric_with_label_values(&labels)?
            .inc_by(*count);
    }
    Ok(counter)
}

fn skipped(proxies: &Counted<'_, 1>) -> prometheus::Result<IntCounterVec> {
    let help = "Connections and answers that were passed on untouched, by reason.";
    let opts = Opts::new("aconite_proxy_requests_skipped_total", help);
    let counter = IntCounterVec::new(opts, &["proxy", "reason"])?;
    for ([proxy], hits) in proxies.iter().take(MOST) {
        for (reason, count) in &hits.skipped {
            let labels = [*proxy, reason.name()];
            counter
                .get_metric_with_label_values(&labels)?
                .inc_by(*count);
        }
    }
    Ok(counter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Skip;

    fn proxy(name: &str, http: Option<HttpHits>) -> ProxyStatsView {
        ProxyStatsView {
            name: name.into(),
            accepted: 1,
            open: 0,
            http,
        }
    }

    fn series(families: &[MetricFamily]) -> usize {
        families.iter().map(|one| one.get_metric().len()).sum()
    }

    #[test]
    fn without_requests_there_is_no_series() {
        let proxies = [proxy("a", None), proxy("b", Some(HttpHits::default()))];
        assert!(gather(&proxies, &[]).unwrap().is_empty());
    }

    #[test]
    fn answers_have_a_series_for_each_status_and_their_number_is_bounded() {
        let hits = HttpHits {
            seen: 3,
            by_status: [(200, 2), (429, 1)].into(),
            skipped: [(Skip::Http2, 1)].into(),
            ..HttpHits::default()
        };
        let few = gather(&[proxy("a", Some(hits))], &[]).unwrap();
        assert_eq!(series(&few), COUNTS.len() + 2 + 1);
        let hits = HttpHits {
            seen: 500,
            by_status: (100..600).map(|status| (status, 1)).collect(),
            ..HttpHits::default()
        };
        let many: Vec<_> = (0..MOST + 1)
            .map(|number| proxy(&number.to_string(), Some(hits.clone())))
            .collect();
        let families = gather(&many, &[]).unwrap();
        assert_eq!(series(&families), COUNTS.len() * MOST + MOST_STATUSES + 1);
    }
}
