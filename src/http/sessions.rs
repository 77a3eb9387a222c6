//! The handlers for sessions. Toxiproxy's API has none.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::client::Acting;
use super::error::ApiError;
use super::{api::Api, response};
use crate::decode;
use crate::decode::DecodeError;
use crate::wire::{Session, Sessions};

pub(super) async fn list(State(api): State<Api>) -> Response {
    let sessions = api.control.sessions().into_iter();
    let sessions = sessions.map(Session::from).collect();
    response::json(StatusCode::OK, &Sessions { sessions })
}

pub(super) async fn start(Acting(api): Acting, request: Request) -> Result<Response, ApiError> {
    let asked = api.read(request, decode::session::session).await?;
    let view = api.control.start_session(asked.name, asked.ttl)?;
    Ok(response::json(StatusCode::CREATED, &Session::from(view)))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(session): Path<String>,
) -> Result<Response, ApiError> {
    let view = api.control.session(&session)?;
    Ok(response::json(StatusCode::OK, &Session::from(view)))
}

pub(super) async fn renew(
    State(api): State<Api>,
    Path(session): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    api.control.session(&session)?;
    let ttl = api.read(request, renewal).await?;
    let view = api.control.renew_session(&session, ttl)?;
    Ok(response::json(StatusCode::OK, &Session::from(view)))
}

/// Decodes the new time to live. An empty body keeps the old one.
fn renewal(body: &[u8]) -> Result<Option<Duration>, DecodeError> {
    match body.trim_ascii() {
        [] => Ok(None),
        body => Ok(decode::session::session(body)?.ttl),
    }
}

pub(super) async fn end(
    Acting(api): Acting,
    Path(session): Path<String>,
) -> Result<Response, ApiError> {
    api.control.end_session(&session).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}
