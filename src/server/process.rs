//! The server as a process: its log, its runtime, and its shutdown.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Builder;

use super::run::run;
use crate::args::ServerOptions;
use crate::logging::Log;
use crate::util::signals;

/// How long the process waits at its end for system calls that cannot be cancelled, such as the
/// lookup of a host name.
const BLOCKING_LIMIT: Duration = Duration::from_millis(100);

/// How long the process waits at its end for the last lines of the log. Together with the second
/// that connections get, this stays below the two seconds in which the server promises to end.
const LOG_LIMIT: Duration = Duration::from_millis(500);

/// Runs the server until it is told to stop, and returns the exit code.
pub fn run_process(options: ServerOptions) -> ExitCode {
    // The log's threads keep signals blocked. One that took a signal while the handlers are being
    // installed would lose it.
    let log = match signals::while_held(Log::start) {
        Ok(log) => log,
        Err(error) => {
            // This fails only if standard error cannot be written to; then there is nothing left to
            // do.
            let _ = writeln!(io::stderr(), "aconite: cannot start the log: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = match run_in_runtime(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            log.fail(&problem);
            ExitCode::FAILURE
        }
    };
    log.finish(LOG_LIMIT);
    code
}

fn run_in_runtime(options: ServerOptions) -> Result<(), String> {
    // One thread for the API; connections run on the workers' threads.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start the runtime: {error}"))?;
    let ended = runtime.block_on(run(options));
    runtime.shutdown_timeout(BLOCKING_LIMIT);
    ended.map_err(|error| error.to_string())
}
