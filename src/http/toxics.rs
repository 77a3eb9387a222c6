//! The handlers for toxics: read, call `control`, shape the answer.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::client::Acting;
use super::error::ApiError;
use super::{api::Api, response, warnings};
use crate::control::{ControlError, ToxicView, toxic_change_warnings, toxic_warnings};
use crate::decode;
use crate::wire::{Toxic, ToxicTypes};

pub(super) async fn list(
    State(api): State<Api>,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    let weight = api.control.view_size(Some(&proxy));
    let listed = move |api: &Api| {
        let views = api.control.toxics(&proxy)?.into_iter();
        let toxics: Vec<Toxic> = views.map(Toxic::from).collect();
        Ok(response::json(StatusCode::OK, &toxics))
    };
    api.answer(weight, listed).await?
}

pub(super) async fn create(
    Acting(api): Acting,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // A proxy that does not exist is reported before the body is read.
    api.control.require(&proxy)?;
    let new = api.read(request, decode::proxies::new_toxic).await?;
    let doubts = warnings::lines("", &toxic_warnings(&new, api.control.catalogue()));
    answered(&proxy, api.control.add_toxic(&proxy, new), doubts)
}

/// The types of toxic that this server knows. Toxiproxy's API has no such list.
pub(super) async fn types(State(api): State<Api>) -> Response {
    response::json(StatusCode::OK, &ToxicTypes::from(api.control.catalogue()))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let view = api.control.toxic(&proxy, &toxic)?;
    Ok(response::json(StatusCode::OK, &Toxic::from(view)))
}

pub(super) async fn update(
    Acting(api): Acting,
    Path((proxy, toxic)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let kind = api.control.toxic(&proxy, &toxic)?.kind;
    let change = api.read(request, decode::proxies::toxic_change).await?;
    let doubts = warnings::lines(
        "",
        &toxic_change_warnings(kind, &change, api.control.catalogue()),
    );
    answered(
        &proxy,
        api.control.update_toxic(&proxy, &toxic, change),
        doubts,
    )
}

fn answered(
    proxy: &str,
    made: Result<ToxicView, ControlError>,
    doubts: Vec<String>,
) -> Result<Response, ApiError> {
    match made {
        Ok(view) => {
            let toxic = Toxic::from(view);
            let mut response = response::json(StatusCode::OK, &toxic);
            warnings::tell(&mut response, proxy, Some(&toxic.name), &doubts);
            Ok(response)
        }
        Err(error) => Err(ApiError::from(error).with_warnings(doubts)),
    }
}

pub(super) async fn delete(
    Acting(api): Acting,
    Path((proxy, toxic)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    api.control.remove_toxic(&proxy, &toxic)?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}
