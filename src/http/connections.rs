//! Connections: which there are, how toxics stand to each, and ending one.
//!
//! May know: `control`'s views of connections. An addition to the reference's API.

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use super::error::ApiError;
use super::stats::HitsShape;
use super::{Api, answer, query};
use crate::control::{
    CloseMode, ConnectionView, ConnectionsView, ControlError, FlowView, LiveView, ToxicOnConnection,
};

/// Connections that one answer lists if nothing else is asked for, and at most.
const USUAL: u64 = 1000;
const MOST: u64 = 10_000;

pub(super) async fn list(
    State(api): State<Api>,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    api.control.require(&proxy)?;
    let after = query::number(request.uri(), "after", 0..=u64::MAX, 0)?;
    let most = query::number(request.uri(), "limit", 1..=MOST, USUAL)?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let weight = api.control.weight(Some(&proxy)).saturating_mul(most);
    let listed = move |api: &Api| {
        let view = api.control.connections(&proxy, after, most)?;
        Ok(answer::json(StatusCode::OK, &list_shape(&view)))
    };
    api.answer(weight, listed).await?
}

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    api.control.require(&proxy)?;
    let view = api.control.connection(&proxy, ordinal(&proxy, &id)?)?;
    Ok(answer::json(StatusCode::OK, &shape(&view)))
}

pub(super) async fn end(
    State(api): State<Api>,
    Path((proxy, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    api.control.require(&proxy)?;
    let id = ordinal(&proxy, &id)?;
    api.control
        .end_connection(&proxy, id, how(request.uri())?)?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

fn ordinal(proxy: &str, text: &str) -> Result<u64, ApiError> {
    let id = query::whole(text).filter(|id| *id >= 1);
    id.ok_or_else(|| {
        ApiError::from(ControlError::ConnectionNotFound {
            proxy: proxy.to_owned(),
            connection: text.to_owned(),
        })
    })
}

fn how(uri: &Uri) -> Result<CloseMode, ApiError> {
    match query::value(uri, "how").as_deref() {
        None | Some("fin") => Ok(CloseMode::Fin),
        Some("rst") => Ok(CloseMode::Rst),
        Some(other) => Err(ApiError::bad(format!(
            "how is {other:?}, but must be fin or rst"
        ))),
    }
}

#[derive(Serialize)]
struct ListShape<'a> {
    proxy: &'a str,
    seed: u64,
    accepted: u64,
    open: usize,
    connections: Vec<Shape<'a>>,
}

#[derive(Serialize)]
struct Shape<'a> {
    id: u64,
    #[serde(flatten)]
    live: LiveShape,
    toxics: Vec<ToxicOnConnectionShape<'a>>,
}

#[derive(Default, Serialize)]
struct LiveShape {
    client: Option<String>,
    upstream: Option<String>,
    state: &'static str,
    age_ms: Option<u64>,
    bytes: Both<Moved>,
    queued: Both<usize>,
}

#[derive(Default, Serialize)]
struct Both<T> {
    upstream: T,
    downstream: T,
}

#[derive(Default, Serialize)]
struct Moved {
    received: u64,
    sent: u64,
}

#[derive(Serialize)]
struct ToxicOnConnectionShape<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    stream: &'a str,
    toxicity: f32,
    draw: f64,
    matches: bool,
    applies: bool,
    as_connection: u64,
    hits: HitsShape,
}

fn list_shape(view: &ConnectionsView) -> ListShape<'_> {
    ListShape {
        proxy: &view.proxy,
        seed: view.seed,
        accepted: view.accepted,
        open: view.open,
        connections: view.connections.iter().map(shape).collect(),
    }
}

fn shape(view: &ConnectionView) -> Shape<'_> {
    let gone = LiveShape {
        state: "closed",
        ..LiveShape::default()
    };
    Shape {
        id: view.id,
        live: view.live.as_ref().map_or(gone, live_shape),
        toxics: view.toxics.iter().map(seat_shape).collect(),
    }
}

fn live_shape(live: &LiveView) -> LiveShape {
    let moved = |flow: &FlowView| Moved {
        received: flow.received,
        sent: flow.sent,
    };
    LiveShape {
        client: Some(live.client.to_string()),
        upstream: live.upstream.map(|address| address.to_string()),
        state: live.upstream.map_or("dialing", |_| "open"),
        age_ms: Some(u64::try_from(live.age.as_millis()).unwrap_or(u64::MAX)),
        bytes: Both {
            upstream: moved(&live.up),
            downstream: moved(&live.down),
        },
        queued: Both {
            upstream: live.up.queued,
            downstream: live.down.queued,
        },
    }
}

fn seat_shape(seat: &ToxicOnConnection) -> ToxicOnConnectionShape<'_> {
    ToxicOnConnectionShape {
        name: &seat.toxic.name,
        kind: seat.toxic.kind,
        stream: &seat.toxic.stream,
        toxicity: seat.toxic.toxicity,
        draw: seat.draw,
        matches: seat.matches,
        applies: seat.applies,
        as_connection: seat.as_connection,
        hits: HitsShape::of(&seat.hits),
    }
}
