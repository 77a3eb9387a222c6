//! Which `Host` a request may name while the API listens on loopback.
//!
//! May know: `http`'s heads. Must not know: routes, answers.
//!
//! A web page can have its own name resolve to 127.0.0.1 and then drive an API on loopback with
//! the browser as its hand (DNS rebinding). The browser still sends the page's name as `Host`,
//! which is a name with a dot; what people call their own machine is not.

use std::net::{IpAddr, SocketAddr};

use axum::http::{header, request::Parts};

/// The name that a request may not use, if it uses one. `allowed` are further names, in any case.
pub(super) fn refused(parts: &Parts, listen: SocketAddr, allowed: &[String]) -> Option<String> {
    if !listen.ip().to_canonical().is_loopback() {
        return None;
    }
    let headers = parts.headers.get_all(header::HOST).iter();
    let named = headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let target = parts.uri.authority().map(ToString::to_string);
    named.chain(target).find_map(|host| {
        let name = without_port(host.trim());
        (!is_own(name, allowed)).then(|| name.to_owned())
    })
}

/// Whether a byte may stand in a `Host` header (RFC 3986, as Go checks it).
pub(super) fn is_host_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=[]_~".contains(byte)
}

fn is_own(name: &str, allowed: &[String]) -> bool {
    // A dot at the end makes a name absolute and is no part of it.
    let absolute = name.strip_suffix('.').unwrap_or(name);
    let matches = |other: &str| {
        let other = without_port(other);
        absolute.eq_ignore_ascii_case(other.strip_suffix('.').unwrap_or(other))
    };
    !name.contains(['.', ':'])
        || is_address(name)
        || matches("localhost")
        || allowed.iter().any(|other| matches(other))
}

fn is_address(name: &str) -> bool {
    let inner = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    let unzoned = inner.split_once('%').map_or(inner, |(address, _)| address);
    unzoned.parse::<IpAddr>().is_ok()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of a bare IPv6 address separate no port.
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (name.ends_with(']') || !name.contains(':')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn refused_name(listen: &str, hosts: &[&str], target: &str) -> Option<String> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let allowed = ["Toxi.Example".to_owned(), "with.port:8474".to_owned()];
        refused(&parts, listen.parse().unwrap(), &allowed)
    }

    #[test]
    fn own_names_pass_on_loopback() {
        let own = "127.0.0.1 127.0.0.1:8474 10.1.2.3 [::1] [::1]:8474 ::1 [fe80::1%25eth0]:1 \
            localhost LocalHost:8474 localhost. localhost: toxiproxy toxiproxy:8474 \
            toxi.example TOXI.EXAMPLE:1 toxi.example. with.port with.port:1";
        for host in own.split_whitespace() {
            assert_eq!(refused_name("127.0.0.1:8474", &[host], "/"), None, "{host}");
        }
        assert_eq!(refused_name("[::1]:8474", &[], "/"), None);
        assert_eq!(refused_name("[::1]:8474", &[""], "/"), None);
    }

    #[test]
    fn other_names_do_not() {
        let foreign = "evil.example evil.example:8474 EVIL.example. a.toxi.example evil. \
            127.0.0.1.evil.example localhost.evil.example a@localhost.b [evil.example]:1 \
            localhost:x evil.example:x 127.0.0.1:1:2";
        for listen in ["127.0.0.1:8474", "[::1]:8474", "[::ffff:127.0.0.1]:1"] {
            for host in foreign.split_whitespace() {
                assert!(refused_name(listen, &[host], "/").is_some(), "{host}");
            }
        }
        let name = refused_name("127.0.0.1:1", &["evil.example:8474"], "/");
        assert_eq!(name.as_deref(), Some("evil.example"));
    }

    #[test]
    fn every_host_of_a_request_must_pass() {
        let listen = "127.0.0.1:8474";
        assert!(refused_name(listen, &["localhost", "evil.example"], "/").is_some());
        assert!(refused_name(listen, &["localhost"], "http://evil.example/").is_some());
        assert_eq!(
            refused_name(listen, &["localhost"], "http://127.0.0.1:1/"),
            None
        );
    }

    #[test]
    fn beyond_loopback_every_host_passes() {
        for listen in ["0.0.0.0:8474", "[::]:8474", "192.0.2.1:8474"] {
            assert_eq!(refused_name(listen, &["evil.example"], "/"), None);
        }
    }
}
