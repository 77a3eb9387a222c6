//! Parses the values of the server's flags, whether they come from a flag or its environment variable.

use std::ffi::OsStr;

use thiserror::Error;

use super::go_value::{self, ValueError};
use crate::args::server_options::ServerOptions;
use crate::args::values::{self, BadValue};

/// Why the value of a server's flag cannot be parsed.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum InvalidValue {
    /// A switch.
    #[error("{0}, expected true or false")]
    Switch(ValueError),
    /// The seed.
    #[error("{0}, expected a 64-bit integer")]
    Integer(ValueError),
    /// A limit. The error holds the value and what to write.
    #[error(transparent)]
    Limit(#[from] BadValue),
}

impl InvalidValue {
    /// The error about the value of a flag, in Go's words where the flag is Toxiproxy's.
    pub(super) fn of_flag(&self, name: &str, value: &OsStr) -> String {
        let value = value.to_string_lossy();
        match self {
            InvalidValue::Switch(error) => {
                format!("invalid boolean value {value:?} for -{name}: {error}")
            }
            InvalidValue::Integer(error) => {
                format!("invalid value {value:?} for flag -{name}: {error}")
            }
            InvalidValue::Limit(error) => format!("invalid value for -{name}: {error}"),
        }
    }

    /// The error about the value of a variable.
    pub(super) fn of_variable(&self, variable: &str, value: &OsStr) -> String {
        match self {
            InvalidValue::Limit(error) => format!("{variable}: {error}"),
            error => format!("{variable} is {:?}: {error}", value.to_string_lossy()),
        }
    }
}

/// Sets one option. Options that may be repeated accumulate their values.
pub(super) fn set(
    options: &mut ServerOptions,
    name: &str,
    value: &OsStr,
) -> Result<(), InvalidValue> {
    let text = &*value.to_string_lossy();
    let switch = || go_value::boolean(text).map_err(InvalidValue::Switch);
    let limits = &mut options.limits;
    match name {
        "config" => options.config = Some(value.into()).filter(|_| !value.is_empty()),
        "host" => options.host = text.to_owned(),
        "port" => options.port = text.to_owned(),
        "seed" => options.seed = go_value::integer(text).map_err(InvalidValue::Integer)?,
        "proxy-metrics" => options.proxy_metrics = switch()?,
        "runtime-metrics" => options.runtime_metrics = switch()?,
        "strict" => options.strict = switch()?,
        "allow-host" => {
            let hosts = text.split(',').map(str::trim);
            let hosts = hosts.filter(|host| !host.is_empty());
            options.allow_hosts.extend(hosts.map(str::to_owned));
        }
        "link-buffer" => limits.link_buffer = values::size(text)?,
        "total-buffer" => limits.total_buffer = values::size(text)?,
        "max-connections" => limits.connections = values::count(text)?,
        "max-proxies" => limits.proxies = values::count(text)?,
        "max-toxics" => limits.toxics = values::count(text)?,
        "max-api-connections" => limits.api_connections = values::count(text)?,
        "drain" => limits.drain = values::wait_limit(text)?,
        // The parser returns only names in the table, and a test sets each of them.
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::flag::Kind;
    use super::super::server_table::SERVER_FLAGS;
    use super::*;

    #[test]
    fn each_flag_sets_an_option_and_defaults_are_as_shown() {
        for row in SERVER_FLAGS.iter().filter(|row| row.name != "version") {
            let unset = ServerOptions::new(1);
            let mut options = unset.clone();
            let other = match row.placeholder {
                "" => "true",
                "SIZE" | "COUNT" | "INTEGER" => "7",
                "TIME" => "7s",
                _ => "else",
            };
            set(&mut options, row.name, other.as_ref()).unwrap();
            assert_ne!(options, unset, "{} sets nothing", row.name);
            assert_eq!(row.placeholder.is_empty(), row.flag.kind == Kind::Switch);
            if !row.default.is_empty() {
                set(&mut options, row.name, row.default.as_ref()).unwrap();
                assert_eq!(options, unset, "{}", row.name);
            }
        }
    }

    #[test]
    fn each_variable_is_named_after_its_flag() {
        for row in SERVER_FLAGS.iter().filter(|row| row.name != "version") {
            let name = row.name.replace('-', "_").to_uppercase();
            assert_eq!(row.variable, format!("ACONITE_{name}"));
        }
    }
}
