//! What crosses the control API, as types: the server writes answers with them, the client reads the
//! same types, and the client's requests are written with them.
//!
//! Responsible for names of fields, their order, and how a value is written as JSON. May know:
//! serde and `util`; `toxics` for the names of a toxic's options. Must not know: HTTP, `control`,
//! what a server does with a value.
//!
//! Invariants: what only aconite has is written only if it is set, behind what Toxiproxy has, so that
//! a proxy or toxic without it is Toxiproxy's, byte for byte; clients ignore members that they do
//! not know.

mod connection;
mod error;
mod error_code;
mod event;
pub(crate) mod go_json;
mod members;
mod proxy;
mod session;
mod span;
mod stats;
mod toxic;
pub mod uri;

pub use self::connection::{Connection, Connections, PerStream, ToxicOnConnection, Transferred};
pub use self::error::{ERROR_CODE, ErrorBody, HINT, WARNING};
pub use self::error_code::ErrorCode;
pub use self::event::{Actor, Change, Changes, Event, EventBody, FieldValue, Hit, Missed, Ready};
pub use self::members::Members;
pub use self::proxy::{NewProxy, Populated, Proxy, ProxyChange};
pub use self::session::{NewSession, Session, Sessions};
pub use self::span::Span;
pub use self::stats::{Delay, Hits, Milliseconds, Rate, Rates, Stats};
pub use self::toxic::{Attributes, Match, NewToxic, Replay, Toxic, ToxicChange, ToxicOptions};

/// The answer of `GET /version`.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Version {
    /// The version of Toxiproxy whose API this is.
    pub version: String,
}
