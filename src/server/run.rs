//! Starts the proxies of the config file and the API, serves until a signal, and stops everything.

use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tracing::{info, warn};

use super::api_address::{self, ListenAddressError};
use super::config::{self, ConfigError};
use super::signals::Signals;
use crate::args::{API_VERSION, ServerOptions, VERSION};
use crate::control::{Catalogue, Control, Limits, MAX_FOLLOWERS, Options};
use crate::http::{self, Room, Settings};
use crate::net::{Budget, Lookups, Workers};

/// The time limit for ending connections and API requests.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

/// The variable that holds the API's bearer token.
const TOKEN: &str = "TOXIPROXY_AUTH_TOKEN";

/// Why the server cannot run.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The API cannot listen.
    #[error(transparent)]
    ListenAddress(#[from] ListenAddressError),
    /// The proxies of the config file cannot be created.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The system does not allow the process to wait for signals.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
    /// The system lacks a resource that proxies need.
    #[error("cannot set up proxies: {0}")]
    Control(#[source] io::Error),
}

/// Runs the server until SIGINT or SIGTERM (Ctrl-C on Windows). These also end it while it is
/// starting.
///
/// Proxies of the config file listen before the API accepts connections. Shutdown takes about a
/// second at most, even if a task hangs. Must be called inside a tokio runtime.
///
/// # Errors
///
/// The API cannot listen, or a proxy of the config file cannot be created. Every proxy is stopped
/// in that case.
pub async fn run(options: ServerOptions) -> Result<(), ServerError> {
    let mut signals = Signals::listen().map_err(ServerError::Signals)?;
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let workers = Workers::start(workers).map_err(ServerError::Control)?;
    let limits = options.limits;
    let room = room(&workers, limits.api_connections);
    let control = Control::new(Options {
        seed: options.seed.cast_unsigned(),
        strict: options.strict,
        catalogue: Catalogue::default(),
        workers: Some(workers.clone()),
        budget: Budget::new(limits.link_buffer, limits.total_buffer),
        limits: Limits {
            connections: limits.connections,
            proxies: limits.proxies,
            toxics: limits.toxics,
        },
    })
    .map_err(ServerError::Control)?;
    let ended = tokio::select! {
        signal = signals.next() => {
            info!(signal, "stopping");
            Ok(())
        }
        ended = serve(&options, &control, (workers.lookups(), room)) => ended,
    };
    if ended.is_ok() && !limits.drain.is_zero() {
        info!(limit = ?limits.drain, "waiting for connections to end");
        tokio::select! {
            () = control.drain(limits.drain) => {}
            signal = signals.next() => warn!(signal, "not waiting any longer"),
        }
    }
    if tokio::time::timeout(SHUTDOWN_LIMIT, control.shutdown())
        .await
        .is_err()
    {
        warn!("some connections did not end in time and are dropped");
    }
    ended
}

/// The API has file descriptors of its own, and borrows more while proxies do not need them.
fn room(workers: &Workers, most: usize) -> Room {
    let own = workers.descriptors_of_api();
    let workers = workers.clone();
    Room {
        own,
        most,
        lend: Arc::new(move || workers.lend_descriptor()),
    }
}

/// Starts everything, the proxies first. Serves the API for as long as the future is polled.
async fn serve(
    options: &ServerOptions,
    control: &Control,
    (lookups, room): (&Lookups, Room),
) -> Result<(), ServerError> {
    info!(
        version = VERSION,
        api_version = API_VERSION,
        seed = options.seed,
        strict = options.strict,
        "starting aconite"
    );
    if !options.ignored.is_empty() {
        warn!(words = ?options.ignored, "ignoring words after the flags");
    }
    if !options.foreign_variables.is_empty() {
        warn!(
            variables = ?options.foreign_variables,
            "ignoring variables that hold the address of a service, as Kubernetes and Docker set them \
             for a service called aconite; use the flag instead, or rename the service"
        );
    }
    let api_address = api_address::find(&options.host, &options.port, lookups).await?;
    if let Some(path) = &options.config {
        let api = (options.host.as_str(), options.port.as_str());
        let loaded = config::load(path, control, lookups, (api, options.strict)).await?;
        let proxies = loaded.proxies;
        info!(path = %path.display(), proxies, "config file loaded");
        if !loaded.warnings.is_empty() {
            let count = loaded.warnings.len();
            let first: Vec<String> = loaded
                .warnings
                .iter()
                .take(8)
                .map(ToString::to_string)
                .collect();
            warn!(path = %path.display(), count, warnings = ?first,
                "the config file has warnings; `aconite config check` prints all of them");
        }
    }
    let (listener, address) = api_address.listen(|address| control.listener_on(address))?;
    // Test rigs wait for this message, which is Toxiproxy's. The API already accepts connections.
    info!(%address, "Starting Toxiproxy HTTP server");
    let settings = settings(options, address, room.most);
    if settings.token.is_none() && !address.ip().to_canonical().is_loopback() {
        warn!(
            %address,
            "the API is unauthenticated: whoever can reach it can make this machine connect anywhere; \
             set {TOKEN} to require a token"
        );
    }
    let app = http::router(control.clone(), settings);
    match http::serve(listener, app, room).await {}
}

/// The token that requests must carry. As in Toxiproxy since 2.13, surrounding white space is
/// removed, such as the newline at the end of a secret's file. A blank token means none.
fn token() -> Option<String> {
    let token = std::env::var_os(TOKEN)?;
    let token = token.to_string_lossy().trim().to_owned();
    if token.chars().any(char::is_control) {
        warn!("{TOKEN} contains a control character, which no request can carry");
    }
    Some(token).filter(|token| !token.is_empty())
}

fn settings(options: &ServerOptions, listen: SocketAddr, connections: usize) -> Settings {
    Settings {
        allow_hosts: options.allow_hosts.clone(),
        proxy_metrics: options.proxy_metrics,
        runtime_metrics: options.runtime_metrics,
        token: token(),
        followers: (connections * 3 / 4).clamp(1, MAX_FOLLOWERS),
        ..Settings::new(listen)
    }
}
