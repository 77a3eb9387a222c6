//! The executable's entry point: parses the command line, and passes it to `server` or `cli`.
//!
//! Connects the modules. Must not know what a request is.

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use crate::args::{self, Command, ServerOptions};
use crate::cli::{self, CommandOutput, ConfigFault, Environment};
use crate::config::{Fault, check_config_beside};
use crate::server;
use crate::toxics::Catalogue;
use crate::util::signals;

/// Runs the command line of this process to completion. Returns the exit code.
pub fn run_command() -> ExitCode {
    if cli::complete(&std::env::args_os().collect::<Vec<_>>()) {
        return ExitCode::SUCCESS;
    }
    // A seed that is exact as a double, because JavaScript and other programs parse numbers as doubles.
    let random_seed = rand::random_range(0..1 << 53);
    let environment = |name: &str| std::env::var_os(name);
    match args::parse(std::env::args_os().collect(), random_seed, &environment) {
        Ok(Command::Server(options)) => serve(options),
        Ok(Command::Client(client)) => print(&cli::run(&client, &Environment::of_process())),
        Ok(Command::Check {
            file,
            strict,
            json,
            api,
        }) => {
            let check = |text: &[u8]| faults(text, &api);
            print(&cli::config_check(&file, strict, json, check))
        }
        Ok(Command::Output(text)) => {
            write(&mut io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Ok(Command::ErrorOutput(text)) => {
            write(&mut io::stderr(), &text);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            write(&mut io::stdout(), fault.output());
            write(&mut io::stderr(), &fault.to_string());
            ExitCode::from(fault.code())
        }
    }
}

/// Writes a text. Errors are ignored, because the reader may have closed the pipe.
fn write(to: &mut dyn Write, text: &str) {
    let _ = to.write_all(text.as_bytes());
    let _ = to.flush();
}

fn print(output: &CommandOutput) -> ExitCode {
    write(&mut io::stdout(), &output.output);
    write(&mut io::stderr(), &output.errors);
    ExitCode::from(output.code)
}

fn serve(options: ServerOptions) -> ExitCode {
    if std::env::var_os(args::END_WITH_STDIN).is_some() {
        // This thread too leaves signals to the one that handles them.
        let thread = signals::while_held(|| thread::Builder::new().spawn(end_with_stdin));
        if let Err(error) = thread {
            write(
                &mut io::stderr(),
                &format!("aconite: cannot watch standard input: {error}\n"),
            );
            return ExitCode::FAILURE;
        }
    }
    server::run_process(options)
}

/// Ends this process when its standard input ends, because the parent process has ended or closed the
/// pipe.
#[allow(clippy::exit)] // That is what it is for.
fn end_with_stdin() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    std::process::exit(0);
}

/// Checks a config file as a server would whose API is at this host and port.
fn faults(text: &[u8], (host, port): &(String, String)) -> Vec<ConfigFault> {
    let faults = check_config_beside(text, (host, port), &Catalogue::default());
    let fault = |fault: Fault| ConfigFault {
        text: fault.to_string(),
        is_error: fault.fatal || fault.grave,
        line: fault.line,
        column: fault.column,
        path: fault.path,
        problem: fault.problem,
    };
    faults.into_iter().map(fault).collect()
}
