//! What the requests half must know of a request when it has decided about it.

use bytes::Bytes;

use super::notes::{Forwarded, Given};
use crate::protocol::http::{Answer, Decision, Marking};
use crate::protocol::http1::{BodyFraming, HeadEdit, Method, Request, Version, given_answer};

/// What must be known of a request once its head has gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The bytes of the head.
    pub(super) len: usize,
    pub(super) framing: BodyFraming,
    method: Method,
    version: Version,
    /// The connection can take another request behind an answer of ours.
    keep_alive: bool,
    /// What follows the request may be something else than HTTP/1.1.
    pub(super) settles: bool,
}

impl Asked {
    pub(super) fn of(request: &Request<'_>) -> Self {
        // Such a client may or may not send the body once it has the final answer (RFC 9110, section
        // 10.1.1), so that nobody knows where the next request begins.
        let withholds = request.expects_continue && request.framing != BodyFraming::None;
        Asked {
            len: request.len,
            framing: request.framing,
            method: request.method,
            version: request.version,
            keep_alive: request.keeps_alive && !withholds,
            settles: request.upgrade || request.method == Method::Connect,
        }
    }

    /// An answer of ours to the request.
    pub(super) fn given(&self, answer: &Answer, marking: Marking) -> Given {
        let Asked {
            method,
            version,
            keep_alive,
            ..
        } = *self;
        let (bytes, closes) = given_answer(answer, method, version, keep_alive);
        Given {
            bytes,
            closes,
            is_message: answer.raw.is_none(),
            marking,
        }
    }

    /// What to expect from the upstream.
    pub(super) fn forwarded(&self, number: u64, tentative: bool, decision: Decision) -> Forwarded {
        Forwarded {
            number,
            method: self.method,
            version: self.version,
            keep_alive: self.keep_alive,
            tentative,
            decision,
        }
    }
}

/// An answer of ours to a request that was sent on.
pub(super) fn given_to(forwarded: &Forwarded, answer: &Answer) -> Given {
    let Forwarded {
        method,
        version,
        keep_alive,
        ..
    } = *forwarded;
    let (bytes, closes) = given_answer(answer, method, version, keep_alive);
    Given {
        bytes,
        closes,
        is_message: answer.raw.is_none(),
        marking: Marking::default(),
    }
}

/// The head as the upstream is to see it, if it differs from what the client sent.
pub(super) fn edited(head: &Bytes, decision: &Decision) -> Option<Bytes> {
    let mut edit = HeadEdit::new();
    edit.fields(&decision.request_fields);
    if decision.asks_identity {
        edit.set("Accept-Encoding", "identity");
    }
    (!edit.is_empty()).then(|| edit.apply(head))
}
