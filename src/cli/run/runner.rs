//! The steps of a run: check, start the server and session it needs, run the command, clean up,
//! report.

use std::fs::File;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use super::child::Supervisor;
use super::error::RunError;
use super::report::Report;
use super::server::OwnServer;
use super::session::{RENEW_EVERY, RunSession};
use crate::args::client::Run;
use crate::cli::commands::attributes;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::command_output::CommandOutput;
use crate::cli::output::format::OutputFormat;

/// The exit code with `--expect-hit` if the command succeeded but a toxic touched nothing.
const MISSED: u8 = 86;
/// The exit code with `--expect-hit` if that is unknown because the server no longer answered.
const NOT_KNOWN: u8 = 85;

/// Runs the command to completion. Everything is printed on standard error, because standard output
/// belongs to the command.
pub(crate) fn run(
    context: &mut CommandContext<'_>,
    wanted: &Run,
) -> Result<CommandOutput, RunError> {
    check(context, wanted)?;
    let file = create_report_file(wanted)?;
    let mut supervisor = Supervisor::start()?;
    let server = wanted
        .server
        .then(|| OwnServer::start(context))
        .transpose()?;
    let url = server.as_ref().map(OwnServer::url);
    let api = match url {
        Some(url) => context.api_at(Some(url)),
        None => context.api(),
    };
    let mut session = RunSession::start(&api, wanted)?;
    let mut variables = session.variables().to_vec();
    variables.extend(url.map(|url| ("TOXIPROXY_URL".to_owned(), url.clone())));
    let ended = while_renewed(&mut session, || supervisor.run(&wanted.command, &variables));
    let (name, toxics) = session.end();
    drop(server);
    let report = Report::new(name, toxics, ended?);
    Ok(conclude(context, wanted, &report, file))
}

/// Writes the report, and chooses the exit code.
fn conclude(
    context: &CommandContext<'_>,
    wanted: &Run,
    report: &Report,
    file: Option<(File, String)>,
) -> CommandOutput {
    let mut errors = String::new();
    if let Some((mut file, name)) = file
        && let Err(error) = report.write(&mut file)
    {
        errors.push_str(&format!("aconite run: {name} cannot be written: {error}\n"));
    }
    let missed = match report.is_hit() {
        _ if !wanted.expect_hit || report.code() != 0 => None,
        Some(true) => None,
        Some(false) => Some(MISSED),
        None => Some(NOT_KNOWN),
    };
    if missed.is_some() {
        errors.push_str(&report.misses());
    }
    errors.push_str(&match context.format() {
        OutputFormat::Json => report.json_line(),
        _ => report.text(),
    });
    CommandOutput {
        output: String::new(),
        errors,
        code: missed.unwrap_or(report.code()),
    }
}

/// Checks everything that can be checked before a process is started.
fn check(context: &mut CommandContext<'_>, wanted: &Run) -> Result<(), CommandError> {
    for (_, toxic) in &wanted.toxics {
        attributes::check(context, &toxic.kind, &toxic.attributes)?;
        if let Some(other) = &toxic.options.session {
            let text =
                format!("The toxics of a run belong to the run's session, and not to {other:?}");
            let hint = "Leave `session=` out.".to_owned();
            return Err(CommandError::local(text).with_hint(Some(hint)));
        }
    }
    Ok(())
}

/// Creates the report's file before the run, so that a long run does not fail when it finally
/// writes it.
fn create_report_file(wanted: &Run) -> Result<Option<(File, String)>, CommandError> {
    let Some(path) = &wanted.report else {
        return Ok(None);
    };
    let name = path.display().to_string();
    match File::create(path) {
        Ok(file) => Ok(Some((file, name))),
        Err(error) => {
            let text = format!("{name} cannot be written: {error}");
            Err(CommandError::local(text))
        }
    }
}

/// Does `work` while another thread renews the session.
fn while_renewed<R>(session: &mut RunSession<'_>, work: impl FnOnce() -> R) -> R {
    let (done, ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || renew_until(session, &ended));
        let result = work();
        drop(done);
        result
    })
}

/// Renews the session until the other end of the channel is dropped.
fn renew_until(session: &mut RunSession<'_>, ended: &Receiver<()>) {
    while ended.recv_timeout(RENEW_EVERY) == Err(RecvTimeoutError::Timeout) {
        session.renew();
    }
}
