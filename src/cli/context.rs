//! What every command receives: the API, the format of its output, and a collector for notes.

use std::io::{self, IsTerminal};

use serde_json::Value;

use super::api::client::{ApiClient, Warnings};
use super::api::target::Target;
use super::output::colour::Palette;
use super::output::format::{OutputFormat, json};
use super::output::table::table;
use super::output::terminal;
use crate::args::client::{Client, Dialect};
use crate::args::{self, ApiAddress};

/// The part of the process's environment variables that the client reads.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `TOXIPROXY_URL`: where the API is. An empty one is an error and does not mean the default.
    pub url: Option<String>,
    /// The API of a server that was started with the same environment, by its `ACONITE_*` variables.
    pub server: Option<ApiAddress>,
    /// `TOXIPROXY_AUTH_TOKEN`: the API's token, unless the command line has one.
    pub token: Option<String>,
    /// Whether standard output is a terminal.
    pub output_to_terminal: bool,
    /// Whether standard error is a terminal.
    pub errors_to_terminal: bool,
    /// Whether colours are wanted on a terminal: `NO_COLOR` is not set (no-color.org).
    pub colours: bool,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        // A value that is not UTF-8 is wrong too, and must not be read as absent.
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

/// What every command receives.
pub(crate) struct CommandContext<'a> {
    client: &'a Client,
    environment: &'a Environment,
    notes: Vec<String>,
    warnings: Warnings,
}

impl<'a> CommandContext<'a> {
    pub(crate) fn new(client: &'a Client, environment: &'a Environment) -> Self {
        CommandContext {
            client,
            environment,
            notes: Vec::new(),
            warnings: Warnings::default(),
        }
    }

    /// The API. If its address is invalid, every request fails with the reason.
    pub(crate) fn api(&self) -> ApiClient {
        let local = self.environment.server.as_ref().map(|server| &server.url);
        let host = self.client.host.as_ref().or(self.environment.url.as_ref());
        self.api_at(host.or(local))
    }

    /// The API of the server with the same environment, such as the one in the same container. The
    /// server's own port variable is preferred, because `TOXIPROXY_URL` may be set for other
    /// programs in the container.
    pub(crate) fn local_api(&self) -> ApiClient {
        let local = self.environment.server.as_ref();
        let local = local.filter(|server| server.has_port);
        match (&self.client.host, local) {
            (None, Some(server)) => self.api_at(Some(&server.url)),
            _ => self.api(),
        }
    }

    /// The API at an address, or at the default.
    pub(crate) fn api_at(&self, host: Option<&String>) -> ApiClient {
        let dialect = self.dialect();
        let target = Target::new(host.map(String::as_str), dialect);
        ApiClient::new(target, self.token(), dialect, self.warnings.clone())
    }

    /// The token to send. It is trimmed, since it often comes from a file that ends with a newline;
    /// a blank token counts as none, as in Toxiproxy 2.13.
    pub(crate) fn token(&self) -> Option<String> {
        let given = self.client.token.as_ref();
        let token = given.or(self.environment.token.as_ref())?.trim();
        (!token.is_empty()).then(|| token.to_owned())
    }

    /// The format of the command's output.
    pub(crate) fn format(&self) -> OutputFormat {
        let is_terminal = self.environment.output_to_terminal;
        match self.dialect() {
            _ if self.client.json => OutputFormat::Json,
            Dialect::Toxiproxy if is_terminal => OutputFormat::Toxiproxy,
            Dialect::Toxiproxy => OutputFormat::Plain,
            Dialect::Aconite if is_terminal => OutputFormat::Table,
            Dialect::Aconite => OutputFormat::Columns,
        }
    }

    /// The colours of the command's output.
    pub(crate) fn palette(&self) -> Palette {
        let terminal = [OutputFormat::Toxiproxy, OutputFormat::Table].contains(&self.format());
        Palette::new(terminal && self.environment.colours)
    }

    /// The columns of the terminal that a table must fit into. `None`: any number.
    pub(crate) fn width(&self) -> Option<usize> {
        let is_table = self.format() == OutputFormat::Table;
        is_table.then(terminal::width).flatten()
    }

    /// Which dialect the client speaks.
    pub(crate) fn dialect(&self) -> Dialect {
        self.client.dialect
    }

    /// Adds a note, which is printed on standard error.
    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// The notes, and the warnings of the server.
    pub(crate) fn into_notes(self) -> Vec<String> {
        let mut warnings = self.warnings.lock();
        let warnings = warnings.drain(..).map(|text| format!("warning: {text}"));
        self.notes.into_iter().chain(warnings).collect()
    }

    /// Rows under a heading: an aligned table on a terminal, else columns separated by tabs. On a
    /// terminal `none` replaces a table without rows.
    pub(crate) fn rows<const N: usize>(
        &self,
        heading: [&str; N],
        rows: &[[String; N]],
        none: &str,
    ) -> String {
        if self.format() != OutputFormat::Table {
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
        table(self.palette(), &all, self.width())
    }

    /// The answer as JSON if the format is JSON, else `text`.
    pub(crate) fn json_or_text(&self, answer: &Value, text: impl FnOnce() -> String) -> String {
        match self.format() {
            OutputFormat::Json => json(answer),
            _ => text(),
        }
    }
}
