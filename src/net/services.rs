//! TCP ports by service name, with the same results as Go's `net.LookupPort`.

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

/// The port of a service that Go knows or that the system's services file lists.
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

/// The ports in the system's file. As in Go, it is read once: a request may name thousands of
/// services.
fn system_services() -> &'static HashMap<String, u16> {
    static SERVICES: OnceLock<HashMap<String, u16>> = OnceLock::new();
    // Without the file, only the built-in names are known, as in Go.
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

/// Parses TCP ports by lower-case name from the format of services(5): `name port/protocol
/// aliases…`. The first line that contains a name counts.
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
