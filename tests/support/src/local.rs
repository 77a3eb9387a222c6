//! A Redis or a Postgres server that a test starts on this machine.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::child::Process;
use crate::ports::apart_from_spawning;
use crate::{free_port, postgres};

const PATIENCE: Duration = Duration::from_secs(60);

/// The user that runs Postgres, which refuses to run as root. Debian's package creates the user.
const POSTGRES_USER: &str = "postgres";

/// A server with its data. Dropping it stops the server and removes the data.
pub struct Local {
    server: Process,
    port: u16,
    data: Option<PathBuf>,
}

impl Local {
    /// Starts a Redis without persistence.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn redis() -> Result<Self, String> {
        let port = free_port();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.args(["--port", &port.to_string()]);
        let mut redis = Self::start(command, port, None)?;
        redis.wait(|address| TcpStream::connect(address).is_ok());
        Ok(redis)
    }

    /// Starts a new Postgres, whose user `postgres` needs no password.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn postgres() -> Result<Self, String> {
        let programs = postgres_programs().ok_or("initdb and postgres are not installed")?;
        let port = free_port();
        // Not in cargo's directory, which other users may be unable to enter.
        let data = std::env::temp_dir().join(format!("aconite-{}-{port}", std::process::id()));
        let mut folder = Command::new("install");
        folder.args(["-d", "-m", "700"]);
        if is_root() {
            folder.args(["-o", POSTGRES_USER, "-g", POSTGRES_USER]);
        }
        must_succeed(folder.arg(&data));
        let mut init = as_postgres(&programs.join("initdb"));
        init.args(["--auth=trust", "--username=postgres", "--no-sync"]);
        must_succeed(
            init.args(["--encoding=UTF8", "--locale=C", "-D"])
                .arg(&data),
        );

        let mut command = as_postgres(&programs.join("postgres"));
        command.arg("-D").arg(&data).args(["-F", "-h", "127.0.0.1"]);
        command.args(["-c", "unix_socket_directories="]);
        command.args(["-p", &port.to_string()]);
        let mut server = Self::start(command, port, Some(data))?;
        server.wait(|address| postgres::try_select(address, "SELECT 1").is_ok());
        Ok(server)
    }

    fn start(mut command: Command, port: u16, data: Option<PathBuf>) -> Result<Self, String> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.current_dir(std::env::temp_dir());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        match apart_from_spawning(|| command.spawn()) {
            Ok(server) => Ok(Self {
                server: Process(server),
                port,
                data,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(format!("{program} is not installed"))
            }
            Err(error) => panic!("{program}: {error}"),
        }
    }

    fn wait(&mut self, is_up: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !is_up(&self.address()) {
            let ended = self.server.exit_status();
            assert!(ended.is_none(), "ended at its start: {ended:?}");
            assert!(start.elapsed() < PATIENCE, "does not start in time");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The address on which it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // Both servers stop at once on SIGINT. Killing Postgres would leave its children and its
        // shared memory behind.
        let pid = self.server.id().to_string();
        let asked = Command::new("kill").args(["-INT", &pid]).status();
        if asked.is_ok() {
            self.server.wait_exit(Duration::from_secs(10));
        }
        self.server.kill();
        if let Some(data) = &self.data {
            let _ = fs::remove_dir_all(data);
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Runs a program of Postgres, which is our child even if another user runs it.
fn as_postgres(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        let user = [
            format!("--reuid={POSTGRES_USER}"),
            format!("--regid={POSTGRES_USER}"),
        ];
        command.args(user).arg("--clear-groups").arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(std::env::temp_dir());
    command
}

fn must_succeed(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// The directory with `initdb` and `postgres`: on the PATH, or where Debian has it.
fn postgres_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let has = |folder: &PathBuf, name| folder.join(name).is_file();
    folders
        .into_iter()
        .find(|folder| has(folder, "initdb") && has(folder, "postgres"))
}
