//! The API's routes: the one table of paths, and the router built from it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use tower::Layer;

use super::api::Api;
use super::middleware::{self, Access, Entry};
use super::openapi::openapi;
use super::settings::Settings;
use super::{connections, events, metrics, profiles, proxies, sessions, stats, toxics};
use super::{headers, hints, response};
use crate::control::Control;
use crate::wire::ErrorCode;

/// A path of the API.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The path, with the names of its parameters in braces.
    pub path: &'static str,
    /// The methods that it takes.
    pub methods: &'static [&'static str],
    /// Whether Toxiproxy has this route.
    pub is_toxiproxys: bool,
    access: Access,
    handlers: fn() -> MethodRouter<Api>,
}

/// Exists only when metrics are enabled; takes any method besides the one listed.
const METRICS: &str = "/metrics";

/// All routes. The router is built from this table.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    toxiproxys("/proxies", &["GET", "POST"], || get(proxies::list).post(proxies::create)),
    toxiproxys("/populate", &["POST"], || post(proxies::populate)),
    toxiproxys("/reset", &["POST"], || post(proxies::reset)),
    toxiproxys("/proxies/{proxy}", &["GET", "POST", "PATCH", "DELETE"], || {
        let updated = get(proxies::show).post(proxies::update).patch(proxies::update);
        updated.delete(proxies::delete)
    }),
    toxiproxys("/proxies/{proxy}/toxics", &["GET", "POST"], || get(toxics::list).post(toxics::create)),
    toxiproxys("/proxies/{proxy}/toxics/{toxic}", &["GET", "POST", "PATCH", "DELETE"], || {
        let updated = get(toxics::show).post(toxics::update).patch(toxics::update);
        updated.delete(toxics::delete)
    }),
    own("/proxies/{proxy}/toxics/{toxic}/stats", &["GET"], || get(stats::show)),
    own("/proxies/{proxy}/stats", &["GET"], || get(stats::of_proxy)),
    own("/proxies/{proxy}/connections", &["GET"], || get(connections::list)),
    own("/proxies/{proxy}/connections/{connection}", &["GET", "DELETE"], || {
        get(connections::show).delete(connections::end)
    }),
    own("/profiles", &["GET"], || get(profiles::list)),
    own("/proxies/{proxy}/profile", &["GET", "PUT", "DELETE"], || {
        get(profiles::show).put(profiles::set).delete(profiles::clear)
    }),
    own("/sessions", &["GET", "POST"], || get(sessions::list).post(sessions::start)),
    own("/sessions/{session}", &["GET", "DELETE"], || get(sessions::show).delete(sessions::end)),
    own("/sessions/{session}/renew", &["POST"], || post(sessions::renew)),
    own("/events", &["GET"], || get(events::follow)),
    toxiproxys("/version", &["GET"], || get(version)),
    toxiproxys(METRICS, &["GET"], || any(metrics::show)),
    own("/config", &["GET"], || get(proxies::config)),
    own("/toxic-types", &["GET"], || get(toxics::types)),
    own("/openapi.json", &["GET"], || get(document)),
];

const fn toxiproxys(
    path: &'static str,
    methods: &'static [&'static str],
    handlers: fn() -> MethodRouter<Api>,
) -> Route {
    Route {
        path,
        methods,
        is_toxiproxys: true,
        access: Access::Programs,
        handlers,
    }
}

const fn own(
    path: &'static str,
    methods: &'static [&'static str],
    handlers: fn() -> MethodRouter<Api>,
) -> Route {
    Route {
        is_toxiproxys: false,
        ..toxiproxys(path, methods, handlers)
    }
}

/// The whole API as a service. Its handlers need a tokio runtime.
pub fn router(control: Control, settings: Settings) -> Router {
    let settings = Arc::new(settings);
    let api = Api::new(control, Arc::clone(&settings));
    let has_metrics = settings.proxy_metrics || settings.runtime_metrics;
    let mut routes = Router::new().fallback(unknown_path);
    for route in ROUTES {
        let route = match route.path == METRICS && !has_metrics {
            // Whether metrics are enabled must not be revealed without the token.
            true => Route {
                access: Access::Hidden,
                handlers: || any(unknown_path),
                ..*route
            },
            false => *route,
        };
        let entry = Entry {
            methods: if route.path == METRICS {
                &[]
            } else {
                route.methods
            },
            is_own: !route.is_toxiproxys,
            access: route.access,
            settings: Arc::clone(&settings),
        };
        let admit = from_fn_with_state(entry, middleware::admit);
        let explain = from_fn_with_state(api.clone(), hints::explain);
        let handlers = (route.handlers)();
        routes = routes.route(route.path, handlers.layer(explain).layer(admit));
    }
    let front = from_fn_with_state(settings, middleware::front);
    let routes = routes.with_state(api);
    // The middleware wraps the router from outside: a layer of the router would run only after the path was
    // matched.
    Router::new().fallback_service(front.layer(routes))
}

/// The version of Toxiproxy that aconite reports to clients.
async fn version() -> Response {
    let text = "{\"version\": \"2.12.0\"}\n";
    response::typed(StatusCode::OK, "application/json;charset=utf-8", text)
}

/// The OpenAPI document. The first request for it makes it.
async fn document(State(api): State<Api>) -> Response {
    let make = || openapi(api.control.catalogue()).unwrap_or_default();
    let text = api.document.get_or_init(make).clone();
    response::typed(StatusCode::OK, response::JSON, text)
}

/// Toxiproxy's answer to an unknown path. Its body is recorded, so help goes into the hint.
async fn unknown_path(uri: Uri) -> Response {
    let mut response = response::text(StatusCode::NOT_FOUND, "404 page not found\n");
    headers::set_code(&mut response, ErrorCode::PathNotFound);
    let hint = match uri.path() {
        "/" => {
            "this is the API of aconite, a fault-injection proxy: GET /proxies lists what runs, GET \
             /openapi.json describes every path"
        }
        METRICS => {
            "metrics are off: start the server with -proxy-metrics, -runtime-metrics or both"
        }
        _ => "the API has no such path; GET /openapi.json lists all, such as /proxies and /version",
    };
    headers::set_hint(&mut response, hint);
    response
}

#[cfg(test)]
mod tests;
