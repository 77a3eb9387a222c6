//! The usage of the server in the layout of Go's `flag` package, as Toxiproxy prints it.

use std::fmt::Write;

use super::flag::Kind;
use super::server_table::{SERVER_FLAGS, ServerFlag};

/// The usage of a server called `name`, with this default seed.
pub(super) fn usage(name: &str, random_seed: i64) -> String {
    let mut flags: Vec<&ServerFlag> = SERVER_FLAGS.iter().collect();
    flags.sort_by_key(|flag| flag.name);
    let mut text = format!("Usage of {name}:\n");
    for ServerFlag {
        flag,
        name,
        default,
        ..
    } in flags
    {
        let (takes, default) = match flag.kind {
            // Toxiproxy prints the default of a switch in quotes, which Go itself does not.
            Kind::Switch => ("", " (default \"false\")".to_owned()),
            Kind::Integer => (" int", format!(" (default {random_seed})")),
            Kind::Text if default.is_empty() => (" string", String::new()),
            Kind::Text => (" string", format!(" (default {default:?})")),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "  -{name}{takes}\n    \t{}{default}\n", flag.about);
    }
    text
}
