//! The table of the server's flags, each with its environment variable and its help.
//!
//! This is the only list of them. The parser, Go's usage, the help of `aconite server` and the
//! environment all use it.

use super::flag::{Flag, Kind};

/// A flag of the server.
#[derive(Debug)]
pub(in crate::args) struct ServerFlag {
    /// The flag in Toxiproxy's form.
    pub(in crate::args) flag: Flag,
    /// Its name.
    pub(in crate::args) name: &'static str,
    /// The environment variable that sets it; empty if there is none.
    pub(in crate::args) variable: &'static str,
    /// The placeholder for its value in help; empty for a switch.
    pub(in crate::args) placeholder: &'static str,
    /// Its default value; empty if there is none to show.
    pub(in crate::args) default: &'static str,
    /// Its description.
    pub(in crate::args) help: &'static str,
}

impl ServerFlag {
    const fn new(
        names: &'static [&'static str; 1],
        variable: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Self {
        ServerFlag {
            flag: Flag {
                names,
                kind,
                repeated: false,
                about: help,
            },
            name: names[0],
            variable,
            placeholder: "",
            default: "",
            help,
        }
    }

    /// Adds the placeholder for its value in help, and its default.
    const fn takes(self, placeholder: &'static str, default: &'static str) -> Self {
        ServerFlag {
            placeholder,
            default,
            ..self
        }
    }

    /// Uses Toxiproxy's own line of help, because scripts may compare it.
    const fn shown_by_toxiproxy(self, about: &'static str) -> Self {
        ServerFlag {
            flag: Flag { about, ..self.flag },
            ..self
        }
    }
}

/// The flags of the server, in the order of its help.
pub(in crate::args) static SERVER_FLAGS: [ServerFlag; 16] = [
    ServerFlag::new(
        &["config"],
        "ACONITE_CONFIG",
        Kind::Text,
        "JSON file with proxies to create before the API answers",
    )
    .takes("FILE", "")
    .shown_by_toxiproxy("JSON file containing proxies to create on startup"),
    ServerFlag::new(
        &["host"],
        "ACONITE_HOST",
        Kind::Text,
        "Host that the API listens on",
    )
    .takes("HOST", "localhost")
    .shown_by_toxiproxy("Host for toxiproxy's API to listen on"),
    ServerFlag::new(
        &["port"],
        "ACONITE_PORT",
        Kind::Text,
        "Port that the API listens on",
    )
    .takes("PORT", "8474")
    .shown_by_toxiproxy("Port for toxiproxy's API to listen on"),
    ServerFlag::new(
        &["proxy-metrics"],
        "ACONITE_PROXY_METRICS",
        Kind::Switch,
        "Serve metrics of the proxies at /metrics",
    )
    .shown_by_toxiproxy("enable toxiproxy-specific prometheus metrics"),
    ServerFlag::new(
        &["runtime-metrics"],
        "ACONITE_RUNTIME_METRICS",
        Kind::Switch,
        "Serve metrics of this process at /metrics",
    )
    .shown_by_toxiproxy("enable runtime-related prometheus metrics"),
    ServerFlag::new(
        &["seed"],
        "ACONITE_SEED",
        Kind::Integer,
        "Seed of every random choice [default: random, and logged]",
    )
    .takes("INTEGER", "")
    .shown_by_toxiproxy("Seed for randomizing toxics with"),
    ServerFlag::new(
        &["strict"],
        "ACONITE_STRICT",
        Kind::Switch,
        "Refuse values that make no sense, such as negative delays",
    ),
    ServerFlag::new(
        &["allow-host"],
        "ACONITE_ALLOW_HOST",
        Kind::Text,
        "Names that a request's Host header may carry while the API listens on a loopback address, and on any address in requests with Origin or Sec-Fetch-Site; may be repeated",
    )
    .takes("NAME,...", ""),
    ServerFlag::new(
        &["link-buffer"],
        "ACONITE_LINK_BUFFER",
        Kind::Text,
        "Most bytes that wait in one direction of a connection; when full, aconite stops reading",
    )
    .takes("SIZE", "128MiB"),
    ServerFlag::new(
        &["total-buffer"],
        "ACONITE_TOTAL_BUFFER",
        Kind::Text,
        "Most bytes that wait in all connections together, without the first 64 KiB of each direction",
    )
    .takes("SIZE", "1GiB"),
    ServerFlag::new(
        &["max-connections"],
        "ACONITE_MAX_CONNECTIONS",
        Kind::Text,
        "Most connections of one proxy at a time; further clients wait to be accepted",
    )
    .takes("COUNT", "100000"),
    ServerFlag::new(
        &["max-proxies"],
        "ACONITE_MAX_PROXIES",
        Kind::Text,
        "Most proxies",
    )
    .takes("COUNT", "10000"),
    ServerFlag::new(
        &["max-toxics"],
        "ACONITE_MAX_TOXICS",
        Kind::Text,
        "Most toxics of one proxy",
    )
    .takes("COUNT", "1000"),
    ServerFlag::new(
        &["max-api-connections"],
        "ACONITE_MAX_API_CONNECTIONS",
        Kind::Text,
        "Most connections to the API at a time; the one that has been idle longest is closed for a new one",
    )
    .takes("COUNT", "1024"),
    ServerFlag::new(
        &["drain"],
        "ACONITE_DRAIN",
        Kind::Text,
        "How long connections may go on after the server was told to stop, such as 5s or 1m30s",
    )
    .takes("TIME", "0s"),
    ServerFlag::new(&["version"], "", Kind::Switch, "Print the version")
        .shown_by_toxiproxy("print the version"),
];
