//! The handlers for proxies: read, call `control`, shape the answer.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::client::Acting;
use super::error::{ApiError, PopulateRefused};
use super::views::config::config_text;
use super::views::proxy::by_name;
use super::{api::Api, query, response, warnings};
use crate::control::{Catalogue, MAX_WARNINGS, NewProxy, proxy_change_warnings, proxy_warnings};
use crate::decode::{self, DecodeError};
use crate::wire::{Populated, Proxy};

pub(super) async fn list(State(api): State<Api>) -> Result<Response, ApiError> {
    let all = |api: &Api| response::json(StatusCode::OK, &by_name(api.control.list()));
    api.answer(api.control.view_size(None), all).await
}

/// Answers with the running proxies as a config file.
pub(super) async fn config(State(api): State<Api>) -> Result<Response, ApiError> {
    let config = |api: &Api| match config_text(api.control.list(), api.control.custom_profiles()) {
        Ok(text) => response::typed(StatusCode::OK, response::JSON, text),
        Err(_) => ApiError::internal().into_response(),
    };
    let weight = api.control.view_size(None) + api.control.profiles_size();
    api.answer(weight, config).await
}

pub(super) async fn create(Acting(api): Acting, request: Request) -> Result<Response, ApiError> {
    let (new, _held) = api.read_held(request, decode::proxies::new_proxy).await?;
    let doubts = warnings::lines("", &proxy_warnings(&new, api.control.catalogue()));
    match api.control.create(new).await {
        Ok(view) => {
            let proxy = Proxy::from(view);
            let mut response = response::json(StatusCode::CREATED, &proxy);
            warnings::tell(&mut response, &proxy.name, None, &doubts);
            Ok(response)
        }
        Err(error) => Err(ApiError::from(error).with_warnings(doubts)),
    }
}

pub(super) async fn populate(
    Acting(api): Acting,
    request: Request,
) -> Result<Response, PopulateRefused> {
    let catalogue = api.control.catalogue().clone();
    let read = move |body: &[u8]| read_list(body, &catalogue);
    let ((list, doubts), _held) = api.read_held(request, read).await?;
    match api.control.populate(list).await {
        Ok(views) => {
            let weight = views.iter().map(|view| 1 + view.toxics.len()).sum();
            let shown = move |_: &Api| {
                let proxies: Vec<Proxy> = views.into_iter().map(Proxy::from).collect();
                response::json(StatusCode::CREATED, &Populated::from(proxies))
            };
            let mut response = api.answer(weight, shown).await?;
            warnings::tell(&mut response, "", None, &doubts);
            Ok(response)
        }
        Err(refusal) => Err(PopulateRefused::by_control(refusal).with_warnings(doubts)),
    }
}

/// Decodes a list and finds its warnings. Checking a hundred thousand toxics takes long, so both happen on
/// the thread that decodes.
fn read_list(
    body: &[u8],
    catalogue: &Catalogue,
) -> Result<(Vec<NewProxy>, Vec<String>), DecodeError> {
    let list = decode::proxies::read_proxies(body)?;
    let doubts = doubts_of_list(&list, catalogue);
    Ok((list, doubts))
}

/// The warnings about the proxies of a list. Their number is bounded.
fn doubts_of_list(list: &[NewProxy], catalogue: &Catalogue) -> Vec<String> {
    let mut doubts = Vec::new();
    for (index, new) in list.iter().enumerate() {
        if doubts.len() >= MAX_WARNINGS {
            break;
        }
        let place = format!("[{index}].");
        doubts.extend(warnings::lines(&place, &proxy_warnings(new, catalogue)));
    }
    doubts
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    let weight = api.control.view_size(Some(&proxy));
    let shown = move |api: &Api| {
        let view = api.control.show(&proxy)?;
        Ok(response::json(StatusCode::OK, &Proxy::from(view)))
    };
    api.answer(weight, shown).await?
}

pub(super) async fn update(
    Acting(api): Acting,
    Path(proxy): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    // A proxy that does not exist is reported before the body is read.
    api.control.require(&proxy)?;
    let read = decode::proxies::proxy_change;
    let (change, _held) = api.read_held(request, read).await?;
    let doubts = warnings::lines("", &proxy_change_warnings(&change));
    match api.control.update(&proxy, change).await {
        Ok(view) => {
            let mut response = response::json(StatusCode::OK, &Proxy::from(view));
            warnings::tell(&mut response, &proxy, None, &doubts);
            Ok(response)
        }
        Err(error) => Err(ApiError::from(error).with_warnings(doubts)),
    }
}

pub(super) async fn delete(
    Acting(api): Acting,
    Path(proxy): Path<String>,
) -> Result<Response, ApiError> {
    api.control.delete(&proxy).await?;
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// Resets everything, or what the session in the query made, or the proxy in the query.
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
    Ok(response::empty(StatusCode::NO_CONTENT))
}
