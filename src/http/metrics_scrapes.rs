//! Go's `promhttp` metrics about scrapes, under the same names, because existing dashboards and alerts use
//! them.
//!
//! May know: prometheus. Must not know: what is scraped.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

/// Counts of a server's scrapes so far.
#[derive(Debug, Default)]
pub(super) struct Scrapes {
    in_flight: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
}

impl Scrapes {
    /// Counts a scrape, including while it runs.
    ///
    /// # Errors
    ///
    /// The errors of `scrape`.
    pub(super) fn count<T>(
        &self,
        scrape: impl FnOnce() -> prometheus::Result<T>,
    ) -> prometheus::Result<T> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let done = scrape();
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let ended = match done {
            Ok(_) => &self.succeeded,
            Err(_) => &self.failed,
        };
        ended.fetch_add(1, Ordering::Relaxed);
        done
    }

    pub(super) fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        let failed = self.failed.load(Ordering::Relaxed);
        let total = counter(
            registry,
            "requests_total",
            "Total number of scrapes by HTTP status code.",
            "code",
        )?;
        let succeeded = self.succeeded.load(Ordering::Relaxed);
        // These are all codes of promhttp. aconite never answers a scrape with 503.
        for (code, count) in [("200", succeeded), ("500", failed), ("503", 0)] {
            total.get_metric_with_label_values(&[code])?.inc_by(count);
        }
        let errors = counter(
            registry,
            "errors_total",
            "Total number of internal errors encountered by the promhttp metric handler.",
            "cause",
        )?;
        for (cause, count) in [("encoding", 0), ("gathering", failed)] {
            errors.get_metric_with_label_values(&[cause])?.inc_by(count);
        }
        let in_flight = IntGauge::new(
            "promhttp_metric_handler_requests_in_flight",
            "Current number of scrapes being served.",
        )?;
        let now = self.in_flight.load(Ordering::Relaxed);
        in_flight.set(i64::try_from(now).unwrap_or(i64::MAX));
        registry.register(Box::new(in_flight))
    }
}

fn counter(
    registry: &Registry,
    what: &str,
    help: &str,
    label: &str,
) -> prometheus::Result<IntCounterVec> {
    let name = format!("promhttp_metric_handler_{what}");
    let counter = IntCounterVec::new(Opts::new(name, help), &[label])?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}
