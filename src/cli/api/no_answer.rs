//! Why a request got no response, in Go's words for scripts and in plain words for people.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};

use ureq::Timeout;

use super::target::Request;
use crate::cli::error::{NoAnswerCause as Cause, RequestError};

/// The error for a request that got no response.
pub(crate) fn no_answer(request: &Request, error: &ureq::Error) -> RequestError {
    let (cause, reason, plain) = match error {
        ureq::Error::Io(error) if is_lookup_error(error) => no_host(request),
        // `target` has already checked the URL, so the host is what HTTP cannot carry.
        ureq::Error::HostNotFound | ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            no_host(request)
        }
        ureq::Error::Io(error) => of_socket(request, error),
        ureq::Error::ConnectionFailed => {
            of_socket(request, &io::Error::from(ErrorKind::ConnectionRefused))
        }
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            let plain = "it did not accept a connection in time".to_owned();
            (
                Cause::Timeout,
                format!("dial tcp {}: i/o timeout", address(request)),
                plain,
            )
        }
        ureq::Error::Timeout(_) => {
            let reason =
                "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
            (
                Cause::Timeout,
                reason.to_owned(),
                "it did not answer in time".to_owned(),
            )
        }
        other => (Cause::Other, other.to_string(), other.to_string()),
    };
    RequestError::NoAnswer {
        verb: request.verb,
        url: request.shown.clone(),
        reason,
        plain,
        cause,
    }
}

fn is_lookup_error(error: &io::Error) -> bool {
    // The standard library has no error kind for this one.
    error.raw_os_error().is_none() && error.to_string().starts_with("failed to lookup")
}

fn no_host(request: &Request) -> (Cause, String, String) {
    let host = &request.host;
    let reason = format!("dial tcp: lookup {host}: no such host");
    (Cause::NoHost, reason, format!("there is no host {host}"))
}

fn of_socket(request: &Request, error: &io::Error) -> (Cause, String, String) {
    let text = system_text(error);
    match error.kind() {
        ErrorKind::UnexpectedEof => (
            Cause::Other,
            "EOF".to_owned(),
            "it closed the connection".to_owned(),
        ),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => (
            Cause::Other,
            format!("read tcp {}: read: {text}", address(request)),
            text,
        ),
        ErrorKind::BrokenPipe => (
            Cause::Other,
            format!("write tcp {}: write: {text}", address(request)),
            text,
        ),
        kind => {
            let cause = match kind {
                ErrorKind::ConnectionRefused => Cause::Refused {
                    is_port_named: request.is_port_named,
                },
                _ => Cause::Other,
            };
            (
                cause,
                format!("dial tcp {}: connect: {text}", address(request)),
                text,
            )
        }
    }
}

/// The text of a system error as Go prints it: in lower case, and without the error number.
fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The address that was tried first, which Go's errors name. The name is resolved again because the
/// connector does not report the address. Only failed requests pay for this.
fn address(request: &Request) -> String {
    if !request.is_host_named {
        return format!(":{}", request.port);
    }
    let found = (request.host.trim_matches(['[', ']']), request.port).to_socket_addrs();
    let first: Option<SocketAddr> = found.ok().and_then(|mut found| found.next());
    match first {
        Some(first) => first.to_string(),
        None => format!("{}:{}", request.host, request.port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::client::Dialect;
    use crate::cli::api::target::Target;

    fn message(host: &str, error: ureq::Error) -> String {
        let request = Target::new(Some(host), Dialect::Toxiproxy).url("Get", "/proxies");
        no_answer(&request.unwrap(), &error).to_string()
    }

    #[test]
    fn message_is_that_of_gos_client() {
        let refused = || {
            ureq::Error::Io(io::Error::from_raw_os_error(
                rustix::io::Errno::CONNREFUSED.raw_os_error(),
            ))
        };
        for (host, expected) in [
            (
                "127.0.0.1:1",
                r#"fail to request: Get "http://127.0.0.1:1/proxies": dial tcp 127.0.0.1:1: connect: connection refused"#,
            ),
            (
                "[::1]",
                r#"fail to request: Get "http://[::1]/proxies": dial tcp [::1]:80: connect: connection refused"#,
            ),
            (
                ":1",
                r#"fail to request: Get "http://:1/proxies": dial tcp :1: connect: connection refused"#,
            ),
        ] {
            assert_eq!(message(host, refused()), expected);
        }
        assert_eq!(
            message("h.invalid:1", ureq::Error::HostNotFound),
            r#"fail to request: Get "http://h.invalid:1/proxies": dial tcp: lookup h.invalid: no such host"#
        );
    }
}
