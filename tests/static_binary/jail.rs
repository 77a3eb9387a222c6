//! An empty root with the executable in it, and a server that runs there.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::image;
use support::http::{self, Request, Response};
use support::{free_port, wire};

/// How long the server may take to start, and a request to be answered.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where `chroot` and its like are.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The directory, and the server if it runs. Both go with the value.
pub struct Jail {
    folder: PathBuf,
    server: Option<Child>,
    /// The port of the server's API.
    pub port: u16,
}

impl Jail {
    /// Makes a root with `/aconite`, `/toxiproxy`, `/toxiproxy-cli`, `/etc/hosts` and `/etc/resolv.conf`.
    ///
    /// # Errors
    /// Why nothing can be started in it on this machine.
    pub fn new(executable: &Path) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jail-{}-{count}", std::process::id());
        let jail = Self {
            folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
            server: None,
            port: free_port(),
        };
        fs::create_dir_all(jail.path("/etc")).unwrap();
        fs::set_permissions(executable, Permissions::from_mode(0o755)).unwrap();
        for name in ["/aconite", "/toxiproxy", "/toxiproxy-cli"] {
            fs::hard_link(executable, jail.path(name)).unwrap();
        }
        fs::write(jail.path("/etc/hosts"), "127.0.0.1 localhost\n").unwrap();
        fs::write(jail.path("/etc/resolv.conf"), "").unwrap();
        for folder in ["/", "/etc"] {
            fs::set_permissions(jail.path(folder), Permissions::from_mode(0o755)).unwrap();
        }
        let tried = jail.enter(&[]).args(["/toxiproxy", "-version"]).output();
        match tried {
            Ok(output) if output.status.success() => Ok(jail),
            other => Err(format!("cannot run in a root of its own: {other:?}")),
        }
    }

    /// A path of the jail, as it is called outside.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder
            .join("root")
            .join(inside.trim_start_matches('/'))
    }

    /// The start of a command line whose next word is a program inside.
    fn enter(&self, before: &[&OsStr]) -> Command {
        let mut words: Vec<&OsStr> = before.to_vec();
        let user = format!("--userspec={}", image::user());
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        if is_root {
            words.extend([OsStr::new("chroot"), OsStr::new(&user)]);
        } else {
            words.extend(["unshare", "--map-root-user", "chroot"].map(OsStr::new));
        }
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(self.path("/"));
        command.env_clear().env("PATH", PATH).stdin(Stdio::null());
        command
    }

    /// Runs a command inside to its end.
    pub fn run(&self, words: &[impl AsRef<OsStr>], variables: &[(String, String)]) -> Output {
        let mut command = self.enter(&[]);
        command.args(words).envs(variables.iter().cloned());
        command.output().unwrap()
    }

    /// Starts the server with `-port` after `words`, and waits until its API takes connections.
    /// Says whether strace looks on.
    pub fn start(&mut self, words: &[String], variables: &[(String, String)]) -> bool {
        let strace = Command::new("strace").arg("-V").output().is_ok();
        let report = self.folder.join("trace");
        let options = ["strace", "-D", "-f", "-qq", "-e", "trace=%file", "-o"];
        let mut tracer: Vec<&OsStr> = options.map(OsStr::new).to_vec();
        tracer.push(report.as_os_str());
        // With -D it is the server that is our child, and not strace.
        let mut command = self.enter(if strace { &tracer } else { &[] });
        command.args(words).args(["-port", &self.port.to_string()]);
        let log = File::create(self.folder.join("log")).unwrap();
        command.stderr(log.try_clone().unwrap()).stdout(log);
        let server = command.envs(variables.iter().cloned()).spawn().unwrap();
        self.server = Some(server);
        self.wait();
        strace
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while wire::connect_to(self.address(), PATIENCE).is_err() {
            let ended = self.server.as_mut().and_then(|s| s.try_wait().unwrap());
            let in_time = start.elapsed() < PATIENCE && ended.is_none();
            assert!(in_time, "no API ({ended:?}): {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// One request to the server's API.
    pub fn api(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        let answer = http::exchange(self.address(), &request, PATIENCE);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}: {}", self.log()))
    }

    /// What the server wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// What strace wrote.
    pub fn trace(&self) -> String {
        fs::read_to_string(self.folder.join("trace")).unwrap()
    }

    /// Ends the server.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
