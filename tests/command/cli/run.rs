//! Running the client.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::cli::terminal::Terminal;
use crate::renamed::Renamed;
use support::ports::apart_from_spawning;

/// The result of a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub output: String,
    pub errors: String,
    pub code: i32,
}

/// The output of a command that must succeed, with nothing on standard error.
pub fn output(seen: &Seen) -> &str {
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{seen:?}");
    &seen.output
}

/// The errors of a command that must fail, with nothing on standard output.
pub fn errors(seen: &Seen) -> &str {
    assert_eq!((seen.code, seen.output.as_str()), (1, ""), "{seen:?}");
    &seen.errors
}

/// The executable under a name, and the API that it uses.
pub struct Client {
    executable: Renamed,
    url: String,
}

impl Client {
    /// The executable as `name`, using the API on this port unless it is told otherwise.
    pub fn new(name: &str, api: u16) -> Self {
        Self {
            executable: Renamed::new(name),
            url: format!("http://127.0.0.1:{api}"),
        }
    }

    /// Runs it to completion. Words with an equals sign before the name are environment variables.
    pub fn line(&self, words: &[String], on_terminal: bool) -> Seen {
        let assignments = words.iter().take_while(|word| word.contains('='));
        let environment: Vec<(&str, &str)> = assignments
            .map(|word| word.split_once('=').unwrap())
            .collect();
        let args = words.iter().skip(environment.len() + 1);
        let args: Vec<&str> = args.map(String::as_str).collect();
        self.run(&args, &environment, on_terminal)
    }

    /// Runs it to completion with its output in pipes.
    pub fn piped(&self, args: &[&str]) -> Seen {
        self.run(args, &[], false)
    }

    /// The path of the executable.
    pub fn path(&self) -> &Path {
        self.executable.path()
    }

    /// The executable with these arguments, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.path());
        command
            .args(args)
            .env_remove("NO_COLOR")
            .env_remove("TOXIPROXY_AUTH_TOKEN")
            .env("TOXIPROXY_URL", &self.url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to completion, with standard output in a pipe or on a terminal.
    pub fn run(&self, args: &[&str], environment: &[(&str, &str)], on_terminal: bool) -> Seen {
        let mut command = self.command(args);
        command.envs(environment.iter().copied());
        let terminal = on_terminal.then(Terminal::open);
        if let Some(terminal) = &terminal {
            command.stdout(terminal.end());
        }
        let child = apart_from_spawning(|| command.spawn()).unwrap();
        // The command value holds one end of the terminal, which must be closed for reading to end.
        drop(command);
        let text = terminal.map(Terminal::read);
        let done = child.wait_with_output().unwrap();
        Seen {
            output: text.unwrap_or_else(|| String::from_utf8(done.stdout).unwrap()),
            errors: String::from_utf8(done.stderr).unwrap(),
            code: done.status.code().expect("it ends by itself"),
        }
    }
}
