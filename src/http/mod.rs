//! The control API over HTTP: parse, call [`Control`], shape the answer.
//!
//! May know: `control`. Must not know: `net`, `engine`, how anything works.
//!
//! A request passes `guard::front` (host, site, path), axum's router, `guard::admit`
//! (method, user agent, token) and a handler in `proxies` or `toxics`. `json` and `read` turn bodies into values,
//! `views`, `answer` and `error` turn values into answers; `hints` and `notes` say in headers what to do
//! about errors. Where behaviour looks odd it is the
//! reference's, which is built on Go's `net/http`, `encoding/json` and gorilla/mux.

mod access;
mod answer;
mod apart;
mod attribute;
mod body;
mod caller;
mod check;
mod config_place;
mod config_text;
mod connections;
mod decode_error;
mod error;
mod events;
mod extras;
mod fault;
mod feed;
mod guard;
mod hints;
mod host;
mod json;
mod members;
mod memory;
mod metrics;
mod metrics_connections;
mod metrics_scrapes;
mod metrics_toxics;
mod notes;
mod path;
mod proxies;
mod query;
mod read;
mod serve;
mod sessions;
mod stats;
mod strays;
mod toxics;
mod views;
mod wording;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use tokio::sync::Semaphore;
use tower::Layer;

pub use self::check::{check_config, check_config_beside};
pub use self::config_place::config_fault;
pub use self::decode_error::{JsonPath, WireError};
pub use self::fault::Fault;
pub use self::read::{read_config, read_proxies};
pub use self::serve::{Lent, Room, serve};
pub use self::wording::describe;
use crate::control::{Control, MAX_FOLLOWERS};
pub use crate::wire::ErrorCode;

const PROXIES: &str = "/proxies";
const POPULATE: &str = "/populate";
const RESET: &str = "/reset";
const PROXY: &str = "/proxies/{proxy}";
const TOXICS: &str = "/proxies/{proxy}/toxics";
const TOXIC: &str = "/proxies/{proxy}/toxics/{toxic}";
const STATS: &str = "/proxies/{proxy}/toxics/{toxic}/stats";
const CONNECTIONS: &str = "/proxies/{proxy}/connections";
const CONNECTION: &str = "/proxies/{proxy}/connections/{connection}";
const SESSIONS: &str = "/sessions";
const SESSION: &str = "/sessions/{session}";
const RENEW: &str = "/sessions/{session}/renew";
const EVENTS: &str = "/events";
const VERSION: &str = "/version";
const METRICS: &str = "/metrics";
const CONFIG: &str = "/config";
const OPENAPI: &str = "/openapi.json";

/// Every path, and the methods that it takes. The router is built from this table. `/metrics`
/// is only there when enabled, and takes any method besides the one listed.
pub const ROUTES: &[(&str, &[&str])] = &[
    (PROXIES, &["GET", "POST"]),
    (POPULATE, &["POST"]),
    (RESET, &["POST"]),
    (PROXY, &["GET", "POST", "PATCH", "DELETE"]),
    (TOXICS, &["GET", "POST"]),
    (TOXIC, &["GET", "POST", "PATCH", "DELETE"]),
    (STATS, &["GET"]),
    (CONNECTIONS, &["GET"]),
    (CONNECTION, &["GET", "DELETE"]),
    (SESSIONS, &["GET", "POST"]),
    (SESSION, &["GET", "DELETE"]),
    (RENEW, &["POST"]),
    (EVENTS, &["GET"]),
    (VERSION, &["GET"]),
    (METRICS, &["GET"]),
    (CONFIG, &["GET"]),
    (OPENAPI, &["GET"]),
];

/// Toxiproxy's own.
const TOXIPROXYS: [&str; 8] = [
    PROXIES, POPULATE, RESET, PROXY, TOXICS, TOXIC, VERSION, METRICS,
];

/// How the API behaves.
#[derive(Clone)]
pub struct Settings {
    /// The address that the API is bound to. On loopback, foreign names in `Host` are refused; beyond
    /// it, only those of requests that a web page may have sent.
    pub listen: SocketAddr,
    /// Names in `Host` that are not foreign, in any case; a port is ignored.
    pub allow_hosts: Vec<String>,
    /// Whether `/metrics` shows the traffic of proxies.
    pub proxy_metrics: bool,
    /// Whether `/metrics` shows the process (on Linux).
    pub runtime_metrics: bool,
    /// The largest body taken, in bytes.
    pub body_limit: usize,
    /// How many may follow events at a time.
    pub followers: usize,
    /// The bearer token that every request has to carry, if there is one.
    pub token: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("allow_hosts", &self.allow_hosts)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The largest body taken by default, in bytes: 16 MiB.
    pub const BODY_LIMIT: usize = 16 << 20;
    /// The largest bodies all together, in bytes, besides the first 16 KiB of each: 64 MiB.
    pub const BODIES_LIMIT: usize = 64 << 20;

    /// An API bound to `listen`, without metrics and further names.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            allow_hosts: Vec::new(),
            proxy_metrics: false,
            runtime_metrics: false,
            body_limit: Self::BODY_LIMIT,
            followers: MAX_FOLLOWERS,
            token: None,
        }
    }
}

/// What the handlers share.
#[derive(Clone, Debug)]
struct Api {
    control: Control,
    settings: Arc<Settings>,
    scrapes: Arc<metrics_scrapes::Scrapes>,
    apart: apart::Apart,
    bodies: memory::Memory,
    followers: Arc<Semaphore>,
    feed: feed::Feed,
}

impl Api {
    async fn body(&self, request: Request) -> Result<body::Whole, body::BodyError> {
        let (parts, body) = request.into_parts();
        let limit = self.settings.body_limit;
        body::read(&parts.headers, body, limit, &self.bodies).await
    }
}

/// The whole API as a service. Its handlers need a tokio runtime.
pub fn router(control: Control, settings: Settings) -> Router {
    let settings = Arc::new(settings);
    let api = Api {
        scrapes: Arc::default(),
        control,
        settings: Arc::clone(&settings),
        apart: apart::Apart::default(),
        bodies: memory::Memory::of(Settings::BODIES_LIMIT),
        followers: Arc::new(Semaphore::new(settings.followers)),
        feed: feed::Feed::default(),
    };
    let metrics = settings.proxy_metrics || settings.runtime_metrics;
    let mut routes = Router::new().fallback(answer::unknown_path);
    for &(path, methods) in ROUTES
        .iter()
        .filter(|(path, _)| *path != METRICS || metrics)
    {
        let methods: guard::Methods = if path == METRICS { &[] } else { methods };
        let entry = guard::Entry {
            methods,
            is_own: !TOXIPROXYS.contains(&path),
            settings: Arc::clone(&settings),
        };
        let admit = from_fn_with_state(entry, guard::admit);
        let explain = from_fn_with_state(api.clone(), hints::explain);
        routes = routes.route(path, handlers(path).layer(explain).layer(admit));
    }
    if !metrics {
        // Whether there are metrics is something that could be given away.
        let guarded = from_fn_with_state(Arc::clone(&settings), guard::ask_token);
        routes = routes.route(METRICS, any(answer::unknown_path).layer(guarded));
    }
    let front = from_fn_with_state(settings, guard::front);
    let routes = routes.with_state(api);
    // Around the router and not on it: what is on it runs after the path was matched.
    Router::new().fallback_service(front.layer(routes))
}

fn handlers(path: &str) -> MethodRouter<Api> {
    match path {
        PROXIES => get(proxies::list).post(proxies::create),
        POPULATE => post(proxies::populate),
        RESET => post(proxies::reset),
        PROXY => get(proxies::show)
            .post(proxies::update)
            .patch(proxies::update)
            .delete(proxies::delete),
        TOXICS => get(toxics::list).post(toxics::create),
        TOXIC => get(toxics::show)
            .post(toxics::update)
            .patch(toxics::update)
            .delete(toxics::delete),
        STATS => get(stats::show),
        CONNECTIONS => get(connections::list),
        CONNECTION => get(connections::show).delete(connections::end),
        SESSIONS => get(sessions::list).post(sessions::start),
        SESSION => get(sessions::show).delete(sessions::end),
        RENEW => post(sessions::renew),
        EVENTS => get(events::follow),
        VERSION => get(version),
        METRICS => any(metrics::show),
        CONFIG => get(proxies::config),
        OPENAPI => get(openapi),
        _ => MethodRouter::new(),
    }
}

/// The version of the reference that clients may take this for.
async fn version() -> Response {
    let text = "{\"version\": \"2.12.0\"}\n";
    answer::typed(StatusCode::OK, "application/json;charset=utf-8", text)
}

async fn openapi() -> Response {
    answer::typed(
        StatusCode::OK,
        answer::JSON,
        include_str!("../../api/openapi.json"),
    )
}

#[cfg(test)]
mod tests;
