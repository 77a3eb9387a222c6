//! Follows the HTTP conversation of a connection: two halves, one on each direction, that ask the rules
//! about each request and carry out what they decide.
//!
//! The requests half is the last stage on the way to the upstream. It reads the heads of requests,
//! decides, and tells the answers half what to expect. The answers half is the first stage on the way to
//! the client. It frames the upstream's answers, marks their chunks, changes them, and gives answers of
//! our own when it is their turn. Neither keeps a body.
//!
//! Bytes that nothing acts on leave as they came. When the halves cannot be certain where a message ends,
//! they step aside for good: everything passes, and the connection counts as skipped.

mod answering;
mod answers;
mod asking;
mod body;
mod given;
mod head;
mod http2;
mod notes;
mod pieces;
mod requests;
mod view;

use std::sync::Arc;

use crate::engine::{DrawKey, Interceptor, PlannedToxic};
use crate::protocol::http::Rules;

pub use view::{ConnectionHttp, Protocol};

/// The name of both halves, where something must name what ended a connection.
const NAME: &str = "http";

/// The interceptor for a proxy with these rules. `id` is the same in each plan of the proxy, `revision`
/// increases whenever the rules change, and `proxy` is the draw key of the proxy.
pub fn interceptor(id: u64, revision: u64, proxy: DrawKey, rules: Arc<Rules>) -> Interceptor {
    let requests = requests::Requests::new(Arc::clone(&rules));
    let answers = answers::Answers::new(rules);
    let mut upstream = PlannedToxic::new(id, NAME, proxy, Arc::new(requests));
    let mut downstream = PlannedToxic::new(id, NAME, proxy, Arc::new(answers));
    (upstream.revision, downstream.revision) = (revision, revision);
    Interceptor {
        upstream: upstream.into(),
        downstream: downstream.into(),
    }
}
