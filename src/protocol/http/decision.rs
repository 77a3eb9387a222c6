//! What happens to a request, and to the answer that it gets.

use std::sync::Arc;

use bytes::Bytes;

use super::answer::Answer;
use super::marking::Marking;
use super::matching::AfterPart;
use super::rule::Rule;

/// Fields to set and to remove, in this order. A name is compared without regard to case; `None`
/// removes every field with this name.
pub type FieldEdits = Vec<(String, Option<String>)>;

/// What happens to a request. The default is nothing.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// The answer to give in place of the upstream, which then never sees the request. Its
    /// `retry_after` is filled in.
    pub answer: Option<Arc<Answer>>,
    /// Changes to the fields of the request that is forwarded.
    pub request_fields: FieldEdits,
    /// The toxics that are shown the answer that is given in place of the upstream's. For an answer of
    /// the upstream, see [`AnswerDecision::marking`].
    pub marking: Marking,
    /// Ask the upstream for a body that is not encoded (`Accept-Encoding: identity`), because rules
    /// look into it or change it.
    pub asks_identity: bool,
    /// The `Host` of the request, if redirects to the upstream are pointed back at the proxy.
    pub(super) host: Option<Box<str>>,
    /// The rules that act on the upstream's answer.
    pub(super) waiting: Vec<Rule>,
    /// Whether the request counts as one that was acted on.
    pub(super) acted: bool,
}

impl Decision {
    /// Whether there is nothing to do, neither with the request nor with its answer.
    #[allow(dead_code, reason = "for tests")]
    pub fn is_nothing(&self) -> bool {
        self.answer.is_none()
            && self.request_fields.is_empty()
            && self.marking.is_nothing()
            && self.waiting.is_empty()
            && self.host.is_none()
    }
}

/// What happens to an answer of the upstream. The default is nothing.
#[derive(Clone, Debug, Default)]
pub struct AnswerDecision {
    /// The new status.
    pub status: Option<u16>,
    /// Changes to its fields. If the body is replaced, they say how the new one is encoded.
    pub fields: FieldEdits,
    /// Changes to its body.
    pub body: Option<Arc<BodyPlan>>,
    /// The toxics that are shown it, or parts of it.
    pub marking: Marking,
}

impl AnswerDecision {
    /// Whether there is nothing to do.
    #[allow(dead_code, reason = "for tests")]
    pub fn is_nothing(&self) -> bool {
        self.status.is_none()
            && self.fields.is_empty()
            && self.body.is_none()
            && self.marking.is_nothing()
    }
}

/// Changes to the body of an answer. Positions count bytes of the body behind any encoding of the
/// transfer, or server-sent events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyPlan {
    /// The whole new body. The upstream's body is read to its end and dropped. The changes below
    /// apply to the new body.
    pub replace: Option<Bytes>,
    /// Bytes that are put in, in the order of the rules. Each is put in once.
    pub inserts: Vec<Insert>,
    /// Where the body ends early, as if it were whole. The first place that is reached counts.
    pub cuts: Vec<BodyCut>,
}

/// Bytes that are put into a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// Where; `None` for the end of the body. If the body ends before that place, nothing is put in.
    pub at: Option<AfterPart>,
    /// The bytes. May be empty.
    pub bytes: Bytes,
    /// Before the bytes, send the last whole server-sent event before that place again, so often.
    pub repeat_event: u32,
}

/// A place at which a body ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyCut {
    /// The place from which `bytes` counts; `None` for the start of the body.
    pub after: Option<AfterPart>,
    /// So many bytes behind it are the last.
    pub bytes: u64,
}

impl BodyPlan {
    /// Whether any place in it is counted in server-sent events.
    pub fn counts_events(&self) -> bool {
        let is_events = |at: Option<AfterPart>| matches!(at, Some(AfterPart::Events(_)));
        let insert = |one: &Insert| is_events(one.at) || one.repeat_event > 0;
        self.inserts.iter().any(insert) || self.cuts.iter().any(|one| is_events(one.after))
    }

    /// Whether the body stays as it is.
    pub fn is_nothing(&self) -> bool {
        self.replace.is_none() && self.inserts.is_empty() && self.cuts.is_empty()
    }

    /// Makes the body right for a status that was changed. A client expects no body with some statuses,
    /// and would take it for the next answer; with others it would wait for one that never comes.
    pub(super) fn keep_framing(&mut self, before: u16, after: u16) {
        // RFC 9112, section 6.3.
        let has_none = |status: u16| matches!(status, 204 | 304);
        if has_none(after) {
            *self = BodyPlan::default();
        }
        if has_none(after) || has_none(before) {
            self.replace.get_or_insert_default();
        }
    }
}
