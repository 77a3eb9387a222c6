//! The handlers for proxies: read, call `control`, shape the answer.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::caller::Acting;
use super::error::{ApiError, PopulateRefused};
use super::{Api, answer, query, read, write};

pub(super) async fn list(State(api): State<Api>) -> Response {
    answer::json(StatusCode::OK, &write::by_name(&api.control.list()))
}

/// What runs, as a config file.
pub(super) async fn config(State(api): State<Api>) -> Response {
    match write::config(&api.control.list()) {
        Ok(text) => answer::typed(StatusCode::OK, answer::JSON, text),
        Err(_) => ApiError::internal().into_response(),
    }
}

pub(super) async fn create(Acting(api): Acting, request: Request) -> Result<Response, ApiError> {
    let new = read::new_proxy(&api.body(request).await?)?;
    let view = api.control.create(new).await?;
    Ok(answer::json(StatusCode::CREATED, &write::Proxy(&view)))
}

pub(super) async fn populate(
    Acting(api): Acting,
    request: Request,
) -> Result<Response, PopulateRefused> {
    let list = read::read_proxies(&api.body(request).await?)?;
    let views = api
        .control
        .populate(list)
        .await
        .map_err(PopulateRefused::by_control)?;
    Ok(answer::json(StatusCode::CREATED, &write::populated(&views)))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    let view = api.control.show(&proxy)?;
    Ok(answer::json(StatusCode::OK, &write::Proxy(&view)))
}

pub(super) async fn update(
    Acting(api): Acting,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // That it does not exist is said before the body is read.
    api.control.require(&proxy)?;
    let change = read::proxy_change(&api.body(request).await?)?;
    let view = api.control.update(&proxy, change).await?;
    Ok(answer::json(StatusCode::OK, &write::Proxy(&view)))
}

pub(super) async fn delete(
    Acting(api): Acting,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    api.control.delete(&proxy).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

/// Of everything, or with `session` in the query of what that has made, or with `proxy` of this one.
pub(super) async fn reset(Acting(api): Acting, request: Request) -> Result<Response, ApiError> {
    let [session, proxy] = ["session", "proxy"].map(|key| query::value(request.uri(), key));
    match (session, proxy) {
        (None, None) => api.control.reset().await?,
        (Some(session), None) => api.control.reset_session(&session).await?,
        (None, Some(proxy)) => api.control.reset_proxy(&proxy).await?,
        (Some(_), Some(_)) => {
            let why = "reset takes session or proxy, not both: send one request for each";
            return Err(ApiError::bad(why.to_owned()));
        }
    }
    Ok(answer::empty(StatusCode::NO_CONTENT))
}
