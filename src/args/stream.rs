//! The stream that a toxic acts on, as a command names it.

/// A direction of traffic, or both of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// From the client to the server.
    Upstream,
    /// From the server to the client.
    Downstream,
    /// Both, as two toxics.
    Both,
}

impl Stream {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Stream::Upstream => "upstream",
            Stream::Downstream => "downstream",
            Stream::Both => "both",
        }
    }
}
