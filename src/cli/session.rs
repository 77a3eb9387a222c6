//! What a command has at hand: the API, how its output looks, and notes for people.

use std::io::{self, IsTerminal};

use serde_json::Value;

use super::api::Api;
use super::failure::Problem;
use super::paint::{self, Paint};
use crate::args::client::{Client, Manner};
use crate::args::{self, ApiAddress};

/// The process's environment as far as the client looks at it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `TOXIPROXY_URL`: where the API is.
    pub url: Option<String>,
    /// Where a server is that has this environment too.
    pub server: Option<ApiAddress>,
    /// `TOXIPROXY_AUTH_TOKEN`: what to show the API.
    pub token: Option<String>,
    /// Whether standard output is a terminal.
    pub output_to_terminal: bool,
    /// Whether standard error is a terminal.
    pub errors_to_terminal: bool,
    /// Whether colours are wanted on a terminal: `NO_COLOR` is not set (no-color.org).
    pub colours: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let text = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        Surroundings {
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
pub(super) enum Look {
    /// Columns separated by tabs, nothing else: as the reference writes for programs.
    Plain,
    /// As the reference writes on a terminal.
    Reference,
    /// Aligned tables.
    Table,
    /// The API's JSON.
    Json,
}

/// What a command has at hand.
pub(super) struct Session<'a> {
    client: &'a Client,
    around: &'a Surroundings,
    notes: Vec<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(client: &'a Client, around: &'a Surroundings) -> Self {
        Session {
            client,
            around,
            notes: Vec::new(),
        }
    }

    /// The API. Errors: its address is none.
    pub(super) fn api(&self) -> Result<Api, Problem> {
        let beside = self.around.server.as_ref().map(|server| &server.url);
        let host = self.client.host.as_ref().or(self.around.url.as_ref());
        self.api_at(host.or(beside))
    }

    /// The API of the server beside, in the same container say. A port in the environment says most
    /// surely where that is; `TOXIPROXY_URL` may be meant for others that share the environment.
    pub(super) fn api_beside(&self) -> Result<Api, Problem> {
        let beside = self.around.server.as_ref().filter(|server| server.has_port);
        match (&self.client.host, beside) {
            (None, Some(server)) => self.api_at(Some(&server.url)),
            _ => self.api(),
        }
    }

    fn api_at(&self, host: Option<&String>) -> Result<Api, Problem> {
        let host = host.map(String::as_str).unwrap_or_default();
        let api = Api::new(host, self.around.token.clone(), self.client.manner);
        api.map_err(|failure| failure.in_doing(""))
    }

    /// How output is to look.
    pub(super) fn look(&self) -> Look {
        match self.client.manner {
            _ if self.client.json => Look::Json,
            _ if !self.around.output_to_terminal => Look::Plain,
            Manner::Reference => Look::Reference,
            Manner::Own => Look::Table,
        }
    }

    /// The colours of output.
    pub(super) fn paint(&self) -> Paint {
        let terminal = matches!(self.look(), Look::Reference | Look::Table);
        Paint::new(terminal && self.around.colours)
    }

    /// Whose words to answer in.
    pub(super) fn manner(&self) -> Manner {
        self.client.manner
    }

    /// Says something beside the output.
    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub(super) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// Rows under a heading for people, and without one, separated by tabs, for programs. `none` is
    /// what people are told if there are no rows.
    pub(super) fn rows<const N: usize>(
        &self,
        heading: [&str; N],
        rows: &[[String; N]],
        none: &str,
    ) -> String {
        if self.look() != Look::Table {
            let line = |row: &[String; N]| format!("{}\n", row.join("\t"));
            return rows.iter().map(line).collect();
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
            Look::Json => json(answer),
            _ => text(),
        }
    }
}

/// JSON for people and programs.
pub(super) fn json(value: &Value) -> String {
    format!("{value:#}\n")
}
