//! Statistics of toxics.

use crate::control::{self, Quantiles, StatsView};
use crate::wire::{Delay, Hits, Milliseconds, Rate, Rates, Stats};

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
            name: view.name,
            kind: view.kind.to_owned(),
            stream: view.stream,
            session: view.session,
        }
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
