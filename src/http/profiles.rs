//! The handlers for network profiles. Toxiproxy's API has none.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::client::Acting;
use super::error::ApiError;
use super::{api::Api, response, warnings};
use crate::control::unknown_profile_field;
use crate::decode;
use crate::wire::{Profile, ProfileOnProxy, Profiles};

pub(super) async fn list(State(api): State<Api>) -> Result<Response, ApiError> {
    let listed = |api: &Api| {
        let profiles = api.control.profiles().into_iter();
        let profiles = profiles.map(Profile::from).collect();
        response::json(StatusCode::OK, &Profiles { profiles })
    };
    api.answer(api.control.profiles_size(), listed).await
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    let weight = api.control.view_size(Some(&proxy));
    let shown = move |api: &Api| {
        let view = api.control.profile(&proxy)?;
        Ok(response::json(StatusCode::OK, &ProfileOnProxy::from(view)))
    };
    api.answer(weight, shown).await?
}

pub(super) async fn set(
    Acting(api): Acting,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // A proxy that does not exist is reported before the body is read.
    api.control.require(&proxy)?;
    let new = api.read(request, decode::profile::new_profile).await?;
    let unknown = new.unknown.iter();
    let unknown: Vec<_> = unknown.map(|name| unknown_profile_field(name)).collect();
    let doubts = warnings::lines("", &unknown);
    match api.control.set_profile(&proxy, &new) {
        Ok(view) => {
            let mut response = response::json(StatusCode::OK, &ProfileOnProxy::from(view));
            warnings::tell(&mut response, &proxy, None, &doubts);
            Ok(response)
        }
        Err(error) => Err(ApiError::from(error).with_warnings(doubts)),
    }
}

pub(super) async fn clear(
    Acting(api): Acting,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    api.control.clear_profile(&proxy)?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}
