//! The handlers for proxies: read, call `control`, shape the answer.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::caller::Acting;
use super::error::{ApiError, PopulateRefused};
use super::{Api, answer, query, read, write};

pub(super) async fn list(State(api): State<Api>) -> Result<Response, ApiError> {
    let all = |api: &Api| answer::json(StatusCode::OK, &write::by_name(&api.control.list()));
    api.answer(api.control.weight(None), all).await
}

/// What runs, as a config file.
pub(super) async fn config(State(api): State<Api>) -> Result<Response, ApiError> {
    let config = |api: &Api| match write::config(&api.control.list()) {
        Ok(text) => answer::typed(StatusCode::OK, answer::JSON, text),
        Err(_) => ApiError::internal().into_response(),
    };
    api.answer(api.control.weight(None), config).await
}

pub(super) async fn create(Acting(api): Acting, request: Request) -> Result<Response, ApiError> {
    let new = api.read(request, read::new_proxy).await?;
    let view = api.control.create(new).await?;
    Ok(answer::json(StatusCode::CREATED, &write::Proxy(&view)))
}

pub(super) async fn populate(
    Acting(api): Acting,
    request: Request,
) -> Result<Response, PopulateRefused> {
    let list = api.read(request, read::read_proxies).await?;
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
    let weight = api.control.weight(Some(&proxy));
    let shown = move |api: &Api| {
        let view = api.control.show(&proxy)?;
        Ok(answer::json(StatusCode::OK, &write::Proxy(&view)))
    };
    api.answer(weight, shown).await?
}

pub(super) async fn update(
    Acting(api): Acting,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // That it does not exist is said before the body is read.
    api.control.require(&proxy)?;
    let change = api.read(request, read::proxy_change).await?;
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
