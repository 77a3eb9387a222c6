//! `run`: a command with toxics on.
//!
//! The toxics belong to a session that is renewed while the command runs and ended behind it, so
//! they go whatever becomes of us: [`applied`] is their side, [`child`] the command's and that of
//! signals, [`report`] what is told in the end.

mod applied;
mod child;
mod report;
mod server;

use std::fs::File;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use super::api::Api;
use super::context::{CommandContext, OutputFormat};
use super::failure::Problem;
use super::output::CommandOutput;
use super::toxics;
use crate::args::client::Run;
use applied::Applied;
use child::Watch;
use report::Report;
use server::OwnServer;

/// The exit code if all went well, but a toxic that was expected to touch something did not.
const MISSED: u8 = 86;
/// The same if it is not known whether it did, since the server could not be asked.
const NOT_KNOWN: u8 = 85;
/// The exit code if it does not come to running the command, as `env`, `timeout` and others have it.
const NOT_BEGUN: u8 = 125;

/// Why the command did not run.
#[derive(Debug)]
pub(super) struct NotRun {
    pub(super) problem: Problem,
    pub(super) code: u8,
}

impl From<Problem> for NotRun {
    fn from(problem: Problem) -> Self {
        NotRun {
            problem,
            code: NOT_BEGUN,
        }
    }
}

/// Runs the command to its end. What is said is for standard error: the rest is the command's.
pub(super) fn run(session: &mut CommandContext<'_>, wanted: &Run) -> Result<CommandOutput, NotRun> {
    check(session, wanted)?;
    let mut file = open(wanted)?;
    let mut watch = Watch::begin()?;
    let server = wanted
        .server
        .then(|| OwnServer::start(session))
        .transpose()?;
    let api = match &server {
        Some(server) => session.api_at(Some(server.url())),
        None => session.api(),
    };
    let mut applied = Applied::start(&api, wanted)?;
    let mut variables = applied.variables().to_vec();
    let url = server.as_ref().map(|server| server.url().clone());
    variables.extend(url.map(|url| ("TOXIPROXY_URL".to_owned(), url)));
    let ended = attended(&mut applied, || watch.run(&wanted.command, &variables));
    let (session_name, touched) = applied.end();
    drop(server);
    let code = ended?;
    let report = Report::new(session_name, touched, code);
    let mut errors = String::new();
    if let Some((file, name)) = &mut file
        && let Err(error) = report.write(file)
    {
        errors.push_str(&format!("aconite run: {name} cannot be written: {error}\n"));
    }
    let missed = match report.is_hit() {
        _ if !wanted.expect_hit || code != 0 => None,
        Some(true) => None,
        Some(false) => Some(MISSED),
        None => Some(NOT_KNOWN),
    };
    if missed.is_some() {
        errors.push_str(&report.misses());
    }
    errors.push_str(&match session.look() {
        OutputFormat::Json => report.line(),
        _ => report.text(),
    });
    Ok(CommandOutput {
        output: String::new(),
        errors,
        code: missed.unwrap_or(code),
    })
}

/// Looks for what can be seen to be wrong before anything is done.
fn check(session: &mut CommandContext<'_>, wanted: &Run) -> Result<(), Problem> {
    for (_, toxic) in &wanted.toxics {
        toxics::check(session, &toxic.kind, &toxic.attributes)?;
        if let Some(other) = &toxic.extras.session {
            let told = format!("The toxics of a run have a session of its own, and not {other:?}");
            let hint = "Leave `session=` out.".to_owned();
            return Err(Problem::local(told).with_hint(Some(hint)));
        }
    }
    Ok(())
}

/// Makes the report's file, now, so that a long run does not end with its report lost.
fn open(wanted: &Run) -> Result<Option<(File, String)>, Problem> {
    let Some(path) = &wanted.report else {
        return Ok(None);
    };
    let name = path.display().to_string();
    match File::create(path) {
        Ok(file) => Ok(Some((file, name))),
        Err(error) => Err(Problem::local(format!("{name} cannot be written: {error}"))),
    }
}

/// Does `work` while the session is kept alive.
fn attended<R>(applied: &mut Applied<'_>, work: impl FnOnce() -> R) -> R {
    let (done, ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || keep(applied, &ended));
        let result = work();
        drop(done);
        result
    })
}

/// Renews the session until the other end of the channel is dropped.
fn keep(applied: &mut Applied<'_>, ended: &Receiver<()>) {
    while ended.recv_timeout(applied::RENEW_EVERY) == Err(RecvTimeoutError::Timeout) {
        applied.renew();
    }
}
