//! The parts of a body on the wire.

/// A run of bytes of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its bytes, at the start of those that were shown. 0 only if none were, or the message has ended.
    pub len: usize,
    /// What they are.
    pub kind: PartKind,
}

/// What a run of bytes of a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// The content.
    Payload,
    /// Lines around chunks, and the last chunk.
    Framing,
    /// What follows the last chunk: the trailers, and the empty line behind them.
    Trailers,
}
