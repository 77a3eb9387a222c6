//! The control API over HTTP: routes, access, statuses, headers, streams.
//!
//! May know: axum and hyper, `control`, `decode` and `wire`. Must not know: `net`, `engine`, or how `control`
//! does its work.
//!
//! A request passes through `middleware::front` (host, site, path), axum's router, `middleware::admit`
//! (method, user agent, token) and a handler. The one table in `router` names every handler. `decode` turns
//! bodies into values of `control`. `views` turns what `control` returns into the types of `wire`. `error`
//! turns errors into a status, a code and a body. `wording` and `hints` hold the texts of all errors.
//! Behaviour that looks odd is Toxiproxy's: Toxiproxy is built on Go's `net/http`, `encoding/json` and
//! gorilla/mux, and its behaviour was recorded.

mod access;
mod api;
mod body;
mod client;
mod connections;
mod error;
mod events;
mod feed;
mod headers;
mod hints;
mod host;
mod memory;
mod metrics;
mod metrics_connections;
mod metrics_requests;
mod metrics_scrapes;
mod metrics_toxics;
mod middleware;
mod offload;
mod openapi;
mod path;
mod profiles;
mod proxies;
mod query;
mod response;
mod router;
mod serve;
mod sessions;
mod settings;
mod stats;
mod toxics;
mod views;
mod warnings;
mod wording;

pub use self::openapi::openapi as openapi_document;
pub use self::router::{ROUTES, Route, router};
pub use self::serve::{Lent, Room, serve};
pub use self::settings::Settings;
pub use self::wording::describe;
pub use crate::wire::ErrorCode;
