//! What a command has at hand: the API, how its output looks, and notes for people.

use std::io::{self, IsTerminal};
use std::sync::PoisonError;

use serde_json::Value;

use super::api::{Api, Warnings};
use super::paint::{self, Paint};
use super::target::Target;
use crate::args::client::{Client, Dialect};
use crate::args::{self, ApiAddress};

/// The process's environment as far as the client looks at it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `TOXIPROXY_URL`: where the API is. It may be empty, which is wrong and not the default.
    pub url: Option<String>,
    /// Where a server is that has this environment too.
    pub server: Option<ApiAddress>,
    /// `TOXIPROXY_AUTH_TOKEN`: what to show the API, unless the command line has a token.
    pub token: Option<String>,
    /// Whether standard output is a terminal.
    pub output_to_terminal: bool,
    /// Whether standard error is a terminal.
    pub errors_to_terminal: bool,
    /// Whether colours are wanted on a terminal: `NO_COLOR` is not set (no-color.org).
    pub colours: bool,
}

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        // What is no UTF-8 is wrong, too, and must not be taken for nothing.
        let text = |name| {
            let text = std::env::var_os(name);
            text.map(|text| text.to_string_lossy().into_owned())
        };
        Environment {
            url: text("TOXIPROXY_URL"),
            server: args::api_address(&|name: &str| std::env::var_os(name)),
            token: text("TOXIPROXY_AUTH_TOKEN"),
            output_to_terminal: io::stdout().is_terminal(),
            errors_to_terminal: io::stderr().is_terminal(),
            colours: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// How output looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// Columns separated by tabs, nothing else: as the reference writes for programs.
    Plain,
    /// As the reference writes on a terminal.
    Toxiproxy,
    /// Columns separated by tabs, with a heading: as `aconite` writes for programs.
    Columns,
    /// Aligned tables.
    Table,
    /// The API's JSON.
    Json,
}

/// What a command has at hand.
pub(super) struct CommandContext<'a> {
    client: &'a Client,
    around: &'a Environment,
    notes: Vec<String>,
    warnings: Warnings,
}

impl<'a> CommandContext<'a> {
    pub(super) fn new(client: &'a Client, around: &'a Environment) -> Self {
        CommandContext {
            client,
            around,
            notes: Vec::new(),
            warnings: Warnings::default(),
        }
    }

    /// The API. If its address is wrong, each request says so.
    pub(super) fn api(&self) -> Api {
        let beside = self.around.server.as_ref().map(|server| &server.url);
        let host = self.client.host.as_ref().or(self.around.url.as_ref());
        self.api_at(host.or(beside))
    }

    /// The API of the server beside, in the same container say. A port in the environment says most
    /// surely where that is; `TOXIPROXY_URL` may be meant for others that share the environment.
    pub(super) fn api_beside(&self) -> Api {
        let beside = self.around.server.as_ref().filter(|server| server.has_port);
        match (&self.client.host, beside) {
            (None, Some(server)) => self.api_at(Some(&server.url)),
            _ => self.api(),
        }
    }

    /// The API at an address, or at the default.
    pub(super) fn api_at(&self, host: Option<&String>) -> Api {
        let manner = self.client.manner;
        let target = Target::new(host.map(String::as_str), manner);
        Api::new(target, self.token(), manner, self.warnings.clone())
    }

    /// The token to show the API. Blanks around it are those of a file that it was read from, and a
    /// blank one is none, as in Toxiproxy 2.13.
    pub(super) fn token(&self) -> Option<String> {
        let token = self.client.token.as_ref().or(self.around.token.as_ref())?;
        let token = token.trim();
        (!token.is_empty()).then(|| token.to_owned())
    }

    /// How output is to look.
    pub(super) fn look(&self) -> OutputFormat {
        match self.client.manner {
            _ if self.client.json => OutputFormat::Json,
            Dialect::Toxiproxy if self.around.output_to_terminal => OutputFormat::Toxiproxy,
            Dialect::Toxiproxy => OutputFormat::Plain,
            Dialect::Aconite if self.around.output_to_terminal => OutputFormat::Table,
            Dialect::Aconite => OutputFormat::Columns,
        }
    }

    /// The colours of output.
    pub(super) fn paint(&self) -> Paint {
        let terminal = matches!(self.look(), OutputFormat::Toxiproxy | OutputFormat::Table);
        Paint::new(terminal && self.around.colours)
    }

    /// Whose words to answer in.
    pub(super) fn manner(&self) -> Dialect {
        self.client.manner
    }

    /// Says something beside the output.
    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// The notes, and what the server warned of.
    pub(super) fn into_notes(self) -> Vec<String> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let warnings = warnings.drain(..).map(|text| format!("warning: {text}"));
        self.notes.into_iter().chain(warnings).collect()
    }

    /// Rows under a heading: aligned for people, separated by tabs for programs. `none` is what people
    /// are told if there are no rows.
    pub(super) fn rows<const N: usize>(
        &self,
        heading: [&str; N],
        rows: &[[String; N]],
        none: &str,
    ) -> String {
        if self.look() != OutputFormat::Table {
            let heading = format!("{}\n", heading.join("\t"));
            let line = |row: &[String; N]| format!("{}\n", row.join("\t"));
            let lines = rows.iter().map(line);
            return std::iter::once(heading).chain(lines).collect();
        }
        if rows.is_empty() {
            return format!("{none}\n");
        }
        let cells = |row: [String; N]| row.map(|cell| (cell, None)).to_vec();
        let heading = std::iter::once(cells(heading.map(str::to_owned)));
        let all: Vec<_> = heading.chain(rows.iter().cloned().map(cells)).collect();
        paint::table(self.paint(), &all)
    }

    /// The answer as JSON if that is wanted, else `text`.
    pub(super) fn json_or(&self, answer: &Value, text: impl FnOnce() -> String) -> String {
        match self.look() {
            OutputFormat::Json => json(answer),
            _ => text(),
        }
    }
}

/// JSON for people and programs.
pub(super) fn json(value: &Value) -> String {
    format!("{value:#}\n")
}
