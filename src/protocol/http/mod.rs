//! What HTTP/1.1 and HTTP/2 share: the heads of messages as rules see them, rules, and what rules do.
//!
//! It must not know how a message is written on the wire.

mod acting;
mod action;
mod answer;
mod attempts;
mod counts;
mod decision;
mod fingerprint;
mod fit;
mod marking;
mod matching;
mod message;
mod origin;
mod pattern;
mod place;
mod retries;
mod rule;
mod rules;
mod state;
mod touched;

pub use action::{Action, BodyEdit, HeaderEdit, StatusEdit, Truncation};
pub use answer::{Answer, RetryAfter};
pub use attempts::AttemptHits;
pub use counts::{HttpCounts, HttpHits, Skip};
pub use decision::{AnswerDecision, BodyCut, BodyPlan, Decision, FieldEdits, Insert};
pub use marking::Marking;
pub use matching::{AfterPart, HeaderTest, HttpMatch, Per};
pub use message::{Field, RequestHead, ResponseHead};
pub use origin::{Locations, Origin};
pub use pattern::{Pattern, PatternError};
pub use place::Place;
pub use retries::RetryHits;
pub use rule::Rule;
pub use rules::Rules;
pub use state::RuleState;
