//! What a fault waits for on each connection.

use std::time::Duration;

use crate::toxics::Value;

/// What must happen on a connection before a fault acts there; see
/// [`acting_after`](super::IntoFault::acting_after).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trigger {
    /// So many bytes have passed in the fault's direction, at least 1.
    Bytes(u64),
    /// So much time has passed since the fault met the connection, at least 1 ms.
    Time(Duration),
    /// No byte has come from either side for so long, at least 1 ms.
    Idle(Duration),
    /// So many messages have passed in the fault's direction, at least 1: turns of the conversation, or messages of a
    /// protocol if the attribute `framing` is set.
    Messages(u64),
}

impl Trigger {
    pub(super) fn into_value(self) -> Value {
        let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let (name, value) = match self {
            Trigger::Bytes(bytes) => ("bytes", count(bytes)),
            Trigger::Time(span) => ("time", Value::Duration(span)),
            Trigger::Idle(span) => ("idle", Value::Duration(span)),
            Trigger::Messages(messages) => ("messages", count(messages)),
        };
        Value::from([(name, value)])
    }
}
