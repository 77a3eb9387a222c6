//! The steps of a recording, as values.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::HttpStep;
use super::window::Bounds;
use support::Kind;
use support::upstream::pattern;

/// A step with the members that any step may have.
#[derive(Debug)]
pub struct Step {
    /// The window for its event.
    pub within: Option<Bounds>,
    /// The mark that starts the clock.
    pub since: Option<String>,
    /// What to do.
    pub op: Op,
    /// Its `op` and connection, for reports.
    pub label: String,
}

impl Step {
    /// Reads a step from its JSON form.
    ///
    /// # Errors
    /// What the format does not define.
    pub fn from_json(mut members: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let mut take = |name| members.remove(name).unwrap_or(Value::Null);
        let within = serde_json::from_value(take("within_ms"))?;
        let since = serde_json::from_value(take("since"))?;
        let label = ["op", "conn", "method", "path", "name", "upstream", "addr"]
            .iter()
            .filter_map(|name| members.get(*name)?.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        let op = serde_json::from_value(Value::Object(members))?;
        Ok(Self {
            within,
            since,
            op,
            label,
        })
    }
}

/// What a step does; see the format for each member.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Op {
    Http(Box<HttpStep>),
    Upstream {
        name: String,
        kind: String,
        host: Option<String>,
        bytes: Option<u64>,
        text: Option<String>,
    },
    Open {
        conn: String,
        addr: String,
        expect: Opening,
    },
    Accept {
        upstream: String,
        conn: String,
    },
    Send {
        conn: String,
        data: Data,
        #[serde(default)]
        detached: bool,
        #[serde(default)]
        may_fail: bool,
    },
    Recv {
        conn: String,
        data: Data,
    },
    RecvEnd {
        conn: String,
        data: Data,
        end: End,
    },
    Quiet {
        conn: String,
        for_ms: u64,
    },
    Groups {
        conn: String,
        data: Data,
        gap_ms: u64,
        sizes: Vec<usize>,
    },
    Tally(Tally),
    ShutWrite {
        conn: String,
    },
    Close {
        conn: String,
    },
    Abort {
        conn: String,
    },
    Mark {
        name: String,
    },
    Sleep {
        ms: u64,
    },
    Signal {
        name: String,
    },
    Exit {
        code: i32,
    },
}

/// The expected outcome of an `open`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Opening {
    Ok,
    Refused,
}

/// The expected end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum End {
    Eof,
    Rst,
    Any,
}

/// Bytes as the format writes them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Data {
    Text(String),
    Hex(String),
    Pattern(u64, u64),
}

impl Data {
    /// The bytes themselves.
    ///
    /// # Errors
    /// The digits are not hexadecimal.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Hex(digits) => unhex(digits),
            Self::Pattern(first, size) => Ok(pattern(*first, *size)),
        }
    }
}

/// Bytes from hexadecimal digits; white space between them is allowed.
///
/// # Errors
/// The digits, if they are not hexadecimal or their number is odd.
pub fn unhex(digits: &str) -> Result<Vec<u8>, String> {
    let fault = || format!("not hexadecimal: {digits:?}");
    let values: Vec<u32> = digits
        .chars()
        .filter(|char| !char.is_whitespace())
        .map(|char| char.to_digit(16).ok_or_else(fault))
        .collect::<Result<_, _>>()?;
    if !values.len().is_multiple_of(2) {
        return Err(fault());
    }
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).map_err(|_| fault());
    values.chunks(2).map(byte).collect()
}

/// An upstream to start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamSpec {
    /// See [`kind_of`].
    pub kind: String,
    /// 127.0.0.1 if absent.
    pub host: Option<String>,
    /// For a source.
    pub bytes: Option<u64>,
    /// For a banner.
    pub text: Option<String>,
}

/// The kind of upstream that the format calls `kind`.
///
/// # Errors
/// An unknown kind, or one without a member that it requires.
pub fn kind_of(kind: &str, bytes: Option<u64>, text: Option<&str>) -> Result<Kind, String> {
    match kind {
        "echo" => Ok(Kind::Echo),
        "sink" => Ok(Kind::Sink),
        "source" => Ok(Kind::Source(bytes.ok_or("a source needs bytes")?)),
        "banner" => Ok(Kind::Banner(text.ok_or("a banner needs text")?.into())),
        "half_close_echo" => Ok(Kind::HalfCloseEcho),
        "manual" => Ok(Kind::Manual),
        "refuse" => Ok(Kind::Refuse),
        other => Err(format!("unknown kind of upstream {other:?}")),
    }
}

/// Counts connections that echo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Tally {
    pub addr: String,
    pub n: usize,
    pub data: Data,
    #[serde(default = "one")]
    pub rounds: usize,
    pub wait_ms: u64,
    pub echoed: (usize, usize),
}

fn one() -> usize {
    1
}
