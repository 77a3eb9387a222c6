//! The command line as values: a pure function from words to what shall be done.
//!
//! The server's words are those of Go's `flag` package, which the reference uses: one dash or two,
//! values after a space or an equals sign, switches with or without one. Its flags are defined
//! once, in `definition`; `go` turns what was written into the one form that clap takes, and
//! `usage` words the faults. The client's commands can be written in two ways, which both end in
//! `client`: `own` is that of `aconite`, `reference` that of `toxiproxy-cli`. May know: `nearest`.
//! Must not print, exit, or read the environment, the clock or the network.

mod aconite;
#[cfg(test)]
mod aconite_tests;
pub mod client;
#[cfg(test)]
mod client_tests;
mod completions;
mod definition;
mod environment;
mod extras;
#[cfg(test)]
mod extras_tests;
mod go;
mod limits;
mod meant;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod tests;
mod toxiproxy;
mod usage;
mod values;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use thiserror::Error;

use crate::util::suggest::nearest;
use client::Client;
pub use completions::{COMPLETE, Named, completed, completions};
pub use environment::{ApiAddress, Environment, api_address};
pub use limits::Limits;

/// The version of the Toxiproxy API that this server speaks.
pub const API_VERSION: &str = "2.12.0";

/// The variable that has a server end when its standard input does: that of `aconite run --server`.
pub const END_WITH_STDIN: &str = "ACONITE_END_WITH_STDIN";

/// The version of aconite.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run the server.
    Server(ServerOptions),
    /// Ask a server for something, as a client of its API.
    Client(Client),
    /// Tell the faults of this config file.
    Check {
        /// The file.
        file: PathBuf,
        /// Whether warnings count as errors.
        strict: bool,
        /// The host and the port of the API that the server with this file has.
        api: (String, String),
    },
    /// Say this on standard output, and end with exit code 0.
    Output(String),
    /// Say this on standard error, and end with exit code 0, as Go programs do for `-h`.
    Aside(String),
}

/// A command line that cannot be followed: what is wrong, and how to use the command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{told}")]
pub struct UsageError {
    output: String,
    told: String,
    code: u8,
}

impl UsageError {
    /// The exit code for a command line that cannot be followed, as Go's `flag` package has it.
    const USUAL_CODE: u8 = 2;

    fn new(told: String) -> Self {
        UsageError {
            output: String::new(),
            told,
            code: Self::USUAL_CODE,
        }
    }

    /// What belongs on standard output. What is wrong, as displayed, belongs on standard error as
    /// it is.
    pub fn output(&self) -> &str {
        &self.output
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

/// How the server shall run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// The host that the control API listens on: an address or a name.
    pub host: String,
    /// The port that the control API listens on. Still text: whoever binds it reads it.
    pub port: String,
    /// A JSON file with proxies to create before the API answers.
    pub config: Option<PathBuf>,
    /// The seed of every random choice.
    pub seed: i64,
    /// Whether `/metrics` tells of this process.
    pub runtime_metrics: bool,
    /// Whether `/metrics` tells of the proxies.
    pub proxy_metrics: bool,
    /// Refuse values that the reference takes though they make no sense.
    pub strict: bool,
    /// Names that a request's `Host` may have while the API listens on loopback.
    pub allow_hosts: Vec<String>,
    /// What nobody may exceed.
    pub limits: Limits,
    /// Words behind the flags, which the reference ignores; they deserve a warning.
    pub ignored: Vec<String>,
    /// Variables that look like settings but hold what an orchestrator put there.
    pub foreign_variables: Vec<String>,
}

/// Reads a command line, its first word being the name that the executable was called by.
///
/// `random_seed` is the seed of a server that is given none. `environment` is asked for the twins
/// of the server's flags: `ACONITE_HOST` for `-host`, and so on; the command line has the last word.
///
/// # Errors
///
/// When a flag is unknown, lacks its value or has one that cannot be read, in the words of Go's
/// `flag` package; or when a word stands where none belongs.
pub fn parse(
    argv: Vec<OsString>,
    random_seed: i64,
    environment: Environment<'_>,
) -> Result<Command, UsageError> {
    let mut words = argv.into_iter();
    let name = words.next().unwrap_or_else(|| "aconite".into());
    let mut words: Vec<OsString> = words.collect();
    if is_called(&name, "toxiproxy-cli") {
        return toxiproxy::parse(words);
    }
    if is_called(&name, "toxiproxy") {
        let server = Server {
            name: &name.to_string_lossy(),
            stands_in: true,
            random_seed,
            environment,
        };
        return server.parse(words);
    }
    if words.first().is_some_and(|word| word == "server") {
        words.remove(0);
        let server = Server {
            name: "aconite server",
            stands_in: false,
            random_seed,
            environment,
        };
        return server.parse(words);
    }
    parse_top(words, environment)
}

/// Whether the executable goes by a name, in any directory, or by one of a release, which goes on:
/// `toxiproxy-cli-linux-amd64`, `toxiproxy-server-2.12.0`, `toxiproxy.exe`.
fn is_called(path: &OsStr, name: &str) -> bool {
    let file = Path::new(path).file_name().unwrap_or_default();
    let file = file.to_string_lossy().to_ascii_lowercase();
    let rest = file.strip_prefix(name);
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
}

/// The command line without `server`: the client's commands, help, the version, or a fault.
fn parse_top(words: Vec<OsString>, environment: Environment<'_>) -> Result<Command, UsageError> {
    if words.is_empty() {
        return Ok(Command::Output(usage::welcome()));
    }
    let mut texts = words.iter().filter_map(|word| word.to_str());
    let as_json = texts
        .clone()
        .take_while(|word| *word != "--")
        .any(|word| word == "--json");
    let command = texts
        .find(|word| aconite::is_command(word))
        .map(str::to_owned);
    match aconite::read(words) {
        Ok(aconite::Read::Client(client)) => Ok(Command::Client(*client)),
        Ok(aconite::Read::Check { file, strict }) => Ok(Command::Check {
            file,
            strict,
            api: environment::host_and_port(environment),
        }),
        Ok(aconite::Read::Server) => Err(UsageError::new(
            "the server's flags stand behind its command: aconite server --host HOST\n".into(),
        )),
        Err(told) => match told.kind() {
            ErrorKind::DisplayVersion => Ok(own_version()),
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Ok(Command::Output(told.to_string()))
            }
            _ => {
                let text = explained(&told, command.as_deref());
                let fault = UsageError::new(if as_json { usage::as_json(&text) } else { text });
                // No such command is 2 in a group of commands, too: `aconite config exprt`.
                let command = command.filter(|_| told.kind() != ErrorKind::InvalidSubcommand);
                let code = command.map(|command| aconite::misuse_code(Some(&command)));
                let code = code.unwrap_or(fault.code);
                Err(UsageError { code, ..fault })
            }
        },
    }
}

fn explained(told: &clap::Error, command: Option<&str>) -> String {
    let meant = meant::explained(&aconite::definition(), command, told);
    meant.unwrap_or_else(|| format!("{told}{}", aconite::hint(command, told).unwrap_or_default()))
}

fn own_version() -> Command {
    Command::Output(format!(
        "aconite version {VERSION} (Toxiproxy API {API_VERSION})\n"
    ))
}

/// The server's command line, and how it was called.
struct Server<'a> {
    /// What usage texts call the command.
    name: &'a str,
    /// Whether it was called by the reference's name, and so answers in its words.
    stands_in: bool,
    random_seed: i64,
    environment: Environment<'a>,
}

impl Server<'_> {
    fn parse(&self, words: Vec<OsString>) -> Result<Command, UsageError> {
        let definition = definition::server();
        let mut line = go::normalise(&definition, words);
        let read = |flags: &[OsString]| definition.clone().try_get_matches_from(flags);
        // What clap sees stands before the fault that ended the walk, so its faults come first.
        let matches = read(&line.flags).map_err(|fault| self.refuse(&usage::clap_fault(&fault)))?;
        match line.end {
            go::End::Help => return Ok(self.help(definition)),
            go::End::Fault(fault) => return Err(self.refuse(&self.explained(&definition, &fault))),
            go::End::Words => {}
        }
        if definition::is_set(&matches, "version") {
            return Ok(self.version());
        }
        // No file has such a name by chance; Toxiproxy would run without it, and we never would.
        if let Some(taken) = go::taken_config(&definition, &line.flags) {
            return Err(self.refuse(&taken));
        }
        match line.rest.first() {
            Some(word) if !self.stands_in => {
                let taken = go::taken_flag(&definition, &line.flags).unwrap_or_default();
                return Err(
                    self.refuse(&format!("unexpected argument {word:?}: flags only{taken}"))
                );
            }
            // Toxiproxy ignores all words, which for these would start a server that nobody wants.
            Some(word) if aconite::is_own(word) => return Err(self.is_command(word)),
            _ => {}
        }
        // Behind the command's name and before the flags, the last of which counts. The line's
        // flags are good, so what is wrong now came from the environment.
        let env_names = environment::env_names(&definition, self.environment);
        line.flags.splice(1..1, env_names.flags);
        let matches =
            read(&line.flags).map_err(|fault| self.refuse(&usage::env_names_fault(&fault)))?;
        let options = definition::options(&matches, self.random_seed, line.rest, env_names.foreign);
        Ok(Command::Server(options))
    }

    /// What is said to `toxiproxy stats redis`.
    fn is_command(&self, word: &str) -> UsageError {
        let way_out = match word {
            "server" => format!("give {} the server's flags without it", self.name),
            _ => format!("run `aconite {word}` (/aconite in the image)"),
        };
        UsageError::new(format!(
            "{word:?} is a command of aconite, and {} only runs the server: {way_out}\n",
            self.name
        ))
    }

    fn version(&self) -> Command {
        if self.stands_in {
            Command::Output(format!("toxiproxy-server version {API_VERSION}\n"))
        } else {
            own_version()
        }
    }

    fn help(&self, mut definition: clap::Command) -> Command {
        if self.stands_in {
            Command::Aside(usage::flags(self.name, &definition, self.random_seed))
        } else {
            Command::Output(definition.render_help().to_string())
        }
    }

    /// A fault, with the flag that may have been meant.
    fn explained(&self, definition: &clap::Command, fault: &go::Fault) -> String {
        let meant = match fault {
            go::Fault::Unknown(name) if !self.stands_in => nearest(
                name,
                definition.get_arguments().filter_map(clap::Arg::get_long),
            ),
            _ => None,
        };
        let meant = meant.map(|name| format!("; did you mean --{name}?"));
        format!("{fault}{}", meant.unwrap_or_default())
    }

    fn refuse(&self, fault: &str) -> UsageError {
        if !self.stands_in {
            return UsageError::new(format!("{fault}\nsee {} --help\n", self.name));
        }
        let usage = usage::flags(self.name, &definition::server(), self.random_seed);
        UsageError::new(format!("{fault}\n{usage}"))
    }
}
