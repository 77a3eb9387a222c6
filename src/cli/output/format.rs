//! The formats that a command's output can have.

use serde_json::Value;

/// How a command's output is formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// Columns separated by tabs, nothing else: what Toxiproxy's client writes for programs.
    Plain,
    /// What Toxiproxy's client writes on a terminal.
    Toxiproxy,
    /// Columns separated by tabs, with a heading: what `aconite` writes for programs.
    Columns,
    /// Aligned tables: what `aconite` writes on a terminal.
    Table,
    /// The API's JSON.
    Json,
}

/// Indented JSON, for people and programs.
pub(crate) fn json(value: &Value) -> String {
    format!("{value:#}\n")
}
