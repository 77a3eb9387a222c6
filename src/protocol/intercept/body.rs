//! The body of an answer of the upstream, on its way to the client.

use std::sync::Arc;

use bytes::Bytes;

use super::pieces::Pieces;
use crate::engine::{Chunk, Marks, Outlet};
use crate::protocol::http::Marking;
use crate::protocol::http1::{BodyEditor, BodyFraming, Edited, Refusal};

/// So many parts of a changed body may wait for their turn to leave.
const PARTS: usize = 64;

/// The body of an answer of the upstream, on its way to the client.
#[derive(Debug)]
pub(super) struct Body {
    /// The marks of the head.
    head_marks: Option<Arc<Marks>>,
    /// What changes it.
    editor: Option<Box<BodyEditor>>,
    /// The connection is closed behind it, as soon as the client has it.
    closes: bool,
    /// What the client gets.
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
    /// The connection must be closed: the client has the whole message and no other can follow, or it
    /// cannot get the rest of it.
    Closes,
}

impl Body {
    /// A body that the client gets with this framing.
    pub(super) fn new(
        framing: BodyFraming,
        (editor, closes): (Option<BodyEditor>, bool),
        marking: Marking,
    ) -> Self {
        Body {
            head_marks: marking.marks.clone(),
            editor: editor.map(Box::new),
            closes,
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
        self.editor.is_some()
    }

    /// Handles the part of a chunk that belongs to the next pieces of it. It begins at `from`; what is
    /// before that is sent along.
    pub(super) fn take(&mut self, from: usize, chunk: Chunk, out: &mut Outlet<'_>) -> Step {
        match self.editor.take() {
            Some(mut editor) => {
                let step = self.edit(&mut editor, chunk, out);
                self.editor = Some(editor);
                step
            }
            None => self.pass(from, chunk, out),
        }
    }

    fn pass(&mut self, from: usize, mut chunk: Chunk, out: &mut Outlet<'_>) -> Step {
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

    fn edit(&mut self, editor: &mut BodyEditor, mut chunk: Chunk, out: &mut Outlet<'_>) -> Step {
        let mut parts = 0;
        // Nothing would call again with no bytes: all that is put in is sent, however much it is.
        while parts < PARTS || chunk.bytes.is_empty() {
            parts += 1;
            let is_right = match editor.next(&chunk.bytes) {
                // The client has everything, be it since this step.
                Ok(Edited::Drop(_) | Edited::More | Edited::Done)
                    if self.closes && editor.is_whole() =>
                {
                    false
                }
                Ok(Edited::Pass(len)) => self.send(chunk.split_to(len), out),
                Ok(Edited::Insert(bytes)) => self.insert(bytes, out),
                Ok(Edited::Drop(len)) => {
                    out.swallow(chunk.split_to(len));
                    true
                }
                Ok(Edited::More) if chunk.bytes.is_empty() => return Step::More(chunk),
                Ok(Edited::Done) => return Step::Done(chunk),
                Ok(Edited::More) | Err(_) => false,
            };
            if !is_right {
                out.swallow(chunk);
                return Step::Closes;
            }
        }
        Step::More(chunk)
    }

    /// Sends bytes of the upstream's, in the pieces that toxics are to see. Returns whether they are
    /// framed as was announced.
    fn send(&mut self, mut part: Chunk, out: &mut Outlet<'_>) -> bool {
        while !part.bytes.is_empty() {
            let Some(piece) = self.next_piece(&part.bytes) else {
                return false;
            };
            let mut front = part.split_to(piece.0);
            front.marks = piece.1;
            out.send(front);
        }
        true
    }

    /// The same with bytes that did not come from the upstream.
    fn insert(&mut self, mut bytes: Bytes, out: &mut Outlet<'_>) -> bool {
        while !bytes.is_empty() {
            let Some((len, marks)) = self.next_piece(&bytes) else {
                return false;
            };
            out.insert(bytes.split_to(len), marks);
        }
        true
    }

    fn next_piece(&mut self, bytes: &[u8]) -> Option<(usize, Option<Arc<Marks>>)> {
        let piece = self.pieces.next(bytes).ok()?;
        (piece.len > 0).then_some((piece.len, piece.marks))
    }

    /// The upstream has ended. Sends what is put in at the end.
    pub(super) fn finish(mut self, out: &mut Outlet<'_>) {
        let Some(mut editor) = self.editor.take() else {
            return;
        };
        editor.end();
        while let Ok(Edited::Insert(bytes)) = editor.next(&[]) {
            self.insert(bytes, out);
        }
    }
}
