//! The command-line client against the real executable: the recorded sessions of the reference's
//! under its name, and what is ours.

#![cfg(unix)]

mod change;
mod events;
mod hints;
mod own;
mod replay;
mod run;
mod runner;
mod sight;
mod target;
mod terminal;
mod transcript;
mod undone;
mod wait;
