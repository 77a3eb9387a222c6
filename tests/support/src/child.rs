//! Processes that a test starts, and that end with the test.

use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::ports::apart_from_spawning;

/// A running process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process(pub Child);

impl Process {
    /// Starts `command`. Panics when that fails.
    pub fn start(command: &mut Command) -> Self {
        let child = apart_from_spawning(|| command.spawn());
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Kills it, and waits until it has ended.
    pub fn kill(&mut self) {
        // Both calls fail only if it has ended and was already waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// How it ended; `None` while it runs.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("a child can be waited for")
    }

    /// Waits until it exits on its own, for at most `limit`.
    pub fn wait_exit(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.exit_status();
            if status.is_some() || Instant::now() >= deadline {
                return status;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs `command` to completion without input, and returns its output. Panics if it does not exit
/// within `limit`. The output must fit into a pipe.
pub fn run(command: &mut Command, limit: Duration) -> Output {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = Process::start(command);
    let (stdout, stderr) = (process.0.stdout.take(), process.0.stderr.take());
    let status = process.wait_exit(limit);
    let status = status.unwrap_or_else(|| panic!("{command:?} does not end in {limit:?}"));
    Output {
        status,
        stdout: read(stdout),
        stderr: read(stderr),
    }
}

fn read(pipe: Option<impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
    }
    bytes
}
