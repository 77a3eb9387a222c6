//! The processes that the harness starts; none of them may outlive it.
//!
//! May know: `procs`. Must not know: what a contestant is.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::signal::unix::{SignalKind, signal};

use crate::fault::{About, Result};
use crate::procs::Procs;

/// What must be ended before this process exits.
static STARTED: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A child process; dropping this ends it and its children.
pub struct Running(Child);

impl Running {
    /// Starts `argv`, with its output in the file `log`.
    pub fn start(argv: &[String], log: &Path) -> Result<Self> {
        let (program, args) = argv.split_first().ok_or("an empty command")?;
        let output = File::create(log).about(log.display())?;
        let mut command = Command::new(program);
        // A log line per connection would be measured too.
        command
            .args(args)
            .env("LOG_LEVEL", "warn")
            .env("RUST_LOG", "warn");
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut started = started();
        let child = command.spawn().about(format_args!("starting {program}"))?;
        started.push(child.id());
        Ok(Self(child))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Its exit status, if it has exited.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.pid();
        let mut started = started();
        // Once it was waited for, its id may belong to another process.
        if self.ended().is_none() {
            end(pid);
            let _ = self.0.wait();
        }
        started.retain(|other| *other != pid);
    }
}

fn started() -> MutexGuard<'static, Vec<u32>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end(pid: u32) {
    if let Ok(tree) = Procs::tree(pid) {
        tree.kill();
    }
}

/// From now on SIGINT, SIGTERM and SIGHUP end all child processes, remove `scratch`, and then end
/// this process.
pub fn mind_signals(scratch: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let scratch = scratch.to_owned();
    let (mut interrupt, mut terminate, mut hangup) = {
        let _inside = runtime.enter();
        let of = |kind| signal(kind).about("listening for signals");
        (
            of(SignalKind::interrupt())?,
            of(SignalKind::terminate())?,
            of(SignalKind::hangup())?,
        )
    };
    let wait = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        // Held until the exit, so that nothing new is started.
        let started = started();
        started.iter().for_each(|pid| end(*pid));
        let _ = std::fs::remove_dir_all(&scratch);
        std::process::exit(130);
    };
    let name = std::thread::Builder::new().name("signals".to_owned());
    name.spawn(move || runtime.block_on(wait))?;
    Ok(())
}
