//! `/metrics`: `control`'s counts and the kernel's figures of the process, as Prometheus text 0.0.4.
//!
//! May know: `control`'s traffic view, prometheus. Must not know: how anything is counted.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use prometheus::{Encoder, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

use super::error::ApiError;
use super::metrics_scrapes::Scrapes;
use super::{api::Api, metrics_connections, metrics_requests, metrics_toxics, response};
use crate::control::{ConnectionCounts, ProxyStatsView, StatsView, TrafficView};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const LABELS: [&str; 4] = ["direction", "proxy", "listener", "upstream"];

pub(super) async fn show(State(api): State<Api>) -> Result<Response, ApiError> {
    // The kernel's figures of the process are files, and reading them can take time as well.
    api.answer(usize::MAX, collect).await
}

fn collect(api: &Api) -> Response {
    let counted = match api.settings.proxy_metrics {
        true => Counted {
            traffic: api.control.traffic(),
            connections: api.control.connection_counts(),
            stats: api.control.all_stats(metrics_toxics::LOOKED_AT),
            proxies: api.control.all_proxy_stats(metrics_toxics::LOOKED_AT),
        },
        false => Counted::default(),
    };
    let process = api.settings.runtime_metrics.then_some(&*api.scrapes);
    match api.scrapes.count(|| render(&counted, process)) {
        Ok(text) => response::typed(StatusCode::OK, TEXT, text),
        Err(error) => {
            let why = format!("cannot collect the metrics: {error}\n");
            response::text(StatusCode::INTERNAL_SERVER_ERROR, why)
        }
    }
}

/// What `control` has counted.
#[derive(Default)]
struct Counted {
    traffic: Vec<TrafficView>,
    connections: Vec<ConnectionCounts>,
    stats: Vec<StatsView>,
    proxies: Vec<ProxyStatsView>,
}

/// Uses a new registry for each scrape: `control` keeps the counts, and prometheus only formats them.
fn render(counted: &Counted, process: Option<&Scrapes>) -> prometheus::Result<Vec<u8>> {
    let registry = Registry::new();
    metrics_connections::register(&registry, &counted.connections)?;
    let received = counter(&registry, "received", "read from the sending side")?;
    let sent = counter(&registry, "sent", "written to the receiving side")?;
    let breakdowns = breakdowns(&registry)?;
    for entry in &counted.traffic {
        let labels = [
            entry.direction,
            &entry.proxy,
            &entry.listener,
            &entry.upstream,
        ];
        received
            .get_metric_with_label_values(&labels)?
            .inc_by(entry.received);
        sent.get_metric_with_label_values(&labels)?
            .inc_by(entry.sent);
        // A breakdown is counted once for both directions, and appears only if there was one.
        if entry.breakdowns > 0 && entry.direction == "upstream" {
            breakdowns
                .get_metric_with_label_values(&labels[1..])?
                .inc_by(entry.breakdowns);
        }
    }
    if let Some(scrapes) = process {
        build_info(&registry)?;
        register_process(&registry)?;
        scrapes.register(&registry)?;
    }
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    TextEncoder::new().encode(&metrics_toxics::gather(&counted.stats)?, &mut text)?;
    let requests = metrics_requests::gather(&counted.proxies, &counted.stats)?;
    TextEncoder::new().encode(&requests, &mut text)?;
    Ok(text)
}

fn counter(registry: &Registry, what: &str, how: &str) -> prometheus::Result<IntCounterVec> {
    let name = format!("toxiproxy_proxy_{what}_bytes_total");
    let help = format!("Bytes {how} of a proxy's connections, by direction.");
    let counter = IntCounterVec::new(Opts::new(name, help), &LABELS)?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn breakdowns(registry: &Registry) -> prometheus::Result<IntCounterVec> {
    let name = "aconite_proxy_broken_connections_total";
    let help = "Connections that ended because of a defect of aconite; please report them.";
    let counter = IntCounterVec::new(Opts::new(name, help), &LABELS[1..])?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

/// The version of this build. It appears only together with the process metrics, because Toxiproxy's traffic
/// series have nothing else beside them.
fn build_info(registry: &Registry) -> prometheus::Result<()> {
    let help = "1, with the version of this build as a label.";
    let info = IntGaugeVec::new(Opts::new("aconite_build_info", help), &["version"])?;
    let version = env!("CARGO_PKG_VERSION");
    info.get_metric_with_label_values(&[version])?.set(1);
    registry.register(Box::new(info))
}

#[cfg(target_os = "linux")]
fn register_process(registry: &Registry) -> prometheus::Result<()> {
    use prometheus::Gauge;
    use prometheus::process_collector::ProcessCollector;
    use rustix::process::{Resource, getrlimit};

    registry.register(Box::new(ProcessCollector::for_self()))?;
    // Go's collector exports this series, too.
    let name = "process_virtual_memory_max_bytes";
    let most = Gauge::new(name, "Maximum amount of virtual memory available in bytes.")?;
    let limit = getrlimit(Resource::As).current;
    #[allow(clippy::cast_precision_loss)]
    most.set(limit.unwrap_or(u64::MAX) as f64);
    registry.register(Box::new(most))
}

/// The collector reads Linux's `/proc`, so other systems have no process metrics.
#[cfg(not(target_os = "linux"))]
fn register_process(_: &Registry) -> prometheus::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(direction: &'static str, received: u64, sent: u64) -> TrafficView {
        TrafficView {
            direction,
            proxy: "w\"e\nb".into(),
            listener: "127.0.0.1:1".into(),
            upstream: "u".into(),
            received,
            sent,
            breakdowns: 0,
        }
    }

    fn rendered(traffic: &[TrafficView], process: bool) -> String {
        let scrapes = Scrapes::default();
        let process = process.then_some(&scrapes);
        let counted = Counted {
            traffic: traffic.to_vec(),
            ..Counted::default()
        };
        String::from_utf8(render(&counted, process).unwrap()).unwrap()
    }

    #[test]
    fn series_have_toxiproxys_names_and_labels() {
        let text = rendered(&[entry("upstream", 5, 3), entry("downstream", 0, 0)], false);
        let lines: Vec<_> = text
            .lines()
            .filter(|line| !line.starts_with("# HELP"))
            .collect();
        let labels = "listener=\"127.0.0.1:1\",proxy=\"w\\\"e\\nb\",upstream=\"u\"";
        let series = |what: &str, direction: &str, value: u64| {
            let name = format!("toxiproxy_proxy_{what}_bytes_total");
            format!("{name}{{direction=\"{direction}\",{labels}}} {value}")
        };
        let expected = [
            "# TYPE toxiproxy_proxy_received_bytes_total counter".to_owned(),
            series("received", "downstream", 0),
            series("received", "upstream", 5),
            "# TYPE toxiproxy_proxy_sent_bytes_total counter".to_owned(),
            series("sent", "downstream", 0),
            series("sent", "upstream", 3),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn without_traffic_there_is_no_line() {
        assert_eq!(rendered(&[], false), "");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_is_shown_when_asked_for() {
        let text = rendered(&[], true);
        for name in [
            "process_cpu_seconds_total",
            "process_open_fds",
            "process_max_fds",
            "process_virtual_memory_bytes",
            "process_virtual_memory_max_bytes",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
        ] {
            assert!(text.contains(&format!("\n{name} ")), "{text}");
        }
    }
}
