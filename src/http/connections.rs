//! The handlers for connections. Toxiproxy's API has none.

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::error::ApiError;
use super::{api::Api, query, response};
use crate::control::{CloseMode, ControlError};
use crate::util::text::whole_number;
use crate::wire::{Connection, Connections};

/// How many connections one answer lists by default, and at most.
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
    let weight = api.control.view_size(Some(&proxy)).saturating_mul(most);
    let listed = move |api: &Api| {
        let view = api.control.connections(&proxy, after, most)?;
        Ok(response::json(StatusCode::OK, &Connections::from(&view)))
    };
    api.answer(weight, listed).await?
}

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    api.control.require(&proxy)?;
    let view = api.control.connection(&proxy, ordinal(&proxy, &id)?)?;
    Ok(response::json(StatusCode::OK, &Connection::from(&view)))
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
    Ok(response::empty(StatusCode::NO_CONTENT))
}

fn ordinal(proxy: &str, text: &str) -> Result<u64, ApiError> {
    let id = whole_number(text).filter(|id| *id >= 1);
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
