//! `completions`: prints the script that completes commands in a shell.

use clap_complete::Shell;

use crate::args;
use crate::args::client::Dialect;
use crate::toxics::KINDS;

pub(crate) fn run(dialect: Dialect, shell: Shell) -> String {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    args::completions(dialect, shell, &kinds)
}
