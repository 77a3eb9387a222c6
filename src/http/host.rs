//! Which `Host` a request may name.
//!
//! May know: `http`'s heads. Must not know: routes, answers.
//!
//! A web page can make its own name resolve to this machine and then send requests to the API through the
//! browser (DNS rebinding). The browser still sends the page's name as `Host`. While the API listens on
//! loopback, every name with a dot is refused, because local machine names have none. An API beyond loopback
//! may have any name. There the check covers only requests that a page may have sent, and allows them fewer
//! names: an address, `localhost`, or an allowed name.

use std::net::{IpAddr, SocketAddr};

use axum::http::{header, request::Parts};

use super::access;

/// The settings that decide which `Host` is allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy<'a> {
    /// Where the API listens.
    pub(super) listen: SocketAddr,
    /// Additional allowed names, in any case; a port is ignored.
    pub(super) allowed: &'a [String],
    /// Whether requests need a token, which no foreign page can have.
    pub(super) has_token: bool,
}

/// A `Host` that a request may not use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// The name, without a port.
    pub(super) name: String,
    /// Whether it is refused because a web page may have sent the request.
    pub(super) of_page: bool,
}

/// Returns the name that the request may not use, if it uses one.
pub(super) fn refused(parts: &Parts, policy: &Policy<'_>) -> Option<Foreign> {
    let of_page = access::may_be_of_page(&parts.headers) && !policy.has_token;
    if !of_page && !policy.listen.ip().to_canonical().is_loopback() {
        return None;
    }
    let headers = parts.headers.get_all(header::HOST).iter();
    let named = headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let target = parts.uri.authority().map(ToString::to_string);
    let mut hosts: Vec<String> = named.chain(target).collect();
    if hosts.is_empty() {
        // This is HTTP/1.0, which no browser sends. A request of a page that names no host is refused.
        hosts.push(String::new());
    }
    hosts.iter().find_map(|host| {
        let name = without_port(host.trim());
        let own = is_own(name, policy.allowed) || (!of_page && !name.contains(['.', ':']));
        (!own).then(|| Foreign {
            name: name.to_owned(),
            of_page,
        })
    })
}

/// Whether a byte may occur in a `Host` header (RFC 3986, as Go checks it).
pub(super) fn is_host_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=[]_~".contains(byte)
}

fn is_own(name: &str, allowed: &[String]) -> bool {
    // A trailing dot makes a name absolute and is not part of it.
    let absolute = name.strip_suffix('.').unwrap_or(name);
    let matches = |other: &str| {
        let other = without_port(other);
        absolute.eq_ignore_ascii_case(other.strip_suffix('.').unwrap_or(other))
    };
    is_address(name) || matches("localhost") || allowed.iter().any(|other| matches(other))
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
        // The colons of a bare IPv6 address do not separate a port.
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

    fn parts(hosts: &[&str], target: &str, page: Option<(&str, &str)>) -> Parts {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        if let Some((name, value)) = page {
            request = request.header(name, value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn refused_name(listen: &str, hosts: &[&str], target: &str) -> Option<String> {
        refused_of(listen, &parts(hosts, target, None), false)
    }

    fn refused_of(listen: &str, parts: &Parts, has_token: bool) -> Option<String> {
        let allowed = ["Toxi.Example".to_owned(), "with.port:8474".to_owned()];
        let policy = Policy {
            listen: listen.parse().unwrap(),
            allowed: &allowed,
            has_token,
        };
        refused(parts, &policy).map(|foreign| foreign.name)
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

    const PAGE: [(&str, &str); 2] = [
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "same-origin"),
    ];

    #[test]
    fn a_request_of_a_page_has_to_come_by_an_own_name_anywhere() {
        for listen in ["0.0.0.0:8474", "[::]:8474", "192.0.2.1:8474", "127.0.0.1:1"] {
            for page in PAGE {
                for host in ["evil.example", "evil.example:8474", "toxiproxy", "a.b.", ""] {
                    let parts = parts(&[host], "/", Some(page));
                    let name = refused_of(listen, &parts, false);
                    assert!(name.is_some(), "{listen} {page:?} {host:?}");
                }
                let own = "127.0.0.1:8474 [::1]:8474 10.1.2.3 localhost localhost.:1 toxi.example";
                for host in own.split_whitespace() {
                    let parts = parts(&[host], "/", Some(page));
                    assert_eq!(refused_of(listen, &parts, false), None, "{listen} {host}");
                }
                let several = parts(&["localhost", "evil.example"], "/", Some(page));
                assert!(refused_of(listen, &several, false).is_some());
                assert!(refused_of(listen, &parts(&[], "/", Some(page)), false).is_some());
            }
        }
    }

    #[test]
    fn with_a_token_pages_are_not_asked_by_which_name_they_came() {
        let parts = parts(&["evil.example"], "/", Some(PAGE[0]));
        assert_eq!(refused_of("0.0.0.0:8474", &parts, true), None);
        assert!(refused_of("127.0.0.1:8474", &parts, true).is_some());
    }
}
