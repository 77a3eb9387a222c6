//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::contestant::{Contestant, parse_peer};

/// Measures aconite side by side with every peer found on PATH
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench compare --", no_binary_name = false)]
pub struct Args {
    /// SCENARIO or SCENARIO/CASE, as `list` names them; all without any
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// How often each contestant takes its turn at each case
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: u16,
    /// Multiplies the length of every load (0.01 to 10)
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = scale)]
    pub scale: f64,
    /// Write all results to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Another server with the Toxiproxy API; `{api_port}` in the command becomes a free port
    #[arg(long, value_name = "NAME=COMMAND", value_parser = parse_peer)]
    pub peer: Vec<Contestant>,
    /// Leave a contestant out
    #[arg(long, value_name = "NAME")]
    pub without: Vec<String>,
    /// Measure this executable instead of the one just built
    #[arg(long, value_name = "FILE")]
    pub aconite: Option<PathBuf>,
    /// Whether all of it works: one round of next to nothing, without peers from PATH
    #[arg(long)]
    pub quick: bool,
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    pub bench: bool,
}

fn scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(scale) if (0.01..=10.0).contains(&scale) => Ok(scale),
        _ => Err("expected a number from 0.01 to 10".to_owned()),
    }
}
