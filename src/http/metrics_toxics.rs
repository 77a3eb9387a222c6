//! What toxics did, as Prometheus series.
//!
//! May know: `control`'s view of it, prometheus. The number of series is bounded: only existing toxics that
//! have touched something have series, and at most [`MOST`] of them.

use prometheus::core::Collector;
use prometheus::proto::{LabelPair, Metric, MetricFamily, MetricType, Quantile, Summary};
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts};

use crate::control::{Hits, Quantiles, StatsView};

/// The most toxics that have series of their own.
pub(super) const MOST: usize = 1000;
/// The most toxics that are searched for them.
pub(super) const LOOKED_AT: usize = 20_000;

const LABELS: [&str; 4] = ["proxy", "toxic", "type", "stream"];
const NANOS_A_SECOND: f64 = 1e9;

/// A field of [`Hits`] as a counter: its name, its help text and its value.
type Count = (&'static str, &'static str, fn(&Hits) -> u64);

const COUNTS: [Count; 5] = [
    ("connections", "Connections that a toxic touched.", |hits| {
        hits.connections
    }),
    ("bytes", "Bytes that a toxic was shown.", |hits| hits.bytes),
    (
        "delayed",
        "Pieces of data, and ends, that left later because of a toxic.",
        |hits| hits.delayed,
    ),
    ("closed", "Connections that a toxic closed.", |hits| {
        hits.closed
    }),
    ("reset", "Connections that a toxic reset.", |hits| {
        hits.reset
    }),
];

/// All series of these toxics.
pub(super) fn gather(stats: &[StatsView]) -> prometheus::Result<Vec<MetricFamily>> {
    let touched: Vec<&StatsView> = stats
        .iter()
        .filter(|one| one.hits.connections > 0)
        .collect();
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    let mut families = Vec::new();
    for (what, help, read) in COUNTS {
        let name = format!("aconite_toxic_{what}_total");
        let counter = IntCounterVec::new(Opts::new(name, help), &LABELS)?;
        for one in touched.iter().take(MOST) {
            let series = counter.get_metric_with_label_values(&labels(one))?;
            series.inc_by(read(&one.hits));
        }
        families.extend(counter.collect());
    }
    families.push(lateness(&touched));
    families.extend(accurate(&touched)?.collect());
    families.extend(left_out(touched.len().saturating_sub(MOST))?.collect());
    // Prometheus cannot encode a family without series.
    families.retain(|family| !family.get_metric().is_empty());
    Ok(families)
}

pub(super) fn labels(one: &StatsView) -> [&str; 4] {
    [&one.proxy, &one.name, one.kind, &one.stream]
}

/// A summary and not a histogram, because quantiles are known but not counts per bucket.
fn lateness(touched: &[&StatsView]) -> MetricFamily {
    let series = touched.iter().take(MOST).filter_map(|one| {
        let late = one.exactness.late?;
        let names = LABELS.iter().zip(labels(one));
        let pairs = names.map(|(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value(value.to_owned());
            pair
        });
        let mut metric = Metric::from_label(pairs.collect());
        metric.set_summary(summary(&late));
        Some(metric)
    });
    let mut family = MetricFamily::default();
    family.set_name("aconite_toxic_lateness_seconds".to_owned());
    family.set_help("How late what a toxic delayed left, beyond what was asked for.".to_owned());
    family.set_field_type(MetricType::SUMMARY);
    family.set_metric(series.collect());
    family
}

fn summary(late: &Quantiles) -> Summary {
    let seconds = |nanos: u64| nanos as f64 / NANOS_A_SECOND;
    let quantiles = [(0.5, late.p50), (0.99, late.p99), (1.0, late.max)];
    let quantiles = quantiles.map(|(share, nanos)| {
        let mut quantile = Quantile::default();
        quantile.set_quantile(share);
        quantile.set_value(seconds(nanos));
        quantile
    });
    let mut summary = Summary::default();
    summary.set_quantile(quantiles.to_vec());
    summary.set_sample_count(late.count);
    summary.set_sample_sum(seconds(late.sum));
    summary
}

fn accurate(touched: &[&StatsView]) -> prometheus::Result<IntGaugeVec> {
    let help = "1 if the proxy did what was asked for, 0 if it was too busy to be believed.";
    let gauge = IntGaugeVec::new(Opts::new("aconite_toxic_accurate", help), &LABELS)?;
    let measured = |one: &&&StatsView| one.exactness.is_known();
    for one in touched.iter().take(MOST).filter(measured) {
        let series = gauge.get_metric_with_label_values(&labels(one))?;
        series.set(one.exactness.within_tolerance().into());
    }
    Ok(gauge)
}

fn left_out(count: usize) -> prometheus::Result<IntGauge> {
    let help = "Toxics that have touched something and have no series here.";
    let gauge = IntGauge::new("aconite_toxics_left_out", help)?;
    gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
    Ok(gauge)
}
