//! Parses and resolves addresses as Go's `net` package does, with the same error texts.
//!
//! Toxiproxy's clients send whatever `net.Listen` and `net.Dial` accept, and compare the texts that
//! come back. This module keeps both compatible: `:8080`, `localhost:http`, `[::]:0`, `127.0.0.1:`,
//! `[fe80::1%eth0]:80`. It may use the resolver; it must not know proxies.

pub(super) mod error;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

pub use self::error::AddressError;

use super::host_port::split;
use super::lookup::Lookups;
use super::{services, zone};

/// A host and a port, not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// A name, a literal address, or empty.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A resolved address. Without an `ip` it means every local address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The address. An IPv4-mapped IPv6 address is stored as IPv4.
    pub ip: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// The zone (interface) of an IPv6 address as given, or empty.
    zone: String,
}

impl From<SocketAddr> for Resolved {
    fn from(address: SocketAddr) -> Self {
        let zone = match address {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => zone::name(v6.scope_id()),
            _ => String::new(),
        };
        Resolved {
            ip: Some(address.ip()),
            port: address.port(),
            zone,
        }
    }
}

impl Resolved {
    /// The address for system calls, if it has an `ip`.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        let address = SocketAddr::new(self.ip?, self.port);
        Some(scoped(address, &self.zone))
    }

    /// The form used to compare addresses. Zones are interface names, and are dropped where the system
    /// ignores them.
    pub fn comparable(&self) -> Resolved {
        self.socket_address().map_or(self.clone(), Resolved::from)
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            None => write!(f, ":{}", self.port),
            Some(ip) if !self.zone.is_empty() => write!(f, "[{ip}%{}]:{}", self.zone, self.port),
            Some(ip) => write!(f, "{}", SocketAddr::new(ip, self.port)),
        }
    }
}

/// Adds the interface index of `zone` to a link-local IPv6 address; other addresses need none.
fn scoped(address: SocketAddr, zone: &str) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() => {
            SocketAddrV6::new(*v6.ip(), v6.port(), 0, zone::index(zone)).into()
        }
        address => address,
    }
}

/// The form used to compare addresses. IPv4-mapped addresses become IPv4, and only link-local IPv6
/// addresses keep their scope id.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() => {
            SocketAddrV6::new(*v6.ip(), v6.port(), 0, v6.scope_id()).into()
        }
        address => SocketAddr::new(address.ip().to_canonical(), address.port()),
    }
}

impl HostPort {
    /// Parses `host:port`. An empty text means any host and any port.
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

    /// The IP address and the zone of the host, if it is a literal address.
    fn literal(&self) -> Option<(IpAddr, &str)> {
        let Some((ip, zone)) = self.host.split_once('%') else {
            let ip: IpAddr = self.host.parse().ok()?;
            return Some((ip.to_canonical(), ""));
        };
        let ip: IpAddr = ip.parse().ok().filter(IpAddr::is_ipv6)?;
        match ip.to_canonical() {
            _ if zone.is_empty() => None,
            ip if ip.is_ipv4() => Some((ip, "")),
            ip => Some((ip, zone)),
        }
    }

    /// Looks up all addresses of the host name, in the order the system returns them.
    async fn lookup(&self, lookups: &Lookups) -> Result<Vec<SocketAddr>, AddressError> {
        let unknown = |problem| AddressError::UnknownHost {
            host: self.host.clone(),
            problem,
        };
        if looks_like_number(&self.host) {
            return Err(unknown("no such host".to_owned()));
        }
        let found = lookups.look_up(&self.host).await;
        let found = found.as_deref();
        let found = found.map_err(|error| unknown(lookup_problem(error)))?;
        let with_port = |address: &SocketAddr| {
            let mut address = canonical(*address);
            address.set_port(self.port);
            address
        };
        let addresses: Vec<SocketAddr> = found.iter().map(with_port).collect();
        if addresses.is_empty() {
            return Err(unknown("no such host".to_owned()));
        }
        Ok(addresses)
    }

    /// The address to listen on, if it needs no name lookup.
    pub fn resolved(&self) -> Option<Resolved> {
        let (ip, zone) = match self.host.as_str() {
            "" => (None, ""),
            _ => {
                let (ip, zone) = self.literal()?;
                (Some(ip), zone)
            }
        };
        Some(Resolved {
            ip,
            port: self.port,
            zone: zone.to_owned(),
        })
    }

    /// Resolves the address to listen on. Of several addresses it prefers the first IPv4 one.
    pub async fn resolve(&self, lookups: &Lookups) -> Result<Resolved, AddressError> {
        if let Some(resolved) = self.resolved() {
            return Ok(resolved);
        }
        let found = self.lookup(lookups).await?;
        let v4 = found.iter().find(|address| address.is_ipv4());
        let address = v4.or(found.first()).copied();
        let none = || AddressError::UnknownHost {
            host: self.host.clone(),
            problem: "no such host".to_owned(),
        };
        address.map(Resolved::from).ok_or_else(none)
    }

    /// The error for a name lookup that timed out, in Go's words.
    pub fn timed_out(&self) -> AddressError {
        AddressError::UnknownHost {
            host: self.host.clone(),
            problem: "i/o timeout".to_owned(),
        }
    }

    /// Resolves the addresses to dial, in the system's order. An empty host means this machine.
    pub async fn targets(&self, lookups: &Lookups) -> Result<Vec<SocketAddr>, AddressError> {
        match self.resolved() {
            Some(resolved) => {
                let local = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), self.port);
                Ok(vec![resolved.socket_address().unwrap_or(local)])
            }
            None => self.lookup(lookups).await,
        }
    }
}

/// Whether the system's resolver may parse the name as a legacy IPv4 form such as `127.1`, `0x7f.1`
/// or `0177.0.0.1`. Go does not accept these forms.
fn looks_like_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let digits = last.bytes().all(|byte| byte.is_ascii_digit());
    let hex = last.strip_prefix("0x").or(last.strip_prefix("0X"));
    let hex = hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !last.is_empty() && (digits || hex)
}

fn lookup_problem(text: &str) -> String {
    if text.contains("emporary failure") {
        "temporary failure in name resolution".to_owned()
    } else {
        "no such host".to_owned()
    }
}

/// Parses a port number or a service name. An empty text is port 0.
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

/// Whether the error means too many open files, in the process (`EMFILE`) or the system (`ENFILE`).
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

/// Formats an operating system error as Go does: in lower case, without the error number.
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

    fn lookups() -> Lookups {
        Lookups::new(1024)
    }

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
            ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
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
            let refused = parsed.resolve(&lookups()).await.unwrap_err().to_string();
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
            ("[::1%lo]:80", "[::1%lo]:80"),
            ("[FE80::1%nosuch]:80", "[fe80::1%nosuch]:80"),
            ("[::ffff:127.0.0.1%lo]:80", "127.0.0.1:80"),
        ] {
            let resolved = HostPort::parse(text)
                .unwrap()
                .resolve(&lookups())
                .await
                .unwrap();
            assert_eq!(resolved.to_string(), shown);
        }
    }

    #[tokio::test]
    async fn a_zone_belongs_to_an_ipv6_address_and_is_not_empty() {
        for host in ["127.0.0.1%lo", "fe80::1%", "localhost%lo"] {
            let parsed = HostPort::parse(&format!("[{host}]:0")).unwrap();
            assert_eq!(parsed.resolved(), None, "{host}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn zones_count_where_the_system_heeds_them() {
        let comparable = |text: &str| {
            let resolved = HostPort::parse(text).unwrap().resolved().unwrap();
            resolved.comparable().to_string()
        };
        let number = zone::index("lo");
        assert_eq!(comparable("[::1%lo]:80"), "[::1]:80");
        assert_eq!(comparable(":80"), ":80");
        let by_number = format!("[fe80::1%{number}]:80");
        assert_eq!(comparable(&by_number), "[fe80::1%lo]:80");
        assert_eq!(comparable("[fe80::1%lo]:80"), "[fe80::1%lo]:80");
    }
}
