//! What a toxic did, as JSON.
//!
//! May know: `control`'s view of it. An addition to the reference's API.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::error::ApiError;
use super::{Api, answer};
use crate::control::{Hits, Quantiles, StatsView};

const NANOS_A_MS: f64 = 1e6;

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let view = api.control.stats(&proxy, &toxic)?;
    Ok(answer::json(StatusCode::OK, &shape(&view)))
}

/// Whether the proxy did what was asked for.
pub(super) fn accuracy(view: &StatsView) -> &'static str {
    match (view.exactness.is_known(), view.exactness.within_tolerance()) {
        (false, _) => "unknown",
        (true, true) => "ok",
        (true, false) => "degraded",
    }
}

#[derive(Serialize)]
struct Shape<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    stream: &'a str,
    /// Tells a toxic from another one that had its name before.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    hits: HitsShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<DelayShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<RateShape>,
    accuracy: &'static str,
}

/// Counts of what a toxic did.
#[derive(Serialize)]
pub(super) struct HitsShape {
    connections: u64,
    bytes: u64,
    delayed: u64,
    closed: u64,
    reset: u64,
}

impl HitsShape {
    pub(super) fn of(hits: &Hits) -> Self {
        HitsShape {
            connections: hits.connections,
            bytes: hits.bytes,
            delayed: hits.delayed,
            closed: hits.closed,
            reset: hits.reset,
        }
    }
}

#[derive(Serialize)]
struct DelayShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Milliseconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    achieved: Option<Milliseconds>,
    late: Milliseconds,
}

#[derive(Serialize)]
struct Milliseconds {
    p50: f64,
    p99: f64,
    max: f64,
}

/// Bytes a second.
#[derive(Serialize)]
struct RateShape {
    asked: u64,
    achieved: Rates,
}

#[derive(Serialize)]
struct Rates {
    p50: u64,
    p99: u64,
    max: u64,
}

fn shape(view: &StatsView) -> Shape<'_> {
    let exactness = &view.exactness;
    let delays = exactness.late.map(|late| DelayShape {
        asked: exactness.asked.map(milliseconds),
        achieved: exactness.achieved.map(milliseconds),
        late: milliseconds(late),
    });
    let rates = exactness.asked_rate.zip(exactness.achieved_rate);
    Shape {
        name: &view.name,
        kind: view.kind,
        stream: &view.stream,
        session: view.session.as_deref(),
        hits: HitsShape::of(&view.hits),
        delay_ms: delays,
        rate: rates.map(|(asked, achieved)| RateShape {
            asked,
            achieved: Rates {
                p50: achieved.p50,
                p99: achieved.p99,
                max: achieved.max,
            },
        }),
        accuracy: accuracy(view),
    }
}

/// In steps of a microsecond: nobody asked for more, and it reads better.
fn milliseconds(nanos: Quantiles) -> Milliseconds {
    let ms = |nanos: u64| (nanos as f64 / NANOS_A_MS * 1000.0).round() / 1000.0;
    Milliseconds {
        p50: ms(nanos.p50),
        p99: ms(nanos.p99),
        max: ms(nanos.max),
    }
}
