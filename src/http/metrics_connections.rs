//! Connection counts as Prometheus series.
//!
//! May know: `control`'s counts, prometheus. A proxy has series once it has accepted a connection.

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::views::event::reason;
use crate::control::{ConnectionCounts, EndKind};

const LABELS: [&str; 3] = ["proxy", "listener", "upstream"];

/// Registers the series of these proxies.
pub(super) fn register(registry: &Registry, all: &[ConnectionCounts]) -> prometheus::Result<()> {
    let counter = |name: &str, help: &str, labels: &[&str]| {
        let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
        registry.register(Box::new(counter.clone()))?;
        Ok::<_, prometheus::Error>(counter)
    };
    let accepted = counter(
        "aconite_proxy_connections_total",
        "Connections that a proxy accepted.",
        &LABELS,
    )?;
    let ended = counter(
        "aconite_proxy_connections_ended_total",
        "Connections that are over, by what ended them.",
        &["proxy", "listener", "upstream", "reason"],
    )?;
    let failures = counter(
        "aconite_proxy_dial_failures_total",
        "Connections that were refused because the upstream could not be reached.",
        &LABELS,
    )?;
    let help = "Connections that a proxy has now.";
    let open = IntGaugeVec::new(Opts::new("aconite_proxy_connections_open", help), &LABELS)?;
    registry.register(Box::new(open.clone()))?;
    for one in all {
        let labels = [&*one.proxy, &*one.listener, &*one.upstream];
        accepted
            .get_metric_with_label_values(&labels)?
            .inc_by(one.accepted);
        let now = i64::try_from(one.open).unwrap_or(i64::MAX);
        open.get_metric_with_label_values(&labels)?.set(now);
        let [proxy, listener, upstream] = labels;
        for (kind, count) in one.ended {
            if kind == EndKind::Unreachable {
                failures
                    .get_metric_with_label_values(&labels)?
                    .inc_by(count);
            }
            if count > 0 {
                let labels = [proxy, listener, upstream, reason(kind)];
                ended.get_metric_with_label_values(&labels)?.inc_by(count);
            }
        }
    }
    Ok(())
}
