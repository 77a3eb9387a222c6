//! What a decision about an answer means for its head and for the framing of its body.

use std::sync::Arc;

use bytes::Bytes;

use super::body_editor::BodyEditor;
use super::head::has_body;
use super::head_edit::HeadEdit;
use super::message::{BodyFraming, Method, Response, Version};
use crate::protocol::content::{ContentEditor, ContentStep, changed_length};
use crate::protocol::http::{AnswerDecision, BodyPlan};

/// Fields that are only right for the content that the upstream sent. A client that checks one would
/// see an error, and a cache would keep the wrong content.
const VALIDATORS: [&str; 5] = [
    "ETag",
    "Digest",
    "Content-MD5",
    "Content-Digest",
    "Repr-Digest",
];

/// An answer of the upstream as the client gets it.
#[derive(Clone, Debug)]
pub struct EditedAnswer<'d> {
    /// All changes of its head.
    pub head: HeadEdit<'d>,
    /// What changes its body; `None` if the body passes as it is.
    pub body: Option<BodyEditor>,
    /// The framing of the body that the client gets.
    pub framing: BodyFraming,
    /// Whether the connection must be closed behind the answer, though the upstream's does not say so.
    pub closes: bool,
}

/// Applies a decision to an answer of the upstream. `method` is that of its request, `client` the version
/// that the client speaks.
///
/// The message stays well-framed: a new length is announced, or the body is sent in chunks, or, to a client
/// or from an upstream that speaks HTTP/1.0, until the connection ends.
pub fn edit_answer<'d>(
    response: &Response<'_>,
    decision: &'d AnswerDecision,
    method: Method,
    client: Version,
) -> EditedAnswer<'d> {
    let mut head = HeadEdit::new();
    if let Some(status) = decision.status {
        head.status(status);
    }
    let status = decision.status.unwrap_or(response.head.status);
    let (had_body, has_one) = (
        has_body(method, response.head.status),
        has_body(method, status),
    );
    let is_head = method == Method::Head;
    // Other fields than those of an answer to GET would be wrong for HEAD.
    let describes = is_head && has_body(Method::Other, status);
    let changes = had_body || has_one || describes;
    let plan = decision.body.as_ref().filter(|_| changes);
    if let Some(plan) = plan {
        remove_old(&mut head, plan, response.head.status);
    }
    head.fields(&decision.fields);
    let mut answer = EditedAnswer {
        head,
        body: None,
        framing: response.framing,
        closes: false,
    };
    match (had_body, has_one, plan) {
        (false, false, Some(plan)) => answer.describe_to_head(plan),
        // No length goes with such a status (RFC 9110, section 8.6).
        (false, false, None) if is_head && !describes && decision.status.is_some() => {
            answer.remove_length();
        }
        (false, false, None) | (true, true, None) => {}
        (true, false, _) => answer.drop_body(response),
        (false, true, plan) => {
            answer.give(response, &plan.cloned().unwrap_or_default());
            // What follows is no longer HTTP/1.1.
            if response.tunnel {
                answer.close();
            }
        }
        (true, true, Some(plan)) if plan.replace.is_some() => answer.give(response, plan),
        (true, true, Some(plan)) => answer.change(response, plan, client),
    }
    answer
}

/// Removes the fields that are only right for the content that a plan changes.
fn remove_old(head: &mut HeadEdit<'_>, plan: &BodyPlan, status: u16) {
    for name in VALIDATORS {
        head.remove(name);
    }
    if plan.replace.is_some() {
        // The decision says how the new content is encoded, if it is.
        head.remove("Content-Encoding");
        if status == 206 {
            head.remove("Content-Range");
        }
    }
}

impl EditedAnswer<'_> {
    /// The head of the answer that GET would have got.
    fn describe_to_head(&mut self, plan: &BodyPlan) {
        match &plan.replace {
            Some(given) => self.set_length(given_length(plan, given)),
            // Both may be left out (RFC 9110, section 9.3.2).
            None => self.remove_length(),
        }
    }

    fn drop_body(&mut self, response: &Response<'_>) {
        self.remove_length();
        self.framing = BodyFraming::None;
        self.body = Some(BodyEditor::of_nothing(response.framing));
        self.close_if_endless(response);
    }

    fn give(&mut self, response: &Response<'_>, plan: &Arc<BodyPlan>) {
        let given = plan.replace.clone().unwrap_or_default();
        let length = given_length(plan, &given);
        self.set_length(length);
        self.framing = BodyFraming::Length(length);
        self.body = Some(BodyEditor::of_given(response.framing, given, plan));
        self.close_if_endless(response);
    }

    fn change(&mut self, response: &Response<'_>, plan: &Arc<BodyPlan>, client: Version) {
        let speaks_chunks = client.min(response.version) == Version::Http11;
        self.framing = match response.framing {
            BodyFraming::Length(length) => match changed_length(plan, length) {
                Some(length) => BodyFraming::Length(length),
                None if speaks_chunks => BodyFraming::Chunked,
                None => BodyFraming::UntilEnd,
            },
            same => same,
        };
        let had_length = matches!(response.framing, BodyFraming::Length(_));
        match self.framing {
            BodyFraming::Length(length) => {
                self.head.set("Content-Length", length.to_string());
            }
            BodyFraming::Chunked if had_length => {
                self.remove_length();
                self.head.set("Transfer-Encoding", "chunked");
            }
            BodyFraming::UntilEnd if had_length => {
                self.remove_length();
                self.close();
            }
            _ => {}
        }
        let chunked = self.framing == BodyFraming::Chunked;
        self.body = Some(BodyEditor::of_upstream(response.framing, plan, chunked));
        if !plan.cuts.is_empty() {
            self.close_if_endless(response);
        }
    }

    /// The client has the whole answer before the upstream has sent its own. If that may take for ever, the
    /// client's next request must not wait for it.
    fn close_if_endless(&mut self, response: &Response<'_>) {
        let content_type = response.head.field("content-type").unwrap_or_default();
        let kind = content_type.split(|byte| *byte == b';').next();
        let kind = kind.unwrap_or_default().trim_ascii();
        let is_stream = kind.eq_ignore_ascii_case(b"text/event-stream");
        if is_stream || response.framing == BodyFraming::UntilEnd {
            self.close();
        }
    }

    fn close(&mut self) {
        self.head.set("Connection", "close");
        self.closes = true;
    }

    fn set_length(&mut self, length: u64) {
        self.remove_length();
        self.head.set("Content-Length", length.to_string());
    }

    fn remove_length(&mut self) {
        for name in ["Content-Length", "Transfer-Encoding", "Trailer"] {
            self.head.remove(name);
        }
    }
}

/// The length of given content when it is changed by a plan.
fn given_length(plan: &BodyPlan, given: &Bytes) -> u64 {
    if let Some(length) = changed_length(plan, given.len() as u64) {
        return length;
    }
    let mut content = ContentEditor::new(&Arc::new(plan.clone()));
    let (mut rest, mut length) = (&given[..], 0_u64);
    loop {
        match content.next(rest) {
            ContentStep::Pass(len) => {
                rest = rest.get(len..).unwrap_or_default();
                length += len as u64;
            }
            ContentStep::Insert(bytes) => length += bytes.len() as u64,
            ContentStep::More => content.finish(),
            ContentStep::End => return length,
        }
    }
}
