//! Where the API is: from an address that was given to the URL of a request.
//!
//! Called as `toxiproxy-cli`, an address is read as Toxiproxy's client reads it, with the errors of
//! Go's `net/url` and `net/http`. In both dialects a wrong address is an error and never replaced by
//! the default: a `delete` that was meant for another server must not reach the one on this machine.
//!
//! Must not know what is requested of the API.

use super::go_url::{self, Authority};
use crate::args::client::Dialect;
use crate::cli::error::{NoAnswerCause, RequestError};

/// The address of the API if none is given.
const DEFAULT: &str = "http://localhost:8474";
const DEFAULT_PORT: u16 = 8474;
const PLAIN: &str = "http://";
const SECURE: &str = "https://";

/// The address that requests go to. It may be wrong; then every request fails with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The address as it is shown, without a slash at its end.
    base: String,
    /// What is wrong with it, where `aconite` is stricter than Go.
    error: Option<&'static str>,
}

impl Target {
    /// Reads an address: a URL or `HOST:PORT`. `None` is the default; an empty one is an error.
    pub(crate) fn new(given: Option<&str>, dialect: Dialect) -> Self {
        let (base, error) = match (given, dialect) {
            (None, _) => (DEFAULT.to_owned(), None),
            (Some(given), Dialect::Toxiproxy) => (toxiproxy_base(given), None),
            (Some(given), Dialect::Aconite) => aconite_base(given.trim()),
        };
        Target { base, error }
    }

    /// The address as it is shown.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The request for a path.
    ///
    /// # Errors
    /// The address is wrong, or the path is not one that a URL can have.
    pub(crate) fn url(&self, verb: &'static str, path: &str) -> Result<Request, RequestError> {
        if let Some(error) = self.error {
            return Err(RequestError::BadUrl {
                url: go_url::quote(&self.base),
                reason: error.to_owned(),
            });
        }
        let url = format!("{}{path}", self.base);
        let bad = |reason: String| RequestError::BadUrl {
            url: go_url::quote(&url),
            reason,
        };
        let authority = go_url::authority(&url).map_err(bad)?;
        let shown = go_url::shown(&url, &authority);
        let refuse = |reason: &str, plain: &str| RequestError::NoAnswer {
            verb,
            url: shown.clone(),
            reason: reason.to_owned(),
            plain: plain.to_owned(),
            cause: NoAnswerCause::Address,
        };
        if authority.is_empty() {
            let reason = "http: no Host in request URL";
            return Err(refuse(reason, "the address names no host"));
        }
        let port = authority.port().map_err(|port| {
            let reason = format!("dial tcp: address {port}: invalid port");
            refuse(&reason, &format!("port {port} is above 65535"))
        })?;
        if url.starts_with(SECURE) {
            let text = "https is not supported here, only http";
            return Err(refuse(text, text));
        }
        let host = match authority.host.as_str() {
            "" => "localhost",
            host => host,
        };
        let rest = url
            .get(PLAIN.len() + authority.length..)
            .unwrap_or_default();
        Ok(Request {
            verb,
            url: format!("{PLAIN}{}{host}:{port}{rest}", authority.user),
            host: host.to_owned(),
            is_host_named: !authority.host.is_empty(),
            port,
            is_port_named: !authority.port.is_empty(),
            shown,
        })
    }
}

/// Where a request is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) verb: &'static str,
    /// The URL that is sent; its authority has a host and a port.
    pub(crate) url: String,
    pub(crate) host: String,
    /// `:8474` names no host; it means this machine.
    pub(crate) is_host_named: bool,
    pub(crate) port: u16,
    pub(crate) is_port_named: bool,
    /// The URL as errors show it.
    pub(crate) shown: String,
}

/// The base as Toxiproxy's client makes it: `http://` is put before an address without a scheme.
fn toxiproxy_base(given: &str) -> String {
    match given.split_at_checked(scheme(given).len()) {
        Some((scheme, rest)) if !scheme.is_empty() => {
            format!("{scheme}{}", rest.trim_end_matches('/'))
        }
        _ => format!("{PLAIN}{}", given.trim_end_matches('/')),
    }
}

fn scheme(given: &str) -> &'static str {
    let schemes = [PLAIN, SECURE].into_iter();
    let found = schemes.clone().find(|scheme| given.starts_with(scheme));
    found.unwrap_or_default()
}

/// The base as `aconite` makes it: without a scheme, the default port is the API's and not 80.
fn aconite_base(given: &str) -> (String, Option<&'static str>) {
    if given.is_empty() {
        return (String::new(), Some("it is empty"));
    }
    let Some((scheme, rest)) = given.split_once("://") else {
        let base = toxiproxy_base(given);
        let authority = go_url::authority(&base);
        // A path may follow the authority.
        let base = match authority {
            Ok(authority) if authority.port.is_empty() && !authority.is_empty() => {
                let (host, path) = base.split_at(PLAIN.len() + authority.length);
                format!("{}:{DEFAULT_PORT}{path}", host.trim_end_matches(':'))
            }
            _ => base,
        };
        return (base, query_error(given));
    };
    let rest = rest.trim_end_matches('/');
    let scheme = scheme.to_ascii_lowercase();
    let error = match scheme.as_str() {
        "http" | "https" => query_error(rest),
        _ => Some("its scheme is not http://"),
    };
    (format!("{scheme}://{rest}"), error)
}

fn query_error(rest: &str) -> Option<&'static str> {
    rest.contains(['?', '#'])
        .then_some("it has a query or a fragment; give only scheme, host and port")
}

impl Authority {
    /// Whether neither host nor port is named.
    fn is_empty(&self) -> bool {
        self.host.is_empty() && self.port.is_empty()
    }

    /// # Errors
    /// The digits as written, which are not a port.
    fn port(&self) -> Result<u16, &str> {
        match self.port.as_str() {
            "" => Ok(80),
            digits => digits.parse().map_err(|_| digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(given: &str, dialect: Dialect) -> Result<Request, RequestError> {
        Target::new(Some(given), dialect).url("Get", "/proxies")
    }

    fn message(given: &str, dialect: Dialect) -> String {
        url(given, dialect).unwrap_err().to_string()
    }

    #[test]
    fn default_port_depends_on_the_dialect() {
        for (given, aconite, toxiproxy) in [
            ("localhost", "localhost:8474", "localhost:80"),
            ("localhost:1234", "localhost:1234", "localhost:1234"),
            ("http://localhost", "localhost:80", "localhost:80"),
            ("http://h:1/", "h:1", "h:1"),
            ("[::1]", "[::1]:8474", "[::1]:80"),
            ("[::1]:1", "[::1]:1", "[::1]:1"),
            (":1", "localhost:1", "localhost:1"),
            ("h/x", "h:8474/x", "h:80/x"),
            ("h:", "h:8474", "h:80"),
            ("http://h:00007//", "h:7", "h:7"),
        ] {
            for (dialect, expected) in
                [(Dialect::Aconite, aconite), (Dialect::Toxiproxy, toxiproxy)]
            {
                let request = url(given, dialect).unwrap();
                assert_eq!(request.url, format!("http://{expected}/proxies"), "{given}");
            }
        }
        assert_eq!(
            url(" HTTP://h:1// ", Dialect::Aconite).unwrap().url,
            "http://h:1/proxies"
        );
        let request = Target::new(None, Dialect::Toxiproxy).url("Get", "/x");
        assert_eq!(request.unwrap().url, "http://localhost:8474/x");
    }

    #[test]
    fn a_wrong_address_is_never_the_default() {
        for bad in [
            "",
            " ",
            ":",
            "http://",
            "https://h",
            "a b",
            "h:99999",
            "h:x",
            "[::1",
            "::1:1",
        ] {
            assert!(url(bad, Dialect::Aconite).is_err(), "{bad:?}");
            assert!(url(bad, Dialect::Toxiproxy).is_err(), "{bad:?}");
        }
        for bad in ["unix:///x", "ftp://h", "h?x", "http://h/#x"] {
            assert!(url(bad, Dialect::Aconite).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn errors_are_those_of_go() {
        for (given, expected) in [
            (
                "",
                r#"fail to request: Get "http:///proxies": http: no Host in request URL"#,
            ),
            (
                "a b",
                r#"parse "http://a b/proxies": invalid character " " in host name"#,
            ),
            (
                "h:abc",
                r#"parse "http://h:abc/proxies": invalid port ":abc" after host"#,
            ),
            (
                "h:99999",
                r#"fail to request: Get "http://h:99999/proxies": dial tcp: address 99999: invalid port"#,
            ),
        ] {
            assert_eq!(message(given, Dialect::Toxiproxy), expected);
        }
    }
}
