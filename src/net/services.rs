//! TCP ports by the name of their service, as Go's `net.LookupPort` finds them.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The services that Go knows without asking the system.
const SERVICES: &[(&str, u16)] = &[
    ("domain", 53),
    ("ftp", 21),
    ("ftps", 990),
    ("gopher", 70),
    ("http", 80),
    ("https", 443),
    ("imap2", 143),
    ("imap3", 220),
    ("imaps", 993),
    ("pop3", 110),
    ("pop3s", 995),
    ("smtp", 25),
    ("submissions", 465),
    ("ssh", 22),
    ("telnet", 23),
];

/// The port of a service: one that Go knows, or one of the system's file of services.
pub(super) fn port(name: &str) -> Option<u16> {
    let known = SERVICES
        .iter()
        .find(|(service, _)| service.eq_ignore_ascii_case(name))
        .map(|(_, port)| *port);
    known.or_else(|| {
        let name = name.to_ascii_lowercase();
        system_services().get(&name).copied()
    })
}

/// The ports in the system's file, read once as in Go: a request may name services by the thousand.
fn system_services() -> &'static HashMap<String, u16> {
    static SERVICES: OnceLock<HashMap<String, u16>> = OnceLock::new();
    // Without the file nothing but the well-known names is known, as in Go.
    SERVICES.get_or_init(|| tcp_ports(&services_file()))
}

#[cfg(unix)]
fn services_file() -> String {
    std::fs::read_to_string("/etc/services").unwrap_or_default()
}

#[cfg(not(unix))]
fn services_file() -> String {
    String::new()
}

/// TCP ports by name in lower case, of the format of services(5): `name port/protocol aliases…`.
/// The first line that has a name counts.
fn tcp_ports(services: &str) -> HashMap<String, u16> {
    let mut ports = HashMap::new();
    for line in services.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut fields = line.split_ascii_whitespace();
        let Some((service, port)) = fields.next().zip(fields.next()) else {
            continue;
        };
        let port = port.strip_suffix("/tcp").map(str::parse);
        let Some(Ok(port)) = port else {
            continue;
        };
        for name in std::iter::once(service).chain(fields) {
            ports.entry(name.to_ascii_lowercase()).or_insert(port);
        }
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_name_and_alias() {
        let file = "# all\nredis 6379/tcp # db\nhttp-alt 8080/udp\nhttp-alt 8080/tcp webcache\n";
        let ports = tcp_ports(file);
        assert_eq!(ports.get("redis"), Some(&6379));
        assert_eq!(ports.get("webcache"), Some(&8080));
        assert_eq!(ports.get("db"), None);
    }
}
