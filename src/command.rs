//! The executable: reads the command line, and does what it says.
//!
//! Puts `args`, `cli`, `server` and `logging` together. Must not know what a request or a toxic is.

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crate::args::{self, Command, ServerOptions};
use crate::cli::{self, CommandOutput, ConfigFault, Environment};
use crate::config::{Fault, check_config_beside};
use crate::logging::Log;
use crate::server;
use crate::toxics::Catalogue;
use crate::util::text::escape;
use tokio::runtime::Builder;

/// How long the end of the process waits for system calls that cannot be called off, such as the
/// lookup of a host name.
const LAST_WAIT: Duration = Duration::from_millis(100);

/// How long the end of the process waits for its last lines to be written. With the second that
/// connections get, it stays below the two seconds in which the server promises to end.
const LAST_LINES: Duration = Duration::from_millis(500);

/// Runs the command line of this process to its end. Returns the exit code.
pub fn run_command() -> ExitCode {
    if cli::complete(&std::env::args_os().collect::<Vec<_>>()) {
        return ExitCode::SUCCESS;
    }
    // A seed that can be given back as -seed, and that programs keep which take numbers for doubles.
    let random_seed = rand::random_range(0..1 << 53);
    let environment = |name: &str| std::env::var_os(name);
    match args::parse(std::env::args_os().collect(), random_seed, &environment) {
        Ok(Command::Server(options)) => serve(options),
        Ok(Command::Client(client)) => print(&cli::run(&client, &Environment::of_process())),
        Ok(Command::Check { file, strict, api }) => {
            let check = |text: &[u8]| faults(text, &api);
            print(&cli::config_check(&file, strict, check))
        }
        Ok(Command::Output(text)) => {
            say(&mut io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Ok(Command::ErrorOutput(text)) => {
            say(&mut io::stderr(), &text);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            say(&mut io::stdout(), fault.output());
            say(&mut io::stderr(), &fault.to_string());
            ExitCode::from(fault.code())
        }
    }
}

/// Writes where nobody may listen any more, which is no reason to fail.
fn say(to: &mut dyn Write, text: &str) {
    let _ = to.write_all(text.as_bytes());
    let _ = to.flush();
}

fn print(output: &CommandOutput) -> ExitCode {
    say(&mut io::stdout(), &output.output);
    say(&mut io::stderr(), &output.errors);
    ExitCode::from(output.code)
}

fn serve(options: ServerOptions) -> ExitCode {
    if std::env::var_os(args::END_WITH_STDIN).is_some() {
        thread::spawn(end_with_stdin);
    }
    let log = match Log::start() {
        Ok(log) => log,
        Err(error) => return fail(&format!("cannot start to log: {error}")),
    };
    let code = match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            log.fail(&problem);
            ExitCode::FAILURE
        }
    };
    log.finish(LAST_LINES);
    code
}

/// Runs the server to its end.
fn run(options: ServerOptions) -> Result<(), String> {
    // One thread for the API; connections have threads of their own.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let ended = runtime.block_on(server::run(options));
    runtime.shutdown_timeout(LAST_WAIT);
    ended.map_err(|error| error.to_string())
}

/// Ends this process when whoever started it does, or wants its end: its standard input has one then.
#[allow(clippy::exit)] // That is what it is for.
fn end_with_stdin() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    std::process::exit(0);
}

/// The server's checks of a config file, for a server whose API is at this host and port.
fn faults(text: &[u8], (host, port): &(String, String)) -> Vec<ConfigFault> {
    let faults = check_config_beside(text, (host, port), &Catalogue::default());
    let fault = |fault: Fault| ConfigFault {
        text: fault.to_string(),
        is_error: fault.fatal || fault.grave,
    };
    faults.into_iter().map(fault).collect()
}

fn fail(problem: &str) -> ExitCode {
    let problem = escape(problem);
    say(&mut io::stderr(), &format!("aconite: {problem}\n"));
    ExitCode::FAILURE
}
