//! The server's settings in the environment: `ACONITE_HOST` for `-host`, and so on.
//!
//! Other programs set variables too. For a Service called `aconite`, Kubernetes gives every container
//! `ACONITE_PORT=tcp://10.0.0.1:8474`, as Docker's links did. Such a value is nobody's setting, and a
//! server that refused it would be started again and again without end. Must not read the
//! environment: whoever calls hands it in.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// The environment, as a function from a variable's name to its value.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// How the values of variables begin that orchestrators set for services and links.
const SERVICE_SCHEMES: [&str; 3] = ["tcp://", "udp://", "sctp://"];

/// The host and the port of an API that nobody gave any.
const USUAL_HOST: &str = "localhost";
const USUAL_PORT: &str = "8474";

/// What the environment says of the server's flags.
#[derive(Debug, Default)]
pub(super) struct EnvNames {
    /// The flags that it sets, as `--name=value`.
    pub(super) flags: Vec<OsString>,
    /// Variables with a flag's name that hold the address of a service.
    pub(super) foreign: Vec<String>,
}

/// Reads the twins of a command's flags. A blank one is not set.
pub(super) fn env_names(definition: &Command, environment: Environment<'_>) -> EnvNames {
    let names = definition.get_arguments().filter_map(Arg::get_long);
    let mut env_names = EnvNames::default();
    for name in names.filter(|name| !["help", "version"].contains(name)) {
        let variable = env_name(name);
        match setting(environment, &variable) {
            Setting::None => {}
            Setting::Foreign => env_names.foreign.push(variable),
            Setting::Value(value) => {
                let mut flag = OsString::from(format!("--{name}="));
                flag.push(value);
                env_names.flags.push(flag);
            }
        }
    }
    env_names
}

/// The name that a flag has in the environment.
pub(super) fn env_name(name: &str) -> String {
    format!("ACONITE_{}", name.replace('-', "_").to_ascii_uppercase())
}

/// What a variable holds.
enum Setting {
    None,
    /// The address of a service, which an orchestrator put there.
    Foreign,
    Value(OsString),
}

/// The blanks around a value are not part of it: values come from files with a newline at the end.
fn setting(environment: Environment<'_>, variable: &str) -> Setting {
    let Some(value) = environment(variable) else {
        return Setting::None;
    };
    let value = match value.to_str() {
        Some(text) => OsStr::new(text.trim()).to_owned(),
        None => value,
    };
    let text = value.to_string_lossy();
    if text.is_empty() {
        Setting::None
    } else if SERVICE_SCHEMES
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        Setting::Foreign
    } else {
        Setting::Value(value)
    }
}

/// Where the API of a server is that has this environment too, as in one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAddress {
    /// Its URL.
    pub url: String,
    /// Whether the environment says at which port it is.
    pub has_port: bool,
}

/// The address of the API as `ACONITE_HOST` and `ACONITE_PORT` have it; `None` if neither is set.
pub fn api_address(environment: Environment<'_>) -> Option<ApiAddress> {
    let host = text(environment, "ACONITE_HOST");
    let port = text(environment, "ACONITE_PORT");
    if host.is_none() && port.is_none() {
        return None;
    }
    let host = host.as_deref().unwrap_or(USUAL_HOST);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let host = match bare {
        // All addresses are both IP versions, so that the loopback of either is among them.
        "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        _ if bare.contains(':') => format!("[{bare}]"),
        _ => bare.to_owned(),
    };
    let has_port = port.is_some();
    let port = port.as_deref().unwrap_or(USUAL_PORT);
    let url = format!("http://{host}:{port}");
    Some(ApiAddress { url, has_port })
}

/// The host and the port that the environment gives a server's API.
pub(super) fn host_and_port(environment: Environment<'_>) -> (String, String) {
    let setting = |variable, usual: &str| text(environment, variable).unwrap_or(usual.to_owned());
    (
        setting("ACONITE_HOST", USUAL_HOST),
        setting("ACONITE_PORT", USUAL_PORT),
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
    fn the_api_is_where_the_server_beside_was_told_to_listen() {
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
