//! The file given with `-config`: proxies to create before the API accepts connections, as a JSON
//! array or an object with that array as `proxies`.
//!
//! Either all proxies are created or none. On failure, every fault is reported at once, in the
//! format of `aconite config check`: errors in the file, and addresses that cannot be used.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

use super::api_address::way_out;
use crate::config::{self, Config, Fault};
use crate::control::{Control, ControlError, NewProxy, PopulateError, overlap};
use crate::http;
use crate::net::{Bound, HostPort, Lookups};

/// Why the proxies of a config file cannot be created. None of them listens in that case.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "config file {path}: {source}; name one that exists and can be read, or leave out -config"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// The file has faults. The first line of the message gives their number, the others the
    /// faults.
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

/// The result of loading a file.
pub(super) struct Loaded {
    pub(super) proxies: usize,
    /// Entries that are valid but that their author can hardly have meant.
    pub(super) warnings: Vec<Fault>,
}

/// The most time to look up the names of all entries, when reporting which addresses cannot be
/// used.
const LOOKUP_LIMIT: Duration = Duration::from_secs(10);

/// Creates the proxies of a file, all or none. `api` is the host and port that the API will use.
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
    let Ok(Config {
        profiles,
        proxies: list,
    }) = config::read_config(&text)
    else {
        return Err(faulty(faults));
    };
    // No session can have been started yet.
    if list.iter().any(names_session) {
        return Err(faulty(faults));
    }
    if let Err(error) = control.define_profiles(profiles) {
        let refusal = PopulateError { error, entry: 0 };
        explain(&mut faults, &text, &refusal, strict);
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
        // Skip addresses that are invalid or occur twice: they have already been reported.
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

/// Ensures that at least one of the faults explains the refusal.
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
            | ControlError::UnknownProfile { .. }
            | ControlError::InProfile { .. }
    );
    if strict && !faults.is_empty() && is_of_check {
        // In strict mode, a warning is an error.
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
    proxy.session.is_some() || toxics.any(|toxic| toxic.options.session.is_some())
}

/// Entries whose address cannot be used, and why. None of the list's proxies listens at this point,
/// so each address is bound together with those before it.
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

/// Reads the file on another thread: a pipe or a network disk may be slow, and signals must still
/// be handled.
async fn read(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || std::fs::read(path));
    reading.await.map_err(io::Error::other)?
}
