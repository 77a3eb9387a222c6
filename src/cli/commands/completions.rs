//! `completions`: prints the script that completes commands in a shell.

use clap_complete::Shell;

use crate::args;
use crate::args::client::Dialect;
use crate::toxics::Catalogue;

pub(crate) fn run(dialect: Dialect, shell: Shell) -> String {
    let kinds: Vec<&str> = Catalogue::default().names().collect();
    args::completions(dialect, shell, &kinds)
}
