//! Chooses the dialect of a command line by the name that the executable was called by.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::aconite;
use super::command::{Command, UsageError};
use super::environment::Environment;
use super::toxiproxy;

/// Parses a command line. Its first word is the name that the executable was called by.
///
/// `random_seed` is the seed of a server that is given none. `environment` returns the variables of the
/// server's flags, such as `ACONITE_HOST` for `-host`. A flag takes precedence over its variable, and a
/// variable over the default.
///
/// # Errors
///
/// A flag is unknown, lacks its value or has an invalid one, or there is an unexpected argument.
pub fn parse(
    argv: Vec<OsString>,
    random_seed: i64,
    environment: Environment<'_>,
) -> Result<Command, UsageError> {
    let mut words = argv.into_iter();
    let name = words.next().unwrap_or_else(|| "aconite".into());
    let mut words: Vec<OsString> = words.collect();
    if is_called(&name, "toxiproxy-cli") {
        return toxiproxy::client::parse(words);
    }
    let called_server = is_called(&name, "toxiproxy");
    if !called_server && words.first().is_none_or(|word| word != "server") {
        return aconite::parse::parse(words, environment);
    }
    let name = match called_server {
        true => name.to_string_lossy(),
        false => {
            words.remove(0);
            "aconite server".into()
        }
    };
    toxiproxy::server::ServerLine {
        name: &name,
        called_server,
        random_seed,
        environment,
    }
    .parse(words)
}

/// Whether the executable was called by this name, in any directory. The file names of Toxiproxy's releases
/// match too: `toxiproxy-cli-linux-amd64`, `toxiproxy-server-2.12.0`, `toxiproxy.exe`.
fn is_called(path: &OsStr, name: &str) -> bool {
    let file = Path::new(path).file_name().unwrap_or_default();
    let file = file.to_string_lossy().to_ascii_lowercase();
    let rest = file.strip_prefix(name);
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
}
