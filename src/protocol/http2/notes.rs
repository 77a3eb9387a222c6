//! Notes between the half that sees requests and the half that sees answers.

use crate::protocol::http::Decision;

use super::given::Asked;

/// What the requests' half tells the other one.
#[derive(Debug)]
pub enum ToAnswers {
    /// The client has sent SETTINGS.
    Settings {
        /// The size of the dynamic table of answers' blocks, if it sets one.
        table: Option<u32>,
        /// The window of streams, if it sets one.
        window: Option<u32>,
    },
    /// The client has sent a WINDOW_UPDATE.
    Window {
        /// The stream; 0 for the connection.
        stream: u32,
        /// By how much.
        increment: u32,
    },
    /// The upstream has been sent a WINDOW_UPDATE for the connection.
    ToldUpstream(u32),
    /// DATA of the client was swallowed: it needs so much of the connection's window back.
    Swallowed(u32),
    /// A request.
    Request(Box<Request>),
    /// The client has sent the end of its request on a stream.
    Ended(u32),
    /// The client has reset a stream.
    Cancelled(u32),
    /// The connection is passed on untouched from now on.
    Opaque,
    /// The connection must end, with this error code.
    GiveUp(u32),
}

/// A request.
#[derive(Debug)]
pub struct Request {
    /// Its stream.
    pub stream: u32,
    /// Its number on the connection, from 1.
    pub exchange: u64,
    /// The client has sent the end of it.
    pub has_ended: bool,
    /// What it asks for.
    pub asked: Asked,
    /// What happens to it.
    pub decision: Decision,
}

/// What the answers' half tells the other one.
#[derive(Debug)]
pub enum ToRequests {
    /// The upstream has set the size of the dynamic table of requests' blocks.
    TableSize(u32),
    /// DATA of the upstream was dropped: it needs so much of the connection's window back.
    Dropped(usize),
    /// So much padding of the upstream's DATA was dropped: it needs it back in the stream's window too.
    Unpadded {
        /// The stream.
        stream: u32,
        /// Bytes, with the one that gives the length.
        size: usize,
    },
    /// DATA of ours goes to the client: withhold so much of its later WINDOW_UPDATEs.
    Sent(usize),
    /// Cancel a stream at the upstream, and swallow what the client still sends on it.
    Abandon(u32),
    /// The connection is passed on untouched from now on.
    Opaque,
}
