//! The handlers for statistics. Toxiproxy's API has none.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::error::ApiError;
use super::{api::Api, response};
use crate::wire::{ProxyStats, Stats};

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let view = api.control.stats(&proxy, &toxic)?;
    Ok(response::json(StatusCode::OK, &Stats::from(view)))
}

pub(super) async fn of_proxy(
    State(api): State<Api>,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    let view = api.control.proxy_stats(&proxy)?;
    Ok(response::json(StatusCode::OK, &ProxyStats::from(view)))
}
