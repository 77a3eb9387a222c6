//! Why there is no answer, in Go's words for scripts and in plain ones for people.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};

use ureq::Timeout;

use super::failure::{Failure, Why};
use super::target::Request;

/// What became of a request that was not answered.
pub(super) fn no_answer(request: &Request, error: &ureq::Error) -> Failure {
    let (why, reason, plain) = match error {
        ureq::Error::Io(error) if is_lookup(error) => no_host(request),
        // Our own check let the URL through, so it is the host that HTTP cannot carry.
        ureq::Error::HostNotFound | ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            no_host(request)
        }
        ureq::Error::Io(error) => of_socket(request, error),
        ureq::Error::ConnectionFailed => {
            of_socket(request, &io::Error::from(ErrorKind::ConnectionRefused))
        }
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            let plain = "it takes no connection in time".to_owned();
            (
                Why::Slow,
                format!("dial tcp {}: i/o timeout", place(request)),
                plain,
            )
        }
        ureq::Error::Timeout(_) => {
            let reason =
                "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
            (
                Why::Slow,
                reason.to_owned(),
                "it did not answer in time".to_owned(),
            )
        }
        other => (Why::Other, other.to_string(), other.to_string()),
    };
    Failure::NoAnswer {
        verb: request.verb,
        url: request.shown.clone(),
        reason,
        plain,
        why,
    }
}

fn is_lookup(error: &io::Error) -> bool {
    // The standard library has no kind for it.
    error.raw_os_error().is_none() && error.to_string().starts_with("failed to lookup")
}

fn no_host(request: &Request) -> (Why, String, String) {
    let host = &request.host;
    let reason = format!("dial tcp: lookup {host}: no such host");
    (Why::NoHost, reason, format!("there is no host {host}"))
}

fn of_socket(request: &Request, error: &io::Error) -> (Why, String, String) {
    let text = text(error);
    match error.kind() {
        ErrorKind::UnexpectedEof => (Why::Other, "EOF".to_owned(), "it hung up".to_owned()),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => (
            Why::Other,
            format!("read tcp {}: read: {text}", place(request)),
            text,
        ),
        ErrorKind::BrokenPipe => (
            Why::Other,
            format!("write tcp {}: write: {text}", place(request)),
            text,
        ),
        kind => {
            let why = match kind {
                ErrorKind::ConnectionRefused => Why::Refused {
                    is_port_named: request.is_port_named,
                },
                _ => Why::Other,
            };
            (
                why,
                format!("dial tcp {}: connect: {text}", place(request)),
                text,
            )
        }
    }
}

/// The system's words as Go has them: in lower case, and without their number.
fn text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The address that was tried first, which is the one that Go tells of. It is looked up again, since
/// the connector does not tell; only a request that failed pays for it.
fn place(request: &Request) -> String {
    if !request.is_host_named {
        return format!(":{}", request.port);
    }
    let found = (request.host.trim_matches(['[', ']']), request.port).to_socket_addrs();
    let first: Option<SocketAddr> = found.ok().and_then(|mut found| found.next());
    match first {
        Some(address) => address.to_string(),
        None => format!("{}:{}", request.host, request.port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::client::Dialect;
    use crate::cli::target::Target;

    fn told(host: &str, error: ureq::Error) -> String {
        let request = Target::new(Some(host), Dialect::Toxiproxy).url("Get", "/proxies");
        no_answer(&request.unwrap(), &error).to_string()
    }

    #[test]
    fn failures_are_told_as_go_tells_them() {
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
            assert_eq!(told(host, refused()), expected);
        }
        assert_eq!(
            told("h.invalid:1", ureq::Error::HostNotFound),
            r#"fail to request: Get "http://h.invalid:1/proxies": dial tcp: lookup h.invalid: no such host"#
        );
    }
}
