//! Listen addresses, resolved and bound.
//!
//! Names are looked up before an operation reaches the head of the queue, because a look-up may be slow.
//! Must not know proxies, or who has reserved an address.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::error::ControlError;
use super::listen_error::ListenError;
use crate::net::{AddressError, Bound, HostPort, Lookups, Resolved};

/// The time limit for all look-ups of one request together; the same as for a dial.
const LOOKUP_LIMIT: Duration = Duration::from_secs(10);
/// How many look-ups of one request run concurrently.
const AT_ONCE: usize = 64;

const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A listen address and the result of resolving it.
#[derive(Clone, Debug)]
pub(super) struct Listen {
    pub(super) text: String,
    resolved: Result<Resolved, AddressError>,
}

impl Listen {
    /// An address that needs no look-up, or that cannot be parsed.
    pub(super) fn at_once(text: &str) -> Option<Self> {
        let resolved = match HostPort::parse(text) {
            Ok(parsed) => Ok(parsed.resolved()?),
            Err(error) => Err(error),
        };
        Some(Listen {
            text: text.to_owned(),
            resolved,
        })
    }

    /// Looks the address up, for at most [`LOOKUP_LIMIT`].
    pub(super) async fn look_up(text: &str, lookups: &Lookups) -> Self {
        Listen::look_up_by(Instant::now() + LOOKUP_LIMIT, text, lookups).await
    }

    async fn look_up_by(deadline: Instant, text: &str, lookups: &Lookups) -> Self {
        let resolved = match HostPort::parse(text) {
            Ok(parsed) => {
                let limited = tokio::time::timeout_at(deadline, parsed.resolve(lookups)).await;
                limited.unwrap_or_else(|_| Err(parsed.timed_out()))
            }
            Err(error) => Err(error),
        };
        Listen {
            text: text.to_owned(),
            resolved,
        }
    }

    /// The resolved form, for comparisons. Errors have the text of Go's `ResolveTCPAddr`.
    pub(super) fn resolved(&self) -> Result<String, ControlError> {
        match &self.resolved {
            Ok(resolved) => Ok(resolved.comparable().to_string()),
            Err(error) => Err(self.unusable(error.to_string(), error)),
        }
    }

    /// Binds the address. If the address is in use, calls `release`, which may free it and returns whether
    /// it did. Errors have the text of Go's `net.Listen`.
    pub(super) fn bind(&self, release: impl FnOnce() -> bool) -> Result<Bound, ControlError> {
        let bind = |address| match Bound::bind(address) {
            Err(error) if error.is_in_use() && release() => Bound::bind(address),
            bound => bound,
        };
        match &self.resolved {
            Ok(address) => bind(address).map_err(|error| {
                // Go tries `::` for the IPv4 wildcard too, and names `::` in the error.
                let shown = match address.ip {
                    Some(ip) if ip.is_unspecified() => format!("0.0.0.0:{}", address.port),
                    _ => address.to_string(),
                };
                let text = format!("listen tcp {shown}: {error}");
                let at = SocketAddr::new(address.ip.unwrap_or(ANY), address.port);
                ListenError::of_system((&self.text, Some(at)), text, error.cause()).into()
            }),
            Err(error) => Err(self.unusable(format!("listen tcp: {error}"), error)),
        }
    }

    fn unusable(&self, text: String, error: &AddressError) -> ControlError {
        ListenError::of_address(&self.text, text, error).into()
    }

    /// The port; 0 stands for any port, and for an address that cannot be resolved.
    pub(super) fn port(&self) -> u16 {
        self.resolved.as_ref().map_or(0, |address| address.port)
    }

    /// Whether an existing socket is equivalent to one that binding this address would create.
    pub(super) fn is_served_by(&self, bound: &Bound) -> bool {
        self.is_served_at(bound.local())
    }

    /// Whether a socket on `local` would prevent binding this address.
    pub(super) fn conflicts_with(&self, local: SocketAddr) -> bool {
        self.resolved.as_ref().is_ok_and(|address| {
            let any = |ip: &IpAddr| ip.is_unspecified();
            let ip = address.ip.filter(|ip| !any(ip));
            let same_host = any(&local.ip()) || ip.is_none_or(|ip| ip == local.ip());
            same_host && address.port != 0 && address.port == local.port()
        })
    }

    /// Whether a socket on `local` is equivalent to one that binding this address would create.
    pub(super) fn is_served_at(&self, local: SocketAddr) -> bool {
        let Ok(address) = &self.resolved else {
            return false;
        };
        let same_host = match address.socket_address() {
            Some(one) if !one.ip().is_unspecified() => one == local,
            _ => local.ip().is_unspecified(),
        };
        same_host && address.port != 0 && address.port == local.port()
    }
}

/// The listen addresses that were looked up for an operation.
#[derive(Debug, Default)]
pub(super) struct LookedUp(HashMap<String, Listen>);

impl LookedUp {
    /// Looks up all addresses that need it, concurrently.
    pub(super) async fn all(texts: Vec<String>, lookups: &Lookups) -> Self {
        let deadline = Instant::now() + LOOKUP_LIMIT;
        let mut found = HashMap::new();
        let (mut under_way, mut known) = (JoinSet::new(), HashSet::new());
        for text in texts {
            if Listen::at_once(&text).is_some() || !known.insert(text.clone()) {
                continue;
            }
            if under_way.len() >= AT_ONCE {
                found.extend(take(under_way.join_next().await));
            }
            let lookups = lookups.clone();
            under_way.spawn(async move { Listen::look_up_by(deadline, &text, &lookups).await });
        }
        while let Some(done) = under_way.join_next().await {
            found.extend(take(Some(done)));
        }
        LookedUp(found)
    }

    /// The resolved address; `None` if it still has to be looked up.
    pub(super) fn get(&self, text: &str) -> Option<Listen> {
        self.0.get(text).cloned().or_else(|| Listen::at_once(text))
    }
}

/// The result of a look-up; `None` if its task panicked.
fn take(done: Option<Result<Listen, JoinError>>) -> Option<(String, Listen)> {
    let listen = done?.ok()?;
    Some((listen.text.clone(), listen))
}
