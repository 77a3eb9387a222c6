//! Detects a proxy that is its own upstream by comparing its two addresses.
//!
//! Loops through several proxies are detected only when a connection passes through them.

use std::net::{IpAddr, Ipv4Addr};

use super::finding::Finding;
use crate::control::upstream::Upstream;
use crate::net::HostPort;

/// Whether a proxy's upstream is its own listen address. Only the two addresses are compared.
pub fn check_loop(listen: &str, upstream: &str) -> Option<Finding> {
    let (listen, upstream) = (
        HostPort::parse(listen).ok()?,
        HostPort::parse(&Upstream::of_admitted(upstream).address).ok()?,
    );
    if listen.port == 0 || listen.port != upstream.port {
        return None;
    }
    let at = address(&listen, Ipv4Addr::UNSPECIFIED)?;
    let to = match address(&upstream, Ipv4Addr::LOCALHOST)? {
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    let leads_back = at == to || at.is_unspecified() && to.is_loopback();
    let problem = "it is where the proxy listens itself, so that every connection is reset";
    leads_back.then(|| Finding::odd("upstream", problem).with_remedy("give another HOST:PORT"))
}

/// The host's address if it needs no look-up; `none` if the host is empty.
fn address(of: &HostPort, none: Ipv4Addr) -> Option<IpAddr> {
    if of.host.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    Some(of.resolved()?.ip.unwrap_or(none.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_its_own_upstream_is_found() {
        for (listen, upstream) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            (":80", "localhost:80"),
            ("0.0.0.0:80", "127.0.0.7:80"),
            ("localhost:80", ":80"),
            ("127.0.0.1:80", "0.0.0.0:80"),
            ("[::]:80", "[::1]:80"),
            (":80", "http://localhost"),
            ("127.0.0.1:81", "http://127.0.0.1:81"),
        ] {
            assert!(
                check_loop(listen, upstream).is_some(),
                "{listen} {upstream}"
            );
        }
        for (listen, upstream) in [
            ("127.0.0.1:80", "127.0.0.1:81"),
            ("127.0.0.1:80", "127.0.0.2:80"),
            (":80", "redis:80"),
            ("0.0.0.0:80", "192.0.2.1:80"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("garbage", "garbage"),
        ] {
            assert!(
                check_loop(listen, upstream).is_none(),
                "{listen} {upstream}"
            );
        }
    }
}
