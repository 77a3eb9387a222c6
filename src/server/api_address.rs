//! The address that the API listens on.

use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr};

use thiserror::Error;
use tokio::net::TcpListener;

use crate::net::{AddressError, BindError, Bound, HostPort, Lookups, Resolved};

/// Why the API cannot listen.
#[derive(Debug, Error)]
pub enum ListenAddressError {
    /// The address cannot be parsed or resolved.
    #[error("the API cannot listen on {place}: {source}; change -host or -port")]
    Address {
        /// Host and port as given.
        place: String,
        /// What is wrong with them.
        source: AddressError,
    },
    /// The address is in use, or does not belong to this machine.
    #[error("the API cannot listen on {place}: {source}; {}", way_out(.source.cause()))]
    Bind {
        /// Host and port as given.
        place: String,
        /// The system's error.
        source: BindError,
    },
    /// A proxy of the config file listens on the address.
    #[error(
        "the API cannot listen on {place}: {source} by the proxy {proxy:?} of the config file; the port is the API's: give the proxy another, or the API another -port"
    )]
    Proxy {
        /// Host and port as given.
        place: String,
        /// The system's error.
        source: BindError,
        /// The proxy's name.
        proxy: String,
    },
}

/// A resolved address for the API, not bound yet.
#[derive(Debug)]
pub(super) struct ListenAddress {
    text: String,
    address: Resolved,
}

/// Parses host and port as Go's `net.Listen` does, and looks up the host.
pub(super) async fn find(
    host: &str,
    port: &str,
    lookups: &Lookups,
) -> Result<ListenAddress, ListenAddressError> {
    let text = join(host, port);
    let resolved = match HostPort::parse(&text) {
        Ok(address) => address.resolve(lookups).await,
        Err(error) => Err(error),
    };
    match resolved {
        Ok(address) => Ok(ListenAddress { text, address }),
        Err(source) => Err(ListenAddressError::Address {
            place: text,
            source,
        }),
    }
}

/// Like Go's `net.JoinHostPort`: an IPv6 address gets brackets.
fn join(host: &str, port: &str) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

impl ListenAddress {
    /// Binds the address and starts to listen. Also returns the bound address. `holder` returns the
    /// name of the proxy that listens on an address.
    pub(super) fn listen(
        self,
        holder: impl Fn(SocketAddr) -> Option<String>,
    ) -> Result<(TcpListener, SocketAddr), ListenAddressError> {
        let ip = self.address.ip.unwrap_or(Ipv6Addr::UNSPECIFIED.into());
        let wanted = SocketAddr::new(ip, self.address.port);
        let listening = Bound::bind(&self.address).and_then(|bound| {
            let address = bound.local();
            Ok((bound.into_listener()?, address))
        });
        let place = self.text;
        listening.map_err(|source| match source.cause().kind() {
            ErrorKind::AddrInUse => match holder(wanted) {
                Some(proxy) => ListenAddressError::Proxy {
                    place,
                    source,
                    proxy,
                },
                None => ListenAddressError::Bind { place, source },
            },
            _ => ListenAddressError::Bind { place, source },
        })
    }
}

/// Advice for an address that the system refuses to bind.
pub(super) fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "stop what is there, or choose another port",
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address; choose one that it has, or 0.0.0.0"
        }
        ErrorKind::PermissionDenied => {
            "this user may not take that port; choose one from 1024 on, or allow it"
        }
        _ => "choose another address",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_addresses_get_brackets_once() {
        assert_eq!(join("::1", "1"), "[::1]:1");
        assert_eq!(join("[::1]", "1"), "[::1]:1");
        assert_eq!(join("localhost", "http"), "localhost:http");
        assert_eq!(join("", ""), ":");
    }

    #[tokio::test]
    async fn faults_name_the_place_and_the_way_out() {
        let workers = crate::net::Workers::here().unwrap();
        let find = |port| find("127.0.0.1", port, workers.lookups());
        let taken = find("0").await.unwrap().listen(|_| None).unwrap();
        let port = taken.1.port().to_string();
        let busy = find(&port).await.unwrap().listen(|_| None);
        let busy = busy.unwrap_err().to_string();
        assert!(
            busy.contains(&format!("127.0.0.1:{port}: bind: ")),
            "{busy}"
        );
        assert!(busy.contains("another port"), "{busy}");
        let proxy = |address: SocketAddr| Some(format!("on {address}"));
        let busy = find(&port).await.unwrap().listen(proxy);
        let busy = busy.unwrap_err().to_string();
        assert!(
            busy.contains(&format!("by the proxy \"on 127.0.0.1:{port}\"")),
            "{busy}"
        );
        let bad = find("nope").await.unwrap_err().to_string();
        assert!(bad.contains("127.0.0.1:nope"), "{bad}");
    }
}
