//! TCP ports by the name of their service, as Go's `net.LookupPort` finds them.

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
    known.or_else(|| port_in(&system_services(), name))
}

#[cfg(unix)]
fn system_services() -> String {
    // Without the file nothing but the well-known names is known, as in Go.
    std::fs::read_to_string("/etc/services").unwrap_or_default()
}

#[cfg(not(unix))]
fn system_services() -> String {
    String::new()
}

/// The TCP port of a service in the format of services(5): `name port/protocol aliases…`.
fn port_in(services: &str, name: &str) -> Option<u16> {
    services.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut fields = line.split_ascii_whitespace();
        let (service, port) = (fields.next()?, fields.next()?);
        let port = port.strip_suffix("/tcp")?;
        let mut names = std::iter::once(service).chain(fields);
        names
            .any(|one| one.eq_ignore_ascii_case(name))
            .then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_name_and_alias() {
        let file = "# all\nredis 6379/tcp # db\nhttp-alt 8080/udp\nhttp-alt 8080/tcp webcache\n";
        assert_eq!(port_in(file, "Redis"), Some(6379));
        assert_eq!(port_in(file, "webcache"), Some(8080));
        assert_eq!(port_in(file, "db"), None);
    }
}
