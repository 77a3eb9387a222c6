//! Sessions: read, call `control`, shape the answer.
//!
//! May know: `control`'s view of them. An addition to the reference's API.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::caller::Acting;
use super::decode_error::WireError;
use super::error::ApiError;
use super::{Api, answer, read};
use crate::control::SessionView;
use crate::util::duration;

pub(super) async fn list(State(api): State<Api>) -> Response {
    #[derive(Serialize)]
    struct Sessions {
        sessions: Vec<Shape>,
    }
    let sessions = api.control.sessions().iter().map(shape).collect();
    answer::json(StatusCode::OK, &Sessions { sessions })
}

pub(super) async fn start(Acting(api): Acting, request: Request) -> Result<Response, ApiError> {
    let asked = api.read(request, read::session).await?;
    let view = api.control.start_session(asked.name, asked.ttl)?;
    Ok(answer::json(StatusCode::CREATED, &shape(&view)))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(session): Path<String>,
) -> Result<Response, ApiError> {
    let view = api.control.session(&session)?;
    Ok(answer::json(StatusCode::OK, &shape(&view)))
}

pub(super) async fn renew(
    State(api): State<Api>,
    Path(session): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    api.control.session(&session)?;
    let ttl = api.read(request, renewal).await?;
    let view = api.control.renew_session(&session, ttl)?;
    Ok(answer::json(StatusCode::OK, &shape(&view)))
}

/// The new time to live; an empty body leaves it.
fn renewal(body: &[u8]) -> Result<Option<Duration>, WireError> {
    match body.trim_ascii() {
        [] => Ok(None),
        body => Ok(read::session(body)?.ttl),
    }
}

pub(super) async fn end(
    Acting(api): Acting,
    Path(session): Path<String>,
) -> Result<Response, ApiError> {
    api.control.end_session(&session).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

#[derive(Serialize)]
struct Shape {
    name: String,
    ttl: String,
    expires_in: String,
}

fn shape(view: &SessionView) -> Shape {
    Shape {
        name: view.name.clone(),
        ttl: duration::text(view.ttl),
        expires_in: duration::format_millis(view.expires_in),
    }
}
