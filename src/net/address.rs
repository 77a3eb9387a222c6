//! Addresses as Go's `net` package reads them, errors included.
//!
//! Clients of the reference send what `net.Listen` and `net.Dial` take and compare the texts that
//! come back, so both are kept: `:8080`, `localhost:http`, `[::]:0`, `127.0.0.1:`. Knows how to
//! resolve names; must not know proxies.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use thiserror::Error;

use super::services;

/// Why an address cannot be used; the text is Go's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// The text is not `host:port`.
    #[error("address {text}: {problem}")]
    Malformed {
        /// What was given: the address or, if that is at fault, its port.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The port is neither a number nor a known service.
    #[error("lookup tcp/{0}: unknown port")]
    UnknownPort(String),
    /// The host has no address.
    #[error("lookup {host}: {problem}")]
    UnknownHost {
        /// The host as given.
        host: String,
        /// Why.
        problem: String,
    },
}

/// A host and a port, not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A name, a literal address, or nothing.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A resolved address; no `ip` means any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The address, IPv4 where it can be.
    pub ip: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl From<SocketAddr> for Resolved {
    fn from(address: SocketAddr) -> Self {
        Resolved {
            ip: Some(address.ip()),
            port: address.port(),
        }
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            None => write!(f, ":{}", self.port),
            Some(ip) => write!(f, "{}", SocketAddr::new(ip, self.port)),
        }
    }
}

impl HostPort {
    /// Reads `host:port`. An empty text is any host and any port.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Ok(HostPort {
                host: String::new(),
                port: 0,
            });
        }
        let (host, port) = split(text)?;
        Ok(HostPort {
            host: host.to_owned(),
            port: read_port(port)?,
        })
    }

    /// The literal address of the host, if it is one.
    fn literal(&self) -> Option<IpAddr> {
        let ip: IpAddr = self.host.parse().ok()?;
        Some(ip.to_canonical())
    }

    /// All addresses of the host, in the system's order. An empty host has none.
    async fn lookup(&self) -> Result<Vec<IpAddr>, AddressError> {
        if let Some(ip) = self.literal() {
            return Ok(vec![ip]);
        }
        let unknown = |problem| AddressError::UnknownHost {
            host: self.host.clone(),
            problem,
        };
        if looks_like_number(&self.host) {
            return Err(unknown("no such host".to_owned()));
        }
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|error| unknown(lookup_problem(&error)))?;
        let addresses: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
        if addresses.is_empty() {
            return Err(unknown("no such host".to_owned()));
        }
        Ok(addresses)
    }

    /// The address to listen on: of a name with several, the first IPv4 one.
    pub async fn resolve(&self) -> Result<Resolved, AddressError> {
        let mut ip = None;
        if !self.host.is_empty() {
            let found = self.lookup().await?;
            let v4 = found.iter().find(|ip| ip.is_ipv4());
            ip = v4.or(found.first()).copied();
        }
        Ok(Resolved {
            ip,
            port: self.port,
        })
    }

    /// The addresses to dial, in order. No host means this machine.
    pub async fn targets(&self) -> Result<Vec<SocketAddr>, AddressError> {
        let ips = if self.host.is_empty() {
            vec![Ipv4Addr::LOCALHOST.into()]
        } else {
            self.lookup().await?
        };
        Ok(ips
            .into_iter()
            .map(|ip| SocketAddr::new(ip, self.port))
            .collect())
    }
}

/// Whether the system may take a name for an address in one of its old forms, such as `127.1`,
/// `0x7f.1` or `0177.0.0.1`. Go does not.
fn looks_like_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let digits = last.bytes().all(|byte| byte.is_ascii_digit());
    let hex = last.strip_prefix("0x").or(last.strip_prefix("0X"));
    let hex = hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !last.is_empty() && (digits || hex)
}

fn lookup_problem(error: &io::Error) -> String {
    let text = error.to_string();
    if text.contains("emporary failure") {
        "temporary failure in name resolution".to_owned()
    } else {
        "no such host".to_owned()
    }
}

/// Splits at the last colon, minding brackets, with the errors of Go's `net.SplitHostPort`.
fn split(text: &str) -> Result<(&str, &str), AddressError> {
    let malformed = |problem| AddressError::Malformed {
        text: text.to_owned(),
        problem,
    };
    let parts = text.rsplit_once(':');
    let (host, port) = parts.ok_or(malformed("missing port in address"))?;
    let colon = host.len();
    if let Some(inner) = text.strip_prefix('[') {
        let end = inner.find(']').ok_or(malformed("missing ']' in address"))? + 1;
        if end + 1 == text.len() {
            return Err(malformed("missing port in address"));
        }
        if end + 1 != colon {
            let next_is_colon = text.as_bytes().get(end + 1) == Some(&b':');
            return Err(malformed(if next_is_colon {
                "too many colons in address"
            } else {
                "missing port in address"
            }));
        }
        let host = inner.split(']').next().unwrap_or_default();
        return check_brackets(host, port, malformed);
    }
    if host.contains(':') {
        return Err(malformed("too many colons in address"));
    }
    check_brackets(host, port, malformed)
}

fn check_brackets<'a>(
    host: &'a str,
    port: &'a str,
    malformed: impl Fn(&'static str) -> AddressError,
) -> Result<(&'a str, &'a str), AddressError> {
    if host.contains('[') || port.contains('[') {
        return Err(malformed("unexpected '[' in address"));
    }
    if host.contains(']') || port.contains(']') {
        return Err(malformed("unexpected ']' in address"));
    }
    Ok((host, port))
}

/// A port as a number or a service's name; nothing is 0.
fn read_port(text: &str) -> Result<u16, AddressError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return services::port(text).ok_or_else(|| AddressError::UnknownPort(text.to_owned()));
    }
    let number = if digits.is_empty() {
        Some(0)
    } else {
        digits.parse::<u16>().ok()
    };
    let negative = text.starts_with('-');
    number
        .filter(|number| !negative || *number == 0)
        .ok_or_else(|| AddressError::Malformed {
            text: text.to_owned(),
            problem: "invalid port",
        })
}

/// Whether the system refused because the process, or all of them, have too many files open.
pub fn is_lack_of_descriptors(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let code = error.raw_os_error();
        code == Some(Errno::MFILE.raw_os_error()) || code == Some(Errno::NFILE.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// An error of the operating system in Go's words: lower case, without the number.
pub fn system_error(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        HostPort::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_go_reads() {
        for (text, host, port) in [
            ("", "", 0),
            (":80", "", 80),
            ("127.0.0.1:", "127.0.0.1", 0),
            ("127.0.0.1:0080", "127.0.0.1", 80),
            ("localhost:HTTP", "localhost", 80),
            ("[::1]:+5", "::1", 5),
            ("[::]:0", "::", 0),
            ("a b:-0", "a b", 0),
        ] {
            let read = HostPort::parse(text).unwrap();
            assert_eq!((read.host.as_str(), read.port), (host, port), "{text}");
        }
    }

    #[test]
    fn refuses_in_gos_words() {
        for (text, problem) in [
            ("garbage", "address garbage: missing port in address"),
            ("::1:80", "address ::1:80: too many colons in address"),
            ("[::1:80", "address [::1:80: missing ']' in address"),
            ("[::1]", "address [::1]: missing port in address"),
            ("[::1]80:1", "address [::1]80:1: missing port in address"),
            (
                "[::1]:80:1",
                "address [::1]:80:1: too many colons in address",
            ),
            ("a[b:1", "address a[b:1: unexpected '[' in address"),
            ("a]b:1", "address a]b:1: unexpected ']' in address"),
            ("a:99999", "address 99999: invalid port"),
            (
                "a:99999999999999999999",
                "address 99999999999999999999: invalid port",
            ),
            ("a:-1", "address -1: invalid port"),
            ("a:nosuchservice", "lookup tcp/nosuchservice: unknown port"),
        ] {
            assert_eq!(refusal(text), problem);
        }
    }

    #[tokio::test]
    async fn old_forms_of_addresses_are_no_hosts() {
        for host in [
            "127.1",
            "0x7f.1",
            "127.0.0.01",
            "0",
            "0177.0.0.1.",
            "1.2.3.4.5",
        ] {
            let parsed = HostPort::parse(&format!("{host}:0")).unwrap();
            let refused = parsed.resolve().await.unwrap_err().to_string();
            assert_eq!(refused, format!("lookup {host}: no such host"));
        }
    }

    #[tokio::test]
    async fn resolves_to_the_form_that_is_compared() {
        for (text, shown) in [
            (":80", ":80"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
            ("[0:0:0:0:0:0:0:1]:80", "[::1]:80"),
            ("LOCALHOST:80", "127.0.0.1:80"),
        ] {
            let resolved = HostPort::parse(text).unwrap().resolve().await.unwrap();
            assert_eq!(resolved.to_string(), shown);
        }
    }
}
