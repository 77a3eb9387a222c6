//! The body of an answer of the upstream, on its way to the client.

use std::sync::Arc;

use super::pieces::Pieces;
use crate::engine::{Chunk, Marks, Outlet};
use crate::protocol::http::Marking;
use crate::protocol::http1::{BodyFraming, Refusal};

/// The body of an answer of the upstream, on its way to the client.
#[derive(Debug)]
pub(super) struct Body {
    /// The marks of the head.
    head_marks: Option<Arc<Marks>>,
    pieces: Pieces,
}

/// How far a chunk has been handled; what is left of it.
pub(super) enum Step {
    /// The body goes on.
    More(Chunk),
    /// The body has ended.
    Done(Chunk),
    /// The rest is no body with this framing. Everything before it has been sent as it came.
    Refused(Refusal, Chunk),
}

impl Body {
    pub(super) fn new(framing: BodyFraming, marking: Marking) -> Self {
        Body {
            head_marks: marking.marks.clone(),
            pieces: Pieces::new(framing, marking),
        }
    }

    pub(super) fn head_marks(&self) -> Option<Arc<Marks>> {
        self.head_marks.clone()
    }

    /// Whether the head and the body may leave in one chunk.
    pub(super) fn joins_head(&self) -> bool {
        !self.edits() && !self.pieces.walks() && self.pieces.marks() == self.head_marks
    }

    /// Whether the client gets something else than what the upstream sends.
    pub(super) fn edits(&self) -> bool {
        false
    }

    /// Whether it has ended.
    pub(super) fn is_done(&self) -> bool {
        self.pieces.is_done()
    }

    /// Whether the client can tell its end only by the end of the connection.
    pub(super) fn ends_with_connection(&self) -> bool {
        false
    }

    /// Handles the part of a chunk that belongs to the next piece of it. It begins at `from`; what is
    /// before that is sent along.
    pub(super) fn take(&mut self, from: usize, mut chunk: Chunk, out: &mut Outlet<'_>) -> Step {
        match self
            .pieces
            .next(chunk.bytes.get(from..).unwrap_or_default())
        {
            Err(refusal) => Step::Refused(refusal, chunk),
            Ok(piece) => {
                let mut part = chunk.split_to(from + piece.len);
                part.marks = piece.marks;
                out.send(part);
                match piece.done {
                    true => Step::Done(chunk),
                    false => Step::More(chunk),
                }
            }
        }
    }
}
