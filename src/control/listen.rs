//! Listen addresses: resolved before an operation has its turn, because a look-up may take long.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::error::{ControlError, ListenError};
use crate::net::{AddressError, Bound, HostPort, Resolved};

const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A listen address and what came of resolving it.
#[derive(Clone, Debug)]
pub(super) struct Listen {
    pub(super) text: String,
    resolved: Result<Resolved, AddressError>,
}

impl Listen {
    pub(super) async fn look_up(text: &str) -> Self {
        let resolved = match HostPort::parse(text) {
            Ok(parsed) => parsed.resolve().await,
            Err(error) => Err(error),
        };
        Listen {
            text: text.to_owned(),
            resolved,
        }
    }

    /// The resolved form, for comparisons. Errors read as those of Go's `ResolveTCPAddr`.
    pub(super) fn resolved(&self) -> Result<String, ControlError> {
        match &self.resolved {
            Ok(resolved) => Ok(resolved.to_string()),
            Err(error) => Err(self.unusable(error.to_string(), error)),
        }
    }

    /// Binds it. Where the address is in use, `make_way` may free it, and says whether it has. Errors
    /// read as those of Go's `net.Listen`.
    pub(super) fn bind(&self, make_way: impl FnOnce() -> bool) -> Result<Bound, ControlError> {
        let bind = |address| match Bound::bind(address) {
            Err(error) if error.is_in_use() && make_way() => Bound::bind(address),
            bound => bound,
        };
        match &self.resolved {
            Ok(address) => bind(*address).map_err(|error| {
                // Go tries `::` as the IPv4 wildcard too, and names that.
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

    /// The port that it asks for; 0 is any, and also that of an address that makes no sense.
    pub(super) fn port(&self) -> u16 {
        self.resolved.as_ref().map_or(0, |address| address.port)
    }

    /// Whether a socket that is bound already is what binding this would give.
    pub(super) fn is_served_by(&self, bound: &Bound) -> bool {
        self.is_served_at(bound.local())
    }

    /// Whether somebody who has an address is in the way of binding this.
    pub(super) fn collides_with(&self, local: SocketAddr) -> bool {
        self.resolved.as_ref().is_ok_and(|address| {
            let any = |ip: &IpAddr| ip.is_unspecified();
            let ip = address.ip.filter(|ip| !any(ip));
            let same_host = any(&local.ip()) || ip.is_none_or(|ip| ip == local.ip());
            same_host && address.port != 0 && address.port == local.port()
        })
    }

    /// Whether a socket that is bound to this address is what binding this would give.
    pub(super) fn is_served_at(&self, local: SocketAddr) -> bool {
        let Ok(address) = &self.resolved else {
            return false;
        };
        let same_host = match address.ip {
            Some(ip) if !ip.is_unspecified() => ip == local.ip(),
            _ => local.ip().is_unspecified(),
        };
        same_host && address.port != 0 && address.port == local.port()
    }
}
