//! The server's command line, behind `aconite server` or Toxiproxy's name.
//!
//! The table also maps environment variables, instead of clap's `env`. Clap would accept a blank variable
//! as a value, and `ACONITE_PORT=tcp://10.0.0.1:8474`, which Kubernetes sets for a service called
//! `aconite`, as the port. Its errors do not name the variable. It also reads the environment of the
//! process, which this module must not do.

use std::ffi::{OsStr, OsString};

use super::flag::{self, Fault, Flag, Item, Reach, Reader, Stop};
use super::server_table::SERVER_FLAGS;
use super::server_usage::usage;
use super::server_values;
use crate::args::aconite::definition;
use crate::args::command::{API_VERSION, Command, UsageError};
use crate::args::environment::{Environment, Setting, setting};
use crate::args::server_options::ServerOptions;
use crate::util::suggest::nearest;

/// How the server was called, and its inputs besides the command line.
pub(in crate::args) struct ServerLine<'a> {
    /// The command's name in messages.
    pub(in crate::args) name: &'a str,
    /// Whether the executable has the name of Toxiproxy's server, so that it uses Toxiproxy's messages.
    pub(in crate::args) called_server: bool,
    /// The default seed.
    pub(in crate::args) random_seed: i64,
    pub(in crate::args) environment: Environment<'a>,
}

/// The parsed flags of a command line.
struct Given {
    options: ServerOptions,
    version: bool,
    /// Flags and values as they were written.
    flags: Vec<(&'static str, OsString)>,
}

impl ServerLine<'_> {
    pub(in crate::args) fn parse(&self, words: Vec<OsString>) -> Result<Command, UsageError> {
        // Errors in the command line are reported before those in the environment.
        let mut options = ServerOptions::new(self.random_seed);
        let environment = self.apply_environment(&mut options);
        let flags: Vec<Flag> = SERVER_FLAGS.iter().map(|row| row.flag).collect();
        let mut given = Given {
            options,
            version: false,
            flags: Vec::new(),
        };
        for item in Reader::new(&flags, words, Reach::FirstWord) {
            match item {
                Ok(item) => given.apply(item).map_err(|fault| self.refuse(&fault))?,
                Err(Stop::Help) => return Ok(self.help()),
                Err(Stop::Fault(fault)) => return Err(self.refuse(&self.with_suggestion(&fault))),
            }
        }
        if given.version {
            return Ok(self.version());
        }
        let swallowed = given.swallowed_flag(&flags);
        if let Some((name @ "config", value)) = &swallowed {
            // No config file is named like a flag. Toxiproxy would run without a config file.
            return Err(self.refuse(&format!(
                "flag -{name} has no value of its own: {value} behind it is a flag (write -{name}=./{value} for a file of that name)"
            )));
        }
        if let Some(word) = given.options.ignored.first() {
            self.check_word(word, swallowed)?;
        }
        environment.map_err(|fault| self.refuse(&fault))?;
        Ok(Command::Server(given.options))
    }

    /// Applies the settings in the environment.
    fn apply_environment(&self, options: &mut ServerOptions) -> Result<(), String> {
        for row in SERVER_FLAGS.iter().filter(|row| !row.variable.is_empty()) {
            match setting(self.environment, row.variable) {
                Setting::None => {}
                Setting::Foreign => options.foreign_variables.push(row.variable.to_owned()),
                Setting::Value(value) => server_values::set(options, row.name, &value)
                    .map_err(|error| error.of_variable(row.variable, &value))?,
            }
        }
        Ok(())
    }

    /// Refuses a word after the flags that Toxiproxy would ignore, if ignoring it would be wrong.
    fn check_word(
        &self,
        word: &str,
        swallowed: Option<(&'static str, String)>,
    ) -> Result<(), UsageError> {
        if !self.called_server {
            let swallowed = swallowed
                .map(|(name, value)| format!(" ({value} was taken as the value of -{name})"));
            let swallowed = swallowed.unwrap_or_default();
            return Err(self.refuse(&format!(
                "unexpected argument {word:?}: flags only{swallowed}"
            )));
        }
        if !definition::is_command(word) {
            return Ok(());
        }
        // For these words, Toxiproxy would start a server that the user does not want.
        let remedy = match word {
            "server" => format!("give {} the server's flags without it", self.name),
            _ => format!("run `aconite {word}` (/aconite in the image)"),
        };
        Err(UsageError::new(format!(
            "{word:?} is a command of aconite, and {} only runs the server: {remedy}\n",
            self.name
        )))
    }

    fn version(&self) -> Command {
        match self.called_server {
            true => Command::Output(format!("toxiproxy-server version {API_VERSION}\n")),
            false => Command::version(),
        }
    }

    fn help(&self) -> Command {
        match self.called_server {
            true => Command::ErrorOutput(usage(self.name, self.random_seed)),
            false => Command::Output(definition::server_help()),
        }
    }

    /// An error, with a suggestion for a similar flag.
    fn with_suggestion(&self, fault: &Fault) -> String {
        let meant = match fault {
            Fault::Unknown(name) if !self.called_server => {
                nearest(name, SERVER_FLAGS.iter().map(|row| row.name))
            }
            _ => None,
        };
        let meant = meant.map(|name| format!("; did you mean --{name}?"));
        format!("{fault}{}", meant.unwrap_or_default())
    }

    fn refuse(&self, fault: &str) -> UsageError {
        match self.called_server {
            true => UsageError::new(format!("{fault}\n{}", usage(self.name, self.random_seed))),
            false => UsageError::new(format!("{fault}\nsee {} --help\n", self.name)),
        }
    }
}

impl Given {
    fn apply(&mut self, item: Item) -> Result<(), String> {
        match item {
            Item::Flag("version", value) => self.version = value == "true",
            Item::Flag(name, value) => {
                server_values::set(&mut self.options, name, &value)
                    .map_err(|error| error.of_flag(name, &value))?;
                self.flags.push((name, value));
            }
            Item::Word(word) => self.options.ignored.push(lossy(&word)),
        }
        Ok(())
    }

    /// The first flag whose value was forgotten, so that the next flag was taken as its value. The config
    /// file's flag is checked first, because no config file has such a name.
    fn swallowed_flag(&self, flags: &[Flag]) -> Option<(&'static str, String)> {
        let mut swallowed: Vec<_> = self.flags.iter().collect();
        swallowed.retain(|(_, value)| flag::is_flag(flags, &lossy(value)));
        let config = swallowed.iter().find(|(name, _)| *name == "config");
        let (name, value) = config.or(swallowed.first())?;
        Some((name, lossy(value)))
    }
}

fn lossy(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}
