//! The command-line client against the real executable: recorded sessions of Toxiproxy's client
//! under its name, and aconite's own commands.

#![cfg(unix)]

mod change;
mod events;
mod hints;
mod http_rules;
mod own;
mod profiles;
mod replay;
mod run;
mod runner;
mod sight;
mod tables;
mod target;
mod terminal;
mod transcript;
mod undone;
mod wait;
