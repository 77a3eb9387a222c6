//! What HTTP/1.1 and HTTP/2 share: the heads of messages as rules see them, rules, and what rules do.
//!
//! It must not know how a message is written on the wire.

mod action;
mod answer;
mod counts;
mod matching;
mod message;
mod pattern;
mod rule;

pub use action::{Action, BodyEdit, HeaderEdit, StatusEdit, Truncation};
pub use answer::{Answer, RetryAfter};
pub use counts::{HttpCounts, HttpHits, Skip};
pub use matching::{AfterPart, HeaderTest, HttpMatch, Per};
pub use message::{Field, RequestHead, ResponseHead};
pub use pattern::{Pattern, PatternError};
pub use rule::Rule;
