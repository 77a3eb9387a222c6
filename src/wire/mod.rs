//! The types that cross the control API. The server writes answers with them and the client reads the same
//! types; the client also writes its requests with them.
//!
//! Responsible for the names of fields, their order, and how a value is written as JSON. May know: serde and
//! `util`; `toxics` for the names of a toxic's options. Must not know: HTTP, `control`, what a server does
//! with a value.
//!
//! Invariants: fields that only aconite has are written only if they are set, and after Toxiproxy's fields.
//! So a proxy or toxic without them equals Toxiproxy's byte for byte. Clients ignore members that they do not
//! know.

mod connection;
mod error;
mod error_code;
mod event;
pub(crate) mod go_json;
mod members;
mod profile;
mod proxy;
mod session;
mod span;
mod stats;
mod toxic;
mod toxic_match;
mod toxic_type;
pub mod uri;

pub use self::connection::{Connection, Connections, PerStream, ToxicOnConnection, Transferred};
pub use self::error::{ERROR_CODE, ErrorBody, HINT, WARNING};
pub use self::error_code::ErrorCode;
pub use self::event::{Actor, Change, Changes, Event, EventBody, FieldValue, Hit, Missed, Ready};
pub use self::members::Members;
pub use self::profile::{NewProfile, Profile, ProfileOnProxy, ProfileToxic, Profiles};
pub use self::proxy::{Http, NewProxy, Populated, Proxy, ProxyChange};
pub use self::session::{NewSession, Session, Sessions};
pub use self::span::Span;
pub use self::stats::{
    Attempts, Delay, Hits, Milliseconds, ProxyStats, Rate, Rates, Requests, Retries, Skipped, Stats,
};
pub use self::toxic::{Attributes, NewToxic, Replay, Toxic, ToxicChange, ToxicOptions};
pub use self::toxic_match::{AfterPart, HeaderTest, HttpMatch, Match};
pub use self::toxic_type::{AttributeType, ToxicType, ToxicTypes};
