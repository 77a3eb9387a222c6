//! Changes a body as it passes: its content by a plan, and the framing around it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::body::BodyReader;
use super::message::BodyFraming;
use super::part::PartKind;
use super::refusal::Refusal;
use crate::protocol::content::{ContentEditor, ContentStep};
use crate::protocol::http::BodyPlan;

/// Changes the body of one answer as it passes, and keeps none of it. It is made by
/// [`edit_answer`](super::edit_answer).
#[derive(Clone, Debug)]
pub struct BodyEditor {
    /// Follows the upstream's body.
    reader: BodyReader,
    content: Option<ContentEditor>,
    stage: Stage,
    /// Whether chunks are written.
    chunked: bool,
    queue: VecDeque<Edited>,
    upstream_ended: bool,
    whole: bool,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The content is the upstream's.
    Upstream,
    /// The content is this.
    Given(Bytes),
    /// The client has the content, and gets the upstream's trailers.
    Trailers,
    /// The client has the whole message.
    Rest,
}

/// What to do next with the upstream's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// So many bytes at the front go to the client.
    Pass(usize),
    /// So many bytes at the front do not.
    Drop(usize),
    /// These go to the client before what is at the front.
    Insert(Bytes),
    /// Show what follows.
    More,
    /// The upstream's message is over. What is at the front belongs to the next.
    Done,
}

impl BodyEditor {
    /// Changes the upstream's content by a plan. If `chunked`, it is written in chunks.
    pub(super) fn of_upstream(framing: BodyFraming, plan: &Arc<BodyPlan>, chunked: bool) -> Self {
        let content = Some(ContentEditor::new(plan));
        Self::new(framing, content, Stage::Upstream, chunked)
    }

    /// Drops the upstream's content, and gives this one, changed by a plan.
    pub(super) fn of_given(framing: BodyFraming, given: Bytes, plan: &Arc<BodyPlan>) -> Self {
        let content = Some(ContentEditor::new(plan));
        Self::new(framing, content, Stage::Given(given), false)
    }

    /// Drops the upstream's content.
    pub(super) fn of_nothing(framing: BodyFraming) -> Self {
        let mut editor = Self::new(framing, None, Stage::Rest, false);
        editor.whole = true;
        editor
    }

    fn new(
        framing: BodyFraming,
        content: Option<ContentEditor>,
        stage: Stage,
        chunked: bool,
    ) -> Self {
        BodyEditor {
            reader: BodyReader::new(framing),
            content,
            stage,
            chunked,
            queue: VecDeque::new(),
            upstream_ended: false,
            whole: false,
        }
    }

    /// What to do with these bytes, which are at the front of what the upstream sent and are not passed
    /// or dropped yet. Call it, also without bytes, until it wants more or is done.
    ///
    /// # Errors
    /// A chunk or the trailers are wrong. The client has got a part of another message than the
    /// upstream's, so the connection must be cut.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Edited, Refusal> {
        loop {
            if let Some(edited) = self.queue.pop_front() {
                return Ok(edited);
            }
            let edited = match &self.stage {
                Stage::Given(_) => self.given(),
                Stage::Upstream => self.upstream(bytes)?,
                Stage::Trailers | Stage::Rest => return self.rest(bytes),
            };
            if let Some(edited) = edited {
                return Ok(edited);
            }
        }
    }

    /// The upstream has sent its last byte. What is left to be put in is told by
    /// [`BodyEditor::next`], and then `Done`.
    pub fn end(&mut self) {
        self.upstream_ended = true;
    }

    /// Whether the client has got a whole message, as its framing says; with a body until the end of
    /// the connection, whether the connection must end.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    fn given(&mut self) -> Option<Edited> {
        let (Stage::Given(rest), Some(content)) = (&mut self.stage, &mut self.content) else {
            return None;
        };
        match content.next(rest) {
            ContentStep::Pass(len) => return Some(Edited::Insert(rest.split_to(len))),
            ContentStep::Insert(bytes) => return Some(Edited::Insert(bytes)),
            ContentStep::More => content.finish(),
            ContentStep::End => {
                self.whole = true;
                self.stage = Stage::Rest;
            }
        }
        None
    }

    /// One step through the upstream's content. `None` if the stage has changed.
    fn upstream(&mut self, bytes: &[u8]) -> Result<Option<Edited>, Refusal> {
        // A copy: how far the reader may go is for the content's editor to say.
        let mut ahead = self.reader;
        let part = ahead.next(bytes)?;
        let Some(content) = &mut self.content else {
            return Ok(None);
        };
        let ends = self.reader.is_done() || self.upstream_ended && bytes.is_empty();
        if ends && !self.reader.may_end() {
            return Ok(Some(Edited::Done));
        }
        if part.len > 0 && part.kind == PartKind::Framing {
            self.reader = ahead;
            return Ok(Some(Edited::Drop(part.len)));
        }
        let trailers = part.len > 0 && part.kind == PartKind::Trailers;
        if ends || trailers {
            content.finish();
        }
        let payload = match part.kind {
            PartKind::Payload => bytes.get(..part.len).unwrap_or_default(),
            PartKind::Framing | PartKind::Trailers => &[],
        };
        match content.next(payload) {
            ContentStep::Pass(len) => {
                self.reader.advance(bytes.get(..len).unwrap_or(bytes))?;
                self.write(len, Edited::Pass(len));
            }
            ContentStep::Insert(bytes) => self.write(bytes.len(), Edited::Insert(bytes)),
            ContentStep::More => return Ok(Some(Edited::More)),
            ContentStep::End => self.end_content(trailers),
        }
        Ok(None)
    }

    /// Writes a part of the content, as a chunk if there are chunks.
    fn write(&mut self, len: usize, content: Edited) {
        if !self.chunked {
            return self.queue.push_back(content);
        }
        let line = Edited::Insert(Bytes::from(format!("{len:x}\r\n")));
        let end = Edited::Insert(Bytes::from_static(b"\r\n"));
        self.queue.extend([line, content, end]);
    }

    fn end_content(&mut self, trailers: bool) {
        let last: &'static [u8] = match (self.chunked, trailers) {
            (true, true) => b"0\r\n",
            (true, false) => b"0\r\n\r\n",
            (false, _) => b"",
        };
        if !last.is_empty() {
            self.queue
                .push_back(Edited::Insert(Bytes::from_static(last)));
        }
        self.whole = !trailers;
        self.stage = match trailers {
            true => Stage::Trailers,
            false => Stage::Rest,
        };
    }

    fn rest(&mut self, bytes: &[u8]) -> Result<Edited, Refusal> {
        let len = self.reader.advance(bytes)?.len;
        let trailers = matches!(self.stage, Stage::Trailers);
        self.whole |= trailers && self.reader.is_done();
        match (len, trailers) {
            (0, _) if self.reader.is_done() || self.upstream_ended => Ok(Edited::Done),
            (0, _) => Ok(Edited::More),
            (len, true) => Ok(Edited::Pass(len)),
            (len, false) => Ok(Edited::Drop(len)),
        }
    }
}
