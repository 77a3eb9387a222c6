//! A run in progress.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::Rig;
use crate::cli::run::Seen;
use support::ports::apart_from_spawning;

/// The time limit for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// `aconite run`, with its standard input open.
pub struct Running {
    child: Child,
    /// A command that reads standard input runs until this is dropped.
    input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Receiver<String>,
}

impl Running {
    pub fn start(rig: &Rig, args: &[&str]) -> Self {
        Self::spawn(rig.client.command(args))
    }

    /// Starts it in a new process group, so that the test's signals are not mistaken for signals
    /// that a terminal sends to its foreground group.
    pub fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).process_group(0);
        let mut child = apart_from_spawning(|| command.spawn()).unwrap();
        let lines = |stream| lines(BufReader::new(stream));
        let output = child.stdout.take().map(Stream::Output).unwrap();
        let errors = child.stderr.take().map(Stream::Errors).unwrap();
        Self {
            input: child.stdin.take(),
            output: lines(output),
            errors: lines(errors),
            child,
        }
    }

    /// Waits until `web` has this many toxics.
    pub fn wait_for_toxics(&self, rig: &Rig, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while rig.toxics().len() != count {
            assert!(Instant::now() < deadline, "{:?}, not {count}", rig.toxics());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the next line that the command prints.
    pub fn wait_for_line(&self) -> String {
        self.output.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// Waits for the next line of standard error.
    pub fn wait_for_error(&self) -> String {
        self.errors.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// Sends SIG`name` to the run only.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let mut command = Command::new("sh");
        command.args(["-c", "kill -s \"$0\" \"$1\"", name, &id]);
        let sent = apart_from_spawning(|| command.spawn()).unwrap().wait();
        assert!(sent.unwrap().success());
    }

    /// Kills the run only, and leaves the command's input open.
    pub fn kill(mut self) -> ChildStdin {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.input.take().unwrap()
    }

    /// Closes the command's input, and waits for the run.
    pub fn finish(mut self) -> Seen {
        drop(self.input.take());
        self.wait()
    }

    /// Waits for the run's end.
    pub fn wait(mut self) -> Seen {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(5));
        };
        let all = |lines: &Receiver<String>| lines.iter().map(|line| line + "\n").collect();
        Seen {
            output: all(&self.output),
            errors: all(&self.errors),
            code: status.code().expect("it ends by itself"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended. The command ends when its input does.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

enum Stream {
    Output(ChildStdout),
    Errors(ChildStderr),
}

impl Read for Stream {
    fn read(&mut self, piece: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Stream::Output(stream) => stream.read(piece),
            Stream::Errors(stream) => stream.read(piece),
        }
    }
}

/// The lines of a stream as they arrive.
fn lines(stream: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in stream.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}
