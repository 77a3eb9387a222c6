//! The handler for what a toxic did. An addition to Toxiproxy's API.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::error::ApiError;
use super::{Api, answer};
use crate::wire::Stats;

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let view = api.control.stats(&proxy, &toxic)?;
    Ok(answer::json(StatusCode::OK, &Stats::from(view)))
}
