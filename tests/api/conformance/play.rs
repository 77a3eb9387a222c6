//! Replays one recording on a fresh server.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use super::conn::Conn;
use super::data_plane;
use super::http::{self, Clock};
use super::places::Places;
use super::reading;
use super::scenario::{Scenario, ServerSpec};
use super::step::{Op, Step, kind_of};
use super::window::Window;
use support::{ScratchFile, Server, Upstream, free_port};

/// A pause after `accept`. The upstream has a connection slightly before the proxy has set up both
/// of its links. A change of toxics in that moment affects no connection, in Toxiproxy too (seen in
/// 3 of 100 runs), and recordings were made by a slower runner.
const SETTLE: Duration = Duration::from_millis(5);

/// Replays `scenario`. Returns the failures, none if it passed. A panic is a failure.
pub fn play_safely(scenario: &Scenario) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| play(scenario))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        vec![format!(
            "the runner panicked: {}",
            text.unwrap_or("no text")
        )]
    })
}

fn play(scenario: &Scenario) -> Vec<String> {
    let mut player = match Player::new(scenario) {
        Ok(player) => player,
        Err(what) => return vec![format!("before the steps: {what}")],
    };
    let mut failures = Vec::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        let began = Instant::now();
        let done = player.step(step);
        player.previous = began;
        let place = |what| format!("step {} ({}): {what}", index + 1, step.label);
        match done {
            Ok(differences) => failures.extend(differences.into_iter().map(place)),
            Err(what) => {
                failures.push(place(what));
                break;
            }
        }
    }
    failures.extend(player.at_the_end());
    failures
}

struct Player {
    server: Server,
    /// Kept until the end, because a server may read it at any time.
    _config: Option<ScratchFile>,
    places: Places,
    upstreams: BTreeMap<String, Upstream>,
    conns: BTreeMap<String, Conn>,
    marks: BTreeMap<String, Instant>,
    /// When the previous step began.
    previous: Instant,
    /// Whether an `exit` step saw the server end.
    exited: bool,
}

impl Player {
    fn new(scenario: &Scenario) -> Result<Self, String> {
        let mut places = Places::default();
        for name in &scenario.ports {
            places.set(&format!("port:{name}"), free_port());
        }
        let mut upstreams = BTreeMap::new();
        for (name, spec) in &scenario.upstreams {
            let kind = kind_of(&spec.kind, spec.bytes, spec.text.as_deref())?;
            let host = spec.host.as_deref().unwrap_or("127.0.0.1");
            let upstream = Upstream::try_start(host, kind)
                .map_err(|error| format!("cannot start the upstream {name}: {error}"))?;
            places.set(&format!("up:{name}"), upstream.port());
            upstreams.insert(name.clone(), upstream);
        }
        let api = free_port();
        places.set("api", api);
        let (server, config) = start(&scenario.server, api, &places)?;
        Ok(Self {
            _config: config,
            server,
            places,
            upstreams,
            conns: BTreeMap::new(),
            marks: BTreeMap::new(),
            previous: Instant::now(),
            exited: false,
        })
    }

    /// Runs one step. A wrong HTTP answer is among the results; any other failure is an error.
    fn step(&mut self, step: &Step) -> Result<Vec<String>, String> {
        let since = match &step.since {
            Some(name) => Some(*self.marks.get(name).ok_or_else(|| unknown("mark", name))?),
            None => None,
        };
        if let Op::Http(request) = &step.op {
            let clock = Clock {
                within: step.within,
                since,
            };
            return http::run(request, clock, &self.server, &mut self.places);
        }
        let window = Window::new(step.within, since.unwrap_or(self.previous));
        self.on_connections(&step.op, &window)
            .unwrap_or_else(|| self.on_surroundings(&step.op, &window))?;
        Ok(Vec::new())
    }

    /// The steps that use an open connection; `None` for the others.
    fn on_connections(&mut self, op: &Op, window: &Window) -> Option<Result<(), String>> {
        let (Op::Send { conn: name, .. }
        | Op::Recv { conn: name, .. }
        | Op::RecvEnd { conn: name, .. }
        | Op::Quiet { conn: name, .. }
        | Op::Groups { conn: name, .. }
        | Op::ShutWrite { conn: name }
        | Op::Close { conn: name }
        | Op::Abort { conn: name }) = op
        else {
            return None;
        };
        let Some(conn) = self.conns.get_mut(name) else {
            return Some(Err(unknown("connection", name)));
        };
        let done = use_connection(conn, op, window);
        if matches!(op, Op::Close { .. } | Op::Abort { .. }) {
            self.conns.remove(name);
        }
        Some(done)
    }

    /// The steps about the server, the upstreams, time, and new connections.
    fn on_surroundings(&mut self, op: &Op, window: &Window) -> Result<(), String> {
        match op {
            Op::Open { conn, addr, expect } => {
                let opened = data_plane::open(&self.places.fill(addr), *expect, window)?;
                if let Some(stream) = opened {
                    self.conns.insert(conn.clone(), Conn::new(stream, None));
                }
            }
            Op::Accept { upstream, conn } => self.accept(upstream, conn, window)?,
            Op::Upstream { name, .. } => self.replace_upstream(name, op)?,
            Op::Tally(tally) => data_plane::tally(tally, &self.places.fill(&tally.addr))?,
            Op::Mark { name } => {
                self.marks.insert(name.clone(), Instant::now());
            }
            Op::Sleep { ms } => thread::sleep(Duration::from_millis(*ms)),
            Op::Signal { name } => {
                let sent = self.server.signal(name);
                sent.map_err(|error| format!("expected to send a signal, got {error}"))?;
            }
            Op::Exit { code } => self.exit(*code, window)?,
            other => return Err(format!("the runner does not know {other:?}")),
        }
        Ok(())
    }

    fn accept(&mut self, upstream: &str, conn: &str, window: &Window) -> Result<(), String> {
        let source = self
            .upstreams
            .get(upstream)
            .ok_or_else(|| unknown("upstream", upstream))?;
        let stream = source
            .accept(window.left())
            .ok_or_else(|| format!("expected a connection at {upstream}, got none"))?;
        let conn_of_upstream = Conn::new(stream, Some(upstream.to_owned()));
        self.conns.insert(conn.to_owned(), conn_of_upstream);
        window.check()?;
        thread::sleep(SETTLE);
        Ok(())
    }

    fn replace_upstream(&mut self, name: &str, op: &Op) -> Result<(), String> {
        let Op::Upstream {
            kind,
            bytes,
            text,
            host,
            ..
        } = op
        else {
            return Ok(());
        };
        let upstream = self
            .upstreams
            .get_mut(name)
            .ok_or_else(|| unknown("upstream", name))?;
        self.conns
            .retain(|_, conn| conn.upstream.as_deref() != Some(name));
        let kind = kind_of(kind, *bytes, text.as_deref())?;
        let replaced = upstream.replace(host.as_deref(), kind);
        replaced.map_err(|error| format!("cannot start the upstream {name}: {error}"))
    }

    fn exit(&mut self, code: i32, window: &Window) -> Result<(), String> {
        let status = self.server.wait_exit(window.left());
        let status = status.ok_or("expected the server to end, it runs")?;
        self.exited = true;
        if status.code() != Some(code) {
            return Err(format!("expected the exit code {code}, got {status}"));
        }
        window.check()
    }

    /// Checks that are possible only after all steps.
    fn at_the_end(&mut self) -> Vec<String> {
        let mut failures = Vec::new();
        for (name, conn) in &mut self.conns {
            let failure = conn.background_failure();
            failures.extend(failure.map(|what| format!("at the end ({name}): {what}")));
        }
        if let (false, Some(status)) = (self.exited, self.server.exit_status()) {
            let log = self.server.log_text();
            failures.push(format!("the server ended by itself ({status}); {log}"));
        }
        failures
    }
}

fn use_connection(conn: &mut Conn, op: &Op, window: &Window) -> Result<(), String> {
    match op {
        Op::Send {
            data,
            detached: true,
            may_fail,
            ..
        } => conn.send_detached(data.bytes()?, *may_fail),
        Op::Send { data, may_fail, .. } => conn.send(&data.bytes()?, *may_fail),
        Op::Recv { data, .. } => reading::recv(conn.stream(), &data.bytes()?, window),
        Op::RecvEnd { data, end, .. } => {
            reading::recv_end(conn.stream(), &data.bytes()?, *end, window)
        }
        Op::Quiet { for_ms, .. } => reading::quiet(conn.stream(), Duration::from_millis(*for_ms)),
        Op::Groups {
            data,
            gap_ms,
            sizes,
            ..
        } => {
            let gap = Duration::from_millis(*gap_ms);
            reading::groups(conn.stream(), &data.bytes()?, gap, sizes, window)
        }
        Op::ShutWrite { .. } => conn.shut_write(),
        Op::Abort { .. } => conn.arm_reset().map_err(|error| error.to_string()),
        // The caller drops it, which closes it.
        _ => Ok(()),
    }
}

fn unknown(what: &str, name: &str) -> String {
    format!("the recording names no {what} {name:?} that exists at this step")
}

fn start(
    spec: &ServerSpec,
    api: u16,
    places: &Places,
) -> Result<(Server, Option<ScratchFile>), String> {
    let config = spec.config.as_ref().map(|config| match config {
        Some(text) => ScratchFile::with("json", &places.fill(text)),
        None => ScratchFile::absent("json"),
    });
    let path = config.as_ref().map(ScratchFile::path);
    let mut args: Vec<&str> = spec.args.iter().map(String::as_str).collect();
    args.extend(path.iter().flat_map(|path| ["-config", path.as_str()]));
    Server::try_start(api, &args).map(|server| (server, config))
}
