//! The contestants: how each is found, started and prepared for measurement.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::api::Api;
use crate::client::{PATIENCE, touch};
use crate::fault::{About, Result, fault};
use crate::http;
use crate::plain::Plain;
use crate::ports;
use crate::process::Running;
use crate::procs::{Memory, Pinned, Procs};

/// The contestant that the others are compared with.
pub const TOXIPROXY: &str = "toxiproxy";
/// No proxy at all; in `latency-accuracy` the bare timer.
pub const DIRECT: &str = "direct";

/// How long a proxy may take to start.
const START_LIMIT: Duration = Duration::from_secs(10);
/// The interval between checks whether it has started.
const LOOK: Duration = Duration::from_micros(200);

/// A program that is measured.
#[derive(Clone, Debug)]
pub struct Contestant {
    pub name: String,
    pub kind: Kind,
}

/// How it is run.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The client connects to the upstream.
    Direct,
    /// A server with the Toxiproxy API. `{api_port}` in its command becomes a free port.
    Server(Vec<String>),
    /// A proxy without toxics, which gets a config file.
    Plain(Plain),
}

/// Parses `NAME=COMMAND`, with the words of the command separated by spaces.
pub fn parse_peer(text: &str) -> std::result::Result<Contestant, String> {
    let (name, command) = text.split_once('=').ok_or("expected NAME=COMMAND")?;
    let argv: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if name.is_empty() || argv.is_empty() {
        return Err("expected NAME=COMMAND".to_owned());
    }
    if !argv.iter().any(|word| word.contains("{api_port}")) {
        return Err("the command must say {api_port} where the port of the API goes".to_owned());
    }
    Ok(Contestant {
        name: name.to_owned(),
        kind: Kind::Server(argv),
    })
}

/// A server identified by its command's words.
pub fn server(name: &str, argv: &[&str]) -> Contestant {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    Contestant {
        name: name.to_owned(),
        kind: Kind::Server(argv),
    }
}

/// The path of a program, if it is on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Measurements of a server's start.
#[derive(Clone, Copy, Debug)]
pub struct Startup {
    /// From before `exec` until the API had answered, in ms.
    pub milliseconds: f64,
    /// What was resident then, in KiB.
    pub resident: u64,
    /// The size of the executable, in bytes.
    pub executable: u64,
}

/// A contestant ready to be measured. Dropping it ends its processes.
pub struct CommandContext {
    /// Where clients connect.
    pub address: SocketAddr,
    pub startup: Option<Startup>,
    api: Option<Api>,
    procs: Option<Procs>,
    _running: Option<Running>,
}

impl Contestant {
    /// Starts it between clients and `upstream`, with files in `scratch`.
    pub fn start(&self, upstream: SocketAddr, scratch: &Path) -> Result<CommandContext> {
        let log = scratch.join(format!("{}.log", self.name));
        let started = match &self.kind {
            Kind::Direct => return Ok(CommandContext::bare(upstream)),
            Kind::Server(argv) => start_server(argv, upstream, &log),
            Kind::Plain(plain) => start_plain(*plain, upstream, scratch, &log),
        };
        started.map_err(|error| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let last = said.lines().last().unwrap_or("nothing");
            fault(format!("{error}; it said: {last}"))
        })
    }
}

fn start_server(argv: &[String], upstream: SocketAddr, log: &Path) -> Result<CommandContext> {
    let port = ports::free()?;
    let argv: Vec<String> = argv
        .iter()
        .map(|word| word.replace("{api_port}", &port.to_string()))
        .collect();
    let file = argv
        .first()
        .and_then(|program| on_path(program))
        .ok_or("no such program")?;
    let executable = fs::metadata(&file).about(file.display())?.len();
    let start = Instant::now();
    let mut running = Running::start(&argv, log)?;
    until(&mut running, start, || api_answers(port))?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    let procs = Procs::tree(running.pid())?;
    let resident = procs.memory()?.resident;
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    let api = Api::new(port);
    api.create(address, upstream)?;
    Ok(CommandContext {
        address,
        startup: Some(Startup {
            milliseconds,
            resident,
            executable,
        }),
        api: Some(api),
        procs: Some(procs),
        _running: Some(running),
    })
}

fn start_plain(
    plain: Plain,
    upstream: SocketAddr,
    scratch: &Path,
    log: &Path,
) -> Result<CommandContext> {
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    let argv = plain.prepare(address, upstream, scratch)?;
    let mut running = Running::start(&argv, log)?;
    until(&mut running, Instant::now(), || match plain.speaks_http() {
        true => http::touch(address).is_ok(),
        false => touch(None, address).is_ok(),
    })?;
    let procs = Procs::tree(running.pid())?;
    Ok(CommandContext {
        procs: Some(procs),
        _running: Some(running),
        ..CommandContext::bare(address)
    })
}

fn until(running: &mut Running, start: Instant, ready: impl Fn() -> bool) -> Result<()> {
    while !ready() {
        if let Some(status) = running.ended() {
            return Err(fault(format!("it ended at its start ({status})")));
        }
        if start.elapsed() > START_LIMIT {
            return Err(fault(format!("no answer in {START_LIMIT:?}")));
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Whether there is an HTTP answer, with any status: not every server knows this path.
fn api_answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream
            .write_all(b"GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said)?;
        Ok(said.starts_with(b"HTTP/1.1 "))
    };
    ask().unwrap_or(false)
}

/// Counts CPU seconds from its making on.
pub struct Meter<'a>(Option<(&'a Procs, f64)>);

impl Meter<'_> {
    /// CPU seconds of the proxy so far; none without a proxy.
    pub fn seconds(&self) -> Result<Option<f64>> {
        self.0
            .map(|(procs, start)| Ok(procs.cpu()? - start))
            .transpose()
    }
}

impl CommandContext {
    fn bare(address: SocketAddr) -> Self {
        Self {
            address,
            startup: None,
            api: None,
            procs: None,
            _running: None,
        }
    }

    /// The API; an error where there is none.
    pub fn api(&self) -> Result<&Api> {
        self.api.as_ref().ok_or_else(|| fault("it has no toxics"))
    }

    /// Starts to count the proxy's CPU time.
    pub fn meter(&self) -> Result<Meter<'_>> {
        let now = self
            .procs
            .as_ref()
            .map(|procs| Ok::<_, crate::fault::Fault>((procs, procs.cpu()?)));
        Ok(Meter(now.transpose()?))
    }

    /// The proxy's memory; none without a proxy.
    pub fn memory(&self) -> Result<Option<Memory>> {
        self.procs.as_ref().map(Procs::memory).transpose()
    }

    /// What is resident now, in KiB; the peak counts anew.
    pub fn rest(&self) -> Result<u64> {
        if let Some(procs) = &self.procs {
            procs.reset_peak()?;
        }
        Ok(self.memory()?.map_or(0, |memory| memory.resident))
    }

    /// Keeps this process (client and upstream) on one CPU and the proxy on another.
    pub fn pin_apart(&self) -> Result<Vec<Pinned>> {
        let mut pins = vec![Pinned::new(Procs::own()?, 0)?];
        if let Some(procs) = &self.procs {
            pins.push(Pinned::new(procs.clone(), 1)?);
        }
        Ok(pins)
    }
}
