//! Statistics of toxics.

use crate::control::{self, HttpHits, ProxyStatsView, Quantiles, Skip, StatsView};
use crate::wire::{
    Attempts, Delay, Hits, Milliseconds, ProxyStats, Rate, Rates, Requests, Retries, Skipped, Stats,
};

const NANOS_A_MS: f64 = 1e6;

/// Whether the toxic's delays and rates were within tolerance.
fn accuracy(view: &StatsView) -> &'static str {
    match (view.exactness.is_known(), view.exactness.within_tolerance()) {
        (false, _) => "unknown",
        (true, true) => "ok",
        (true, false) => "degraded",
    }
}

impl From<control::Hits> for Hits {
    fn from(hits: control::Hits) -> Self {
        Hits {
            connections: hits.connections,
            bytes: hits.bytes,
            delayed: hits.delayed,
            closed: hits.closed,
            reset: hits.reset,
            unframed: hits.unframed,
        }
    }
}

impl From<StatsView> for Stats {
    fn from(view: StatsView) -> Self {
        let exactness = &view.exactness;
        let rates = exactness.asked_rate.zip(exactness.achieved_rate);
        Stats {
            hits: view.hits.into(),
            delay_ms: exactness.late.map(|late| Delay {
                asked: exactness.asked.map(milliseconds),
                achieved: exactness.achieved.map(milliseconds),
                late: milliseconds(late),
            }),
            rate: rates.map(|(asked, achieved)| Rate {
                asked,
                achieved: Rates {
                    p50: achieved.p50,
                    p99: achieved.p99,
                    max: achieved.max,
                },
            }),
            accuracy: accuracy(&view).to_owned(),
            requests: view.http.as_ref().map(requests),
            skipped: view.http.as_ref().map(skipped),
            retries: view.http.as_ref().map(retries),
            name: view.name,
            kind: view.kind.to_owned(),
            stream: view.stream,
            session: view.session,
        }
    }
}

impl From<ProxyStatsView> for ProxyStats {
    fn from(view: ProxyStatsView) -> Self {
        let http = view.http.as_ref();
        ProxyStats {
            accepted: view.accepted,
            open: view.open as u64,
            requests: http.map(requests),
            skipped: http.map(skipped),
            retries: http.map(retries),
            attempts: http.map(attempts),
            name: view.name,
        }
    }
}

fn attempts(hits: &HttpHits) -> Attempts {
    let (all, first) = (hits.attempts.all, hits.attempts.first);
    let amplification = all as f64 / first as f64;
    Attempts {
        all,
        first,
        amplification: (first > 0).then_some((amplification * 1000.0).round() / 1000.0),
    }
}

fn requests(hits: &HttpHits) -> Requests {
    Requests {
        seen: hits.seen,
        matched: hits.matched,
        acted: hits.acted,
        by_status: hits.by_status.clone(),
    }
}

fn skipped(hits: &HttpHits) -> Skipped {
    let of = |reason| hits.skipped.get(&reason).copied().unwrap_or_default();
    Skipped {
        not_http: of(Skip::NotHttp),
        http2: of(Skip::Http2),
        unsynced: of(Skip::Unsynced),
        encoded: of(Skip::Encoded),
    }
}

fn retries(hits: &HttpHits) -> Retries {
    Retries {
        count: hits.retries.count,
        early: hits.retries.early,
        after_ms: hits.retries.after_ms.map(|after| Milliseconds {
            p50: after.p50 as f64,
            p99: after.p99 as f64,
            max: after.max as f64,
        }),
    }
}

/// Rounds to microseconds; smaller differences are noise.
fn milliseconds(nanos: Quantiles) -> Milliseconds {
    let ms = |nanos: u64| (nanos as f64 / NANOS_A_MS * 1000.0).round() / 1000.0;
    Milliseconds {
        p50: ms(nanos.p50),
        p99: ms(nanos.p99),
        max: ms(nanos.max),
    }
}
