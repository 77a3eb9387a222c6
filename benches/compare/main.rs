//! Compares aconite with its peers: separate processes, the same loads, in turns.
//!
//! `cargo bench --bench compare -- [SCENARIO...]`; see `benches/README.md`. `contestant` starts the
//! servers, `scenarios` load them over loopback, `results` stores the measurements, `report` prints
//! them and `targets` judges them.

#[cfg(target_os = "linux")]
mod api;
#[cfg(target_os = "linux")]
mod args;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod contestant;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod fault;
#[cfg(target_os = "linux")]
mod http;
#[cfg(target_os = "linux")]
mod jobs;
#[cfg(target_os = "linux")]
mod payload;
#[cfg(target_os = "linux")]
mod plain;
#[cfg(target_os = "linux")]
mod ports;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod procs;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod results;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod scenarios;
#[cfg(target_os = "linux")]
mod stats;
#[cfg(target_os = "linux")]
mod targets;
#[cfg(target_os = "linux")]
mod upstream;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    run::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("compare reads /proc, so it runs on Linux only");
}
