//! A parsed client command line, independent of its dialect.
//!
//! Must not parse anything: `aconite` and `toxiproxy` do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::Shell;

pub use super::http::Http;
pub use super::stream::Stream;
pub use super::toxic_values::{After, BodySource, HeaderTest, RequestMatch, ToxicOptions};

/// A client command, and how to execute it.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// The dialect of the output.
    pub dialect: Dialect,
    /// The API's address as given: `HOST:PORT` or a URL. `None`: from the environment, or the
    /// default.
    pub host: Option<String>,
    /// The API token. `None`: from the environment, if it is set there.
    pub token: Option<String>,
    /// Whether to print JSON.
    pub json: bool,
    /// The command itself.
    pub action: Action,
}

/// The dialect of the output. It depends on the name by which the executable was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `aconite`.
    Aconite,
    /// `toxiproxy-cli`: its output is the same as Toxiproxy's, because scripts may compare it.
    Toxiproxy,
}

/// Which events to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Only events of this proxy.
    pub proxy: Option<String>,
    /// Only events about these kinds of thing, as a comma-separated list.
    pub about: Option<String>,
    /// Only events after this one; `0` means all.
    pub after: Option<String>,
    /// Only events that have already happened; do not wait for more.
    pub no_follow: bool,
}

/// A command of the client.
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
        /// The session at whose end the proxy is enabled again. Only for disabling.
        session: Option<String>,
    },
    /// Enable or disable proxies, whatever their current state.
    Switch {
        proxies: Vec<String>,
        enabled: bool,
        /// The session at whose end the proxies are enabled again. Only for disabling.
        session: Option<String>,
    },
    UpdateProxy {
        proxy: String,
        change: ProxyChange,
    },
    /// Remove all toxics of these proxies, and enable the proxies.
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
    /// Print events.
    Events(Events),
    /// Remove every toxic and enable every proxy.
    Reset,
    /// Print the running proxies and toxics as a config file.
    Export,
    /// Explain all types of toxic, or the type of this name. Needs no server.
    Types {
        kind: Option<String>,
    },
    /// List the presets of answers and events, or show the preset of this name. Needs no server.
    Presets {
        preset: Option<String>,
    },
    /// Show a proxy's live connections.
    Connections {
        proxy: String,
        /// Start after the connection with this number.
        after: u64,
        /// The most connections to show. `None`: the server's default.
        limit: Option<u64>,
    },
    /// End a connection.
    Kill {
        proxy: String,
        connection: u64,
        /// Whether to end it with RST instead of FIN.
        reset: bool,
    },
    /// Show what a proxy's toxics have done, or only the toxic of this name.
    Stats {
        proxy: String,
        toxic: Option<String>,
    },
    /// A command about network profiles.
    Profile(OnProfile),
    /// A command about sessions.
    Session(OnSession),
    /// Run a command while toxics are active.
    Run(Run),
    /// Wait until the API answers.
    Wait {
        timeout: Duration,
    },
    /// Ask the API once, at the address that the environment gives for a server in the same
    /// container.
    Health {
        timeout: Duration,
    },
    /// Print a script with which a shell completes our commands. Contacts no server.
    Completions {
        shell: Shell,
    },
}

/// A proxy to create.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProxy {
    /// Its name.
    pub name: String,
    /// The address it listens on, `HOST:PORT`.
    pub listen: String,
    /// The upstream that it connects to, `HOST:PORT` or a URL.
    pub upstream: String,
    /// Whether its connections speak HTTP.
    pub http: Option<Http>,
    /// Whether it is enabled when it is created.
    pub enabled: bool,
    /// The toxics that it is created with.
    pub toxics: Vec<NewToxic>,
    /// The profile that it is created with.
    pub profile: Option<String>,
    /// The proxy is removed when this session ends.
    pub session: Option<String>,
    /// The seed of its toxics' random draws.
    pub seed: Option<u64>,
}

/// Changes to a proxy. `None`: unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyChange {
    /// The address it listens on.
    pub listen: Option<String>,
    /// The upstream that it connects to, an address or a URL.
    pub upstream: Option<String>,
    /// Whether its connections speak HTTP.
    pub http: Option<Http>,
    /// The seed of its toxics' random draws.
    pub seed: Option<u64>,
}

/// A toxic to add.
#[derive(Clone, Debug, PartialEq)]
pub struct NewToxic {
    /// Its name. If there is none, the server derives one from the type and the stream.
    pub name: Option<String>,
    /// Its type. The server checks whether it exists.
    pub kind: String,
    /// The stream that it acts on.
    pub stream: Stream,
    /// The share of connections that it applies to, from 0 to 1.
    pub toxicity: f64,
    /// Names and values of attributes, as they were written.
    pub attributes: Vec<(String, String)>,
    /// Header fields, which kinds that write HTTP take beside their attributes.
    pub headers: Vec<(String, Option<String>)>,
    /// A body, which such kinds take too.
    pub body: Option<BodySource>,
    /// Options that Toxiproxy does not have.
    pub options: ToxicOptions,
}

/// Changes to a toxic.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The share of connections that it applies to, from 0 to 1. `None`: unchanged.
    pub toxicity: Option<f64>,
    /// Names and values of attributes, as they were written. Attributes not named are unchanged.
    pub attributes: Vec<(String, String)>,
    /// Header fields to set. Without any, they are unchanged.
    pub headers: Vec<(String, Option<String>)>,
    /// The new body. `None`: unchanged.
    pub body: Option<BodySource>,
    /// Options that Toxiproxy does not have. Options not given are unchanged.
    pub options: ToxicOptions,
}

/// A command about network profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OnProfile {
    List,
    /// Show the profile of a proxy.
    Show {
        proxy: String,
    },
    /// Put a profile on a proxy.
    Set {
        proxy: String,
        name: String,
        /// Options of all its toxics.
        options: ToxicOptions,
    },
    /// Take the profile off.
    Clear {
        proxy: String,
    },
}

/// A command about sessions. Times say how long a session lasts unless it is renewed. `None`:
/// unchanged, or the server's default.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum OnSession {
    List,
    /// Start a session of this name, or of a name that the server generates.
    Start {
        name: Option<String>,
        ttl: Option<Duration>,
    },
    Renew {
        name: String,
        ttl: Option<Duration>,
    },
    /// End the session, and undo what was made in it.
    End {
        name: String,
    },
    /// Undo what was made in the session, without ending it.
    Reset {
        name: String,
    },
}

/// A command to run, and the proxies and toxics that it runs with.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Whether to start a server for the duration of the run.
    pub server: bool,
    /// Proxies that exist for the duration of the run.
    pub proxies: Vec<RunProxy>,
    /// Proxies that are disabled for the duration of the run.
    pub down: Vec<String>,
    /// Profiles that are on for the duration of the run, each after the name of its proxy.
    pub profiles: Vec<(String, String)>,
    /// How long toxics and profiles are there. `None`: until the run ends.
    pub duration: Option<Duration>,
    /// Toxics that exist for the duration of the run, each with the name of its proxy.
    pub toxics: Vec<(String, NewToxic)>,
    /// Whether the run fails if one of the toxics touches no connection.
    pub expect_hit: bool,
    /// The file to which the report is written as JSON.
    pub report: Option<PathBuf>,
    /// The command's name and its arguments.
    pub command: Vec<OsString>,
}

/// A proxy that exists for the duration of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunProxy {
    /// Its name.
    pub name: String,
    /// The address it listens on.
    pub listen: String,
    /// The upstream address that it connects to.
    pub upstream: String,
}
