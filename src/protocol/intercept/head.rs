//! What the requests half must know of a request when it has decided about it.

use bytes::Bytes;

use super::notes::{Form, Forwarded};
use crate::protocol::http::Decision;
use crate::protocol::http1::{BodyFraming, HeadEdit, Method, Request};

/// What must be known of a request once its head has gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The bytes of the head.
    pub(super) len: usize,
    pub(super) framing: BodyFraming,
    pub(super) form: Form,
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
            form: Form {
                method: request.method,
                version: request.version,
                keep_alive: request.keeps_alive && !withholds,
            },
            settles: request.upgrade || request.method == Method::Connect,
        }
    }

    /// What to expect from the upstream.
    pub(super) fn forwarded(&self, number: u64, tentative: bool, decision: Decision) -> Forwarded {
        Forwarded {
            number,
            form: self.form,
            tentative,
            decision,
        }
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
