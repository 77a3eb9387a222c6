//! The file of `-config`: proxies to create before the API takes connections, as a JSON array or an
//! object with that array as `proxies`.
//!
//! Proxies are created all or none. If that fails, whoever wrote the file is told every fault at once,
//! in the form of `aconite config check`: what the file shows, and which addresses cannot be had.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

use super::api_address::way_out;
use crate::config::{self, Fault};
use crate::control::{Control, ControlError, NewProxy, PopulateError, overlap};
use crate::http;
use crate::net::{Bound, HostPort, Lookups};

/// Why the proxies of a config file cannot be had. None of them listens then.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "config file {path}: {source}; name one that exists and can be read, or leave out -config"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file has faults. The first line says how many, the others are the faults.
    #[error(
        "config file {path:?}: {}, so nothing was started{}",
        count(faults),
        lines(path, faults)
    )]
    Faulty {
        /// The file.
        path: String,
        /// What is wrong with it, warnings included.
        faults: Vec<Fault>,
    },
}

fn count(faults: &[Fault]) -> String {
    match faults.iter().filter(|fault| fault.fatal).count() {
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    }
}

fn lines(path: &str, faults: &[Fault]) -> String {
    let lines = faults.iter().map(|fault| format!("\n{path}:{fault}"));
    lines.collect()
}

/// What a file gave.
pub(super) struct Loaded {
    pub(super) proxies: usize,
    /// Places where it says what its author can hardly have meant.
    pub(super) warnings: Vec<Fault>,
}

/// How long the names of all entries may take that cannot be had, to say which they are.
const LOOKUP_LIMIT: Duration = Duration::from_secs(10);

/// Creates the proxies of a file, all or none. The API is to listen on the host and port of `api`.
pub(super) async fn load(
    path: &Path,
    control: &Control,
    lookups: &Lookups,
    (api, strict): ((&str, &str), bool),
) -> Result<Loaded, ConfigError> {
    let text = read(path).await.map_err(|source| ConfigError::Unreadable {
        path: format!("{path:?}"),
        source,
    })?;
    let faulty = |faults: Vec<Fault>| ConfigError::Faulty {
        path: path.display().to_string(),
        faults,
    };
    let mut faults = config::check_config_beside(&text, api, control.catalogue());
    let Ok(list) = config::read_config(&text) else {
        return Err(faulty(faults));
    };
    // Nobody can have started a session yet.
    if list.iter().any(names_session) {
        return Err(faulty(faults));
    }
    let Err(refusal) = control.populate(list.clone()).await else {
        return Ok(Loaded {
            proxies: list.len(),
            warnings: faults,
        });
    };
    for (entry, problem) in addresses_in_use(&list, lookups).await {
        let fault = config::config_fault(&text, entry, "listen", problem);
        // What cannot be read or stands there twice has been told.
        if !faults
            .iter()
            .any(|known| known.fatal && known.path == fault.path)
        {
            faults.push(fault);
        }
    }
    explain(&mut faults, &text, &refusal, strict);
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faulty(faults))
}

/// Sees to it that the faults have one which explains the refusal.
fn explain(faults: &mut Vec<Fault>, text: &[u8], refusal: &PopulateError, strict: bool) {
    if faults.iter().any(|fault| fault.fatal) {
        return;
    }
    let is_of_check = matches!(
        refusal.error,
        ControlError::BadValue { .. }
            | ControlError::BadAttribute { .. }
            | ControlError::UnknownSession { .. }
            | ControlError::Strict { .. }
            | ControlError::InToxic { .. }
    );
    if strict && !faults.is_empty() && is_of_check {
        // What is only odd elsewhere is an error here.
        for fault in faults {
            fault.fatal = true;
        }
        return;
    }
    let problem = http::describe(&refusal.error);
    faults.push(config::config_fault(text, refusal.entry, "", problem));
}

fn names_session(proxy: &NewProxy) -> bool {
    let mut toxics = proxy.toxics.iter();
    proxy.session.is_some() || toxics.any(|toxic| toxic.extras.session.is_some())
}

/// Entries whose address cannot be had, and why. Nothing of the list listens when this is asked, so
/// each address is tried beside those before it.
async fn addresses_in_use(list: &[NewProxy], lookups: &Lookups) -> Vec<(usize, String)> {
    let deadline = tokio::time::Instant::now() + LOOKUP_LIMIT;
    let mut held: Vec<(usize, Bound)> = Vec::new();
    let mut problems = Vec::new();
    for (entry, proxy) in list.iter().enumerate() {
        let listen = proxy.listen.as_deref().unwrap_or_default();
        let (Some(true) | None, Ok(address)) = (proxy.enabled, HostPort::parse(listen)) else {
            continue;
        };
        let looked_up = tokio::time::timeout_at(deadline, address.resolve(lookups)).await;
        let resolved = match looked_up.unwrap_or_else(|_| Err(address.timed_out())) {
            Ok(resolved) => resolved,
            Err(error) => {
                problems.push((entry, format!("{error}; give an address or another name")));
                continue;
            }
        };
        match Bound::bind(&resolved) {
            Ok(bound) => held.push((entry, bound)),
            Err(error) => {
                let ip = resolved
                    .ip
                    .unwrap_or(std::net::Ipv6Addr::UNSPECIFIED.into());
                let address = SocketAddr::new(ip, resolved.port);
                let mut holders = held.iter();
                let holder = holders.find(|(_, bound)| overlap(bound.local(), address));
                let why = match holder {
                    Some((other, _)) if error.cause().kind() == io::ErrorKind::AddrInUse => {
                        let name = list.get(*other).and_then(|proxy| proxy.name.as_deref());
                        let name = name.unwrap_or_default();
                        format!("by [{other}] ({name:?}); give each proxy its own")
                    }
                    _ => way_out(error.cause()).to_owned(),
                };
                let joint = if why.starts_with("by ") { " " } else { "; " };
                problems.push((entry, format!("{listen}: {error}{joint}{why}")));
            }
        }
    }
    problems
}

/// Reads on a thread of its own, since a pipe or a network disk may take its time, and a signal is
/// to be heard meanwhile.
async fn read(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || std::fs::read(path));
    reading.await.map_err(io::Error::other)?
}
