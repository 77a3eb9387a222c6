//! What a client's command line asks for, whichever of the two ways it was written in.
//!
//! May know: nothing. Must not read anything: `own` and `reference` do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::Shell;

/// A command of the client, and how to carry it out.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Whose words to answer in.
    pub dialect: Dialect,
    /// Where the API is, as given: `HOST:PORT` or a URL. `None`: the environment or the default.
    pub host: Option<String>,
    /// The token to show the API. `None`: that of the environment, if it has one.
    pub token: Option<String>,
    /// Whether to answer in JSON.
    pub json: bool,
    /// What to do.
    pub action: Action,
}

/// Whose words to answer in: it depends on the name that the executable was called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `aconite`.
    Aconite,
    /// `toxiproxy-cli`: scripts may compare what it says.
    Toxiproxy,
}

/// Which events to tell of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Those of this proxy only.
    pub proxy: Option<String>,
    /// Those about these things only, as a list with commas.
    pub about: Option<String>,
    /// Those behind this one; `0` is all.
    pub after: Option<String>,
    /// Those only that have happened already.
    pub no_follow: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Action {
    List,
    Inspect {
        proxy: String,
    },
    Create(NewProxy),
    Toggle {
        proxy: String,
        /// The session at whose end it is enabled again; only for disabling it.
        session: Option<String>,
    },
    /// Enable or disable proxies, whatever they were.
    Switch {
        proxies: Vec<String>,
        enabled: bool,
        /// The session at whose end they are enabled again; only for disabling them.
        session: Option<String>,
    },
    UpdateProxy {
        proxy: String,
        change: ProxyChange,
    },
    /// Remove the toxics of these proxies, and enable them.
    ResetProxies {
        proxies: Vec<String>,
    },
    Delete {
        proxy: String,
    },
    AddToxic {
        proxy: String,
        toxic: NewToxic,
    },
    UpdateToxic {
        proxy: String,
        change: Change,
    },
    RemoveToxic {
        proxy: String,
        name: String,
    },
    /// Tell what happens.
    Events(Events),
    /// Remove every toxic and enable every proxy.
    Reset,
    /// Print what runs as a config file.
    Export,
    /// Explain the kinds of toxic, or the one of this name. Asks no server.
    Types {
        kind: Option<String>,
    },
    /// Show a proxy's live connections.
    Connections {
        proxy: String,
        /// From behind this one on.
        after: u64,
        /// At most so many; `None`: as the server has it.
        limit: Option<u64>,
    },
    /// End a connection.
    Kill {
        proxy: String,
        connection: u64,
        /// With RST and not FIN.
        reset: bool,
    },
    /// Show what a proxy's toxics did, or the one of this name.
    Stats {
        proxy: String,
        toxic: Option<String>,
    },
    /// Something about sessions.
    Session(OnSession),
    /// Run a command with toxics on.
    Run(Run),
    /// Wait until the API answers.
    Wait {
        timeout: Duration,
    },
    /// Ask the API once, where the server beside is said to be.
    Health {
        timeout: Duration,
    },
    /// Print what makes a shell complete our commands. Asks no server.
    Completions {
        shell: Shell,
    },
}

/// A proxy to be created.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProxy {
    /// Its name.
    pub name: String,
    /// Where it listens, `HOST:PORT`.
    pub listen: String,
    /// Where it connects to, `HOST:PORT`.
    pub upstream: String,
    /// Whether it listens from the start.
    pub enabled: bool,
    /// What it has from the start.
    pub toxics: Vec<NewToxic>,
    /// The session that it ends with.
    pub session: Option<String>,
    /// The seed of its toxics' random choices.
    pub seed: Option<u64>,
}

/// What shall be different about a proxy; `None`: as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyChange {
    /// Where it listens.
    pub listen: Option<String>,
    /// Where it connects to.
    pub upstream: Option<String>,
    /// The seed of its toxics' random choices.
    pub seed: Option<u64>,
}

/// A toxic to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct NewToxic {
    /// Its name; without one the server makes it of the kind and the stream.
    pub name: Option<String>,
    /// Its kind; the server knows which there are.
    pub kind: String,
    /// Where it acts.
    pub stream: Stream,
    /// The share of connections that it applies to, from 0 to 1.
    pub toxicity: f64,
    /// Names and values as they were written.
    pub attributes: Vec<(String, String)>,
    /// Options that Toxiproxy does not have.
    pub options: ToxicOptions,
}

/// What shall be different about a toxic.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The share of connections that it applies to, from 0 to 1; `None`: as it was.
    pub toxicity: Option<f64>,
    /// Names and values as they were written. What is not named stays.
    pub attributes: Vec<(String, String)>,
    /// Options that Toxiproxy does not have. What is not given stays.
    pub options: ToxicOptions,
}

/// What aconite adds to a toxic. The server reads what is text here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToxicOptions {
    /// How long it acts before it removes itself.
    pub duration: Option<Duration>,
    /// How long it waits before it acts.
    pub start_after: Option<Duration>,
    /// How often it acts again, from start to start.
    pub every: Option<Duration>,
    /// The session that it ends with.
    pub session: Option<String>,
    /// The seed of its random choices.
    pub seed: Option<u64>,
    /// The connection whose choices it repeats on every other.
    pub replay: Option<u64>,
    /// Networks whose connections it may touch; `None`: nothing was said.
    pub clients: Option<Vec<String>>,
    /// Connections that it may touch, such as `1-3`; `None`: nothing was said.
    pub connections: Option<Vec<String>>,
}

/// What to do about sessions. Times are until a session ends unless it is renewed; `None`: as it
/// was, or as the server has it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum OnSession {
    List,
    /// Start one, of this name or one that the server makes.
    Start {
        name: Option<String>,
        ttl: Option<Duration>,
    },
    Renew {
        name: String,
        ttl: Option<Duration>,
    },
    /// End it, and undo what was made in it.
    End {
        name: String,
    },
    /// Undo what was made in it.
    Reset {
        name: String,
    },
}

/// A command, and what it shall run under.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Whether it has a server of its own, for the while.
    pub server: bool,
    /// Proxies that are there for the while.
    pub proxies: Vec<RunProxy>,
    /// Proxies that are disabled for the while.
    pub down: Vec<String>,
    /// Proxies, and the toxics that they get for the while.
    pub toxics: Vec<(String, NewToxic)>,
    /// Whether it is a failure if one of the toxics touches nothing.
    pub expect_hit: bool,
    /// The file that the report is written to as JSON.
    pub report: Option<PathBuf>,
    /// The command's name, and its arguments.
    pub command: Vec<OsString>,
}

/// A proxy that is there for the while of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunProxy {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub listen: String,
    /// Where it connects to.
    pub upstream: String,
}

/// A direction of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// From the client to the server.
    Upstream,
    /// From the server to the client.
    Downstream,
}

impl Stream {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Stream::Upstream => "upstream",
            Stream::Downstream => "downstream",
        }
    }
}
