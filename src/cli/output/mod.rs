//! What a command prints: formats, tables, colours, hints, and the two streams with the exit code.

pub(crate) mod colour;
pub(crate) mod command_output;
pub(crate) mod format;
pub(crate) mod go_number;
mod hints;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod wrap;
