//! What the two halves tell each other.

use std::sync::Arc;

use bytes::Bytes;

use super::view::Protocol;
use crate::engine::UpstreamUnreachable;
use crate::protocol::http::{Answer, Decision, Marking};
use crate::protocol::http1::{Method, Version, given_answer};

/// From the requests half to the answers half.
#[derive(Debug)]
pub(super) enum FromRequests {
    /// What follows everything expected so far.
    Expect(Expected),
    /// The client has begun to speak HTTP/2.
    Http2,
    /// The client will send nothing more.
    ClientEnded,
    /// Nothing will ever come from the upstream.
    Unreachable(Arc<UpstreamUnreachable>),
}

/// What the answers half expects next.
#[derive(Debug)]
pub(super) enum Expected {
    /// The upstream's answer to a request.
    Forwarded(Box<Forwarded>),
    /// An answer of ours.
    Given(Box<Given>),
    /// Bytes that are not framed, to the end of the connection.
    Raw,
    /// Nothing: the connection is closed.
    Close,
}

/// What the form of an answer depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) method: Method,
    pub(super) version: Version,
    /// Whether an answer of ours may leave the connection open.
    pub(super) keep_alive: bool,
}

impl Form {
    /// An answer of ours in this form.
    pub(super) fn given(self, answer: &Answer, marking: Marking) -> Given {
        let (bytes, closes) = given_answer(answer, self.method, self.version, self.keep_alive);
        Given {
            bytes,
            closes,
            is_message: answer.raw.is_none(),
            marking,
        }
    }
}

/// A request that was sent on.
#[derive(Debug)]
pub(super) struct Forwarded {
    /// Its number on the connection, from 1.
    pub(super) number: u64,
    pub(super) form: Form,
    /// The connection was joined with this request. If no status line follows, it was none.
    pub(super) tentative: bool,
    pub(super) decision: Decision,
}

/// An answer of ours.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) bytes: Bytes,
    /// Close the connection behind it.
    pub(super) closes: bool,
    /// The bytes are a message, with a head.
    pub(super) is_message: bool,
    pub(super) marking: Marking,
}

/// From the answers half to the requests half.
#[derive(Debug)]
pub(super) enum FromAnswers {
    /// So many exchanges are over. `held`: the bytes of answers of ours that have left.
    Done { exchanges: u32, held: usize },
    /// The upstream has sent something that answers no request.
    Unasked,
    /// The answers can no longer be framed. The protocol says what the connection carries now.
    Raw(Protocol),
    /// The request that the connection was joined with was none.
    NotJoined,
    /// The upstream has ended: nothing can be answered any more.
    Closing,
}
