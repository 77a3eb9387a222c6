//! The handlers for toxics: read, call `control`, shape the answer.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::caller::Acting;
use super::error::ApiError;
use super::{Api, answer, read, write};

pub(super) async fn list(
    State(api): State<Api>,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    let weight = api.control.weight(Some(&proxy));
    let listed = move |api: &Api| {
        let views = api.control.toxics(&proxy)?;
        Ok(answer::json(StatusCode::OK, &write::toxics(&views)))
    };
    api.answer(weight, listed).await?
}

pub(super) async fn create(
    Acting(api): Acting,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // That the proxy does not exist is said before the body is read.
    api.control.require(&proxy)?;
    let new = api.read(request, read::new_toxic).await?;
    let view = api.control.add_toxic(&proxy, new)?;
    Ok(answer::json(StatusCode::OK, &write::Toxic(&view)))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let view = api.control.toxic(&proxy, &toxic)?;
    Ok(answer::json(StatusCode::OK, &write::Toxic(&view)))
}

pub(super) async fn update(
    Acting(api): Acting,
    Path((proxy, toxic)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    api.control.toxic(&proxy, &toxic)?;
    let change = api.read(request, read::toxic_change).await?;
    let view = api.control.update_toxic(&proxy, &toxic, change)?;
    Ok(answer::json(StatusCode::OK, &write::Toxic(&view)))
}

pub(super) async fn delete(
    Acting(api): Acting,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    api.control.remove_toxic(&proxy, &toxic)?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}
