//! Proxies, toxics, sessions and events as values, and the operations on them.
//!
//! Responsible for these objects and for every change to them. [`Control`] is the handle. Reads, and all
//! changes of toxics, run immediately under short locks. Changes that start or stop listeners run in
//! `operations`, one at a time. Must not know HTTP, the command line, or how values are serialized.
//!
//! # Locks
//!
//! Each is held for a few lines and never across an await. A thread that holds one takes only those
//! to the right of it:
//!
//! ```text
//! a proxy (proxy/state.rs) ─▶ the session table (session/table.rs) ─▶ the event log (events/log.rs)
//! ```
//!
//! The locks of the registry (`registry.rs`), the profiles (`profile/table.rs`), the traffic totals
//! (`traffic.rs`) and the rate groups (`rate_groups.rs`) are leaves: while one is held, no other is taken.

mod check;
mod connections;
mod env;
mod error;
mod events;
mod handle;
mod limits;
mod listen;
mod listen_error;
mod operations;
mod profile;
mod proxy;
mod rate_groups;
mod registry;
mod session;
mod suggestions;
mod timer;
mod toxic;
mod traffic;
mod upstream;
mod view;
mod view_size;

pub use self::check::addresses::{
    check_api_port, check_http, check_listen, check_name, check_upstream,
};
pub use self::check::fields::{
    MAX_WARNINGS, PROFILE_FIELDS, PROXY_FIELDS, suggestion, unknown_custom_profile_field,
    unknown_field, unknown_profile_field, unknown_toxic_field,
};
pub use self::check::finding::Finding;
pub use self::check::loops::check_loop;
pub use self::check::toxic::check_toxic;
pub use self::check::warnings::{
    MISSING_LISTEN, proxy_change_warnings, proxy_warnings, toxic_change_warnings, toxic_warnings,
};
pub use self::connections::{
    ConnectionView, ConnectionsView, FlowView, LiveView, ToxicOnConnection,
};
pub use self::env::Options;
pub use self::error::{ControlError, Limited, PopulateError};
pub use self::events::difference::{Difference, Field, FieldValue};
pub use self::events::event::{
    Change, ChangeTarget, Ended, Event, EventKind, Opened, Origin, ProxyEvent, SessionEvent,
    ToxicEvent, ToxicValues,
};
pub use self::events::follower::Follower;
pub use self::events::log::{Delivery, EventCursor, KEPT, MAX_FOLLOWERS, StartAt};
pub use self::handle::Control;
pub use self::limits::{HOST_LIMIT, Limits, NAME_LIMIT};
pub use self::listen_error::{ListenError, ListenFault};
pub use self::profile::definition::{Profile, ProfileDefinition};
pub use self::profile::table::{MAX_PROFILES, built_in_profile};
pub use self::proxy::recently_removed::RETENTION;
pub use self::session::table::{MAX_SESSIONS, SESSION_TTL, SessionView};
pub use self::suggestions::{Suggestions, overlap};
pub use self::toxic::matching::ToxicMatch;
pub use self::toxic::options::ToxicOptions;
pub use self::view::{
    ConnectionCounts, HttpOptions, HttpSetting, NewProfile, NewProxy, NewToxic, ProfileView,
    ProxyChange, ProxyStatsView, ProxyView, StatsView, ToxicChange, ToxicView, TrafficView,
};
pub use crate::engine::{Accuracy, Hits, Quantiles, Scope};
pub use crate::net::{BuiltIn, CloseMode, EndKind, Reason, UpstreamAddress};
pub use crate::protocol::http::{AfterPart, HeaderTest, HttpHits, HttpMatch, Pattern, Per, Skip};
pub use crate::toxics::{
    ANSWER_FIELDS, Attribute, AttributeError, Catalogue, Kind, OWN_FIELDS, ToxicOption, Type,
    Value, Values, common_attributes,
};
