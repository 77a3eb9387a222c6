//! The server's settings in the environment: `ACONITE_HOST` for `-host`, and so on.
//!
//! Other programs set such variables too. For a service called `aconite`, Kubernetes gives every container
//! `ACONITE_PORT=tcp://10.0.0.1:8474`, as Docker's links did. Such a value is not a setting, and a
//! server that refused it would be restarted in a loop. Must not read the environment: the caller
//! passes it in.

use std::ffi::{OsStr, OsString};

use super::server_options::{DEFAULT_HOST, DEFAULT_PORT};

/// The environment, as a function from a variable's name to its value.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Prefixes of the values that orchestrators set for services and links.
const SERVICE_SCHEMES: [&str; 3] = ["tcp://", "udp://", "sctp://"];

/// The value of a variable.
pub(super) enum Setting {
    /// Unset, empty, or blanks only.
    None,
    /// The address of a service, set by an orchestrator.
    Foreign,
    /// A value, without surrounding blanks.
    Value(OsString),
}

/// Reads a variable. Surrounding blanks are removed, because a value that comes from a file ends with a
/// newline.
pub(super) fn setting(environment: Environment<'_>, variable: &str) -> Setting {
    let Some(value) = environment(variable) else {
        return Setting::None;
    };
    let value = match value.to_str() {
        Some(text) => OsStr::new(text.trim()).to_owned(),
        None => value,
    };
    let text = value.to_string_lossy();
    let mut schemes = SERVICE_SCHEMES.iter();
    if text.is_empty() {
        Setting::None
    } else if schemes.any(|scheme| text.starts_with(scheme)) {
        Setting::Foreign
    } else {
        Setting::Value(value)
    }
}

/// The API address of a server with the same environment, such as one in the same container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAddress {
    /// Its URL.
    pub url: String,
    /// Whether the environment sets its port.
    pub has_port: bool,
}

/// The API address according to `ACONITE_HOST` and `ACONITE_PORT`; `None` if neither is set.
pub fn api_address(environment: Environment<'_>) -> Option<ApiAddress> {
    let host = text(environment, "ACONITE_HOST");
    let port = text(environment, "ACONITE_PORT");
    if host.is_none() && port.is_none() {
        return None;
    }
    let host = host.as_deref().unwrap_or(DEFAULT_HOST);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let host = match bare {
        // A server that listens on all addresses of either IP version is reachable at this one.
        "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        _ if bare.contains(':') => format!("[{bare}]"),
        _ => bare.to_owned(),
    };
    let has_port = port.is_some();
    let port = port.as_deref().unwrap_or(DEFAULT_PORT);
    let url = format!("http://{host}:{port}");
    Some(ApiAddress { url, has_port })
}

/// The API host and port of a server with this environment and no flags.
pub(super) fn host_and_port(environment: Environment<'_>) -> (String, String) {
    let setting = |variable, default: &str| text(environment, variable).unwrap_or(default.into());
    (
        setting("ACONITE_HOST", DEFAULT_HOST),
        setting("ACONITE_PORT", DEFAULT_PORT),
    )
}

fn text(environment: Environment<'_>, variable: &str) -> Option<String> {
    match setting(environment, variable) {
        Setting::Value(value) => Some(value.to_string_lossy().into_owned()),
        Setting::None | Setting::Foreign => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(variables: &[(&str, &str)]) -> Option<(String, bool)> {
        let environment = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        };
        api_address(&environment).map(|address| (address.url, address.has_port))
    }

    #[test]
    fn the_address_follows_host_and_port_of_the_environment() {
        for (variables, url, has_port) in [
            (
                [("ACONITE_HOST", "0.0.0.0"), ("ACONITE_PORT", "9474")],
                "http://127.0.0.1:9474",
                true,
            ),
            (
                [("ACONITE_HOST", "[::]"), ("ACONITE_PORT", " 9474\n")],
                "http://127.0.0.1:9474",
                true,
            ),
            (
                [("ACONITE_HOST", ""), ("ACONITE_PORT", "9474")],
                "http://localhost:9474",
                true,
            ),
            (
                [("ACONITE_HOST", "fd00::1"), ("ACONITE_PORT", "")],
                "http://[fd00::1]:8474",
                false,
            ),
            (
                [
                    ("ACONITE_HOST", "0.0.0.0"),
                    ("ACONITE_PORT", "tcp://10.0.0.1:1"),
                ],
                "http://127.0.0.1:8474",
                false,
            ),
        ] {
            assert_eq!(address(&variables), Some((url.into(), has_port)));
        }
    }

    #[test]
    fn without_settings_there_is_no_address() {
        assert_eq!(address(&[]), None);
        assert_eq!(address(&[("ACONITE_PORT", "tcp://172.17.0.2:8474")]), None);
    }
}
