//! What the answers half remembers of one connection, and whose turn it is.

use std::collections::VecDeque;
use std::sync::Arc;

use super::body::Body;
use super::given::{self, bad_gateway};
use super::notes::{Expected, Forwarded, FromAnswers, Given};
use crate::engine::{Ending, Note, Outlet, UpstreamUnreachable};
use crate::protocol::http::{Marking, Rules};
use crate::protocol::http1::HeadReader;
use crate::protocol::http2;

/// What the answers half remembers of one connection.
#[derive(Debug, Default)]
pub struct Answering {
    /// What is expected, in order. The first is the one that is being answered.
    pub(super) queue: VecDeque<Expected>,
    /// The body of the first one's answer, once its head has been handled.
    pub(super) body: Option<Box<Body>>,
    pub(super) reader: HeadReader,
    /// Present if the connection speaks HTTP/2, or if the upstream does, as far as can be told.
    pub(super) http2: Option<Box<http2::Answers>>,
    /// Answers of ours that have not left yet, and their bytes.
    leaving: u32,
    held: usize,
    pub(super) unreachable: Option<Arc<UpstreamUnreachable>>,
    pub(super) client_ended: bool,
    /// Nothing more is answered.
    pub(super) ended: bool,
}

impl Answering {
    /// The first exchange is over; gives the answers whose turn it is then.
    pub(super) fn complete(&mut self, rules: &Rules, out: &mut Outlet<'_>) {
        self.body = None;
        self.queue.pop_front();
        let (exchanges, held) = (1, 0);
        out.tell(Note::new(FromAnswers::Done { exchanges, held }));
        self.give(rules, out);
    }

    /// Gives the answers whose turn it is.
    pub(super) fn give(&mut self, rules: &Rules, out: &mut Outlet<'_>) {
        while !self.ended && self.body.is_none() {
            let Some(given) = self.next_given(rules, out) else {
                break;
            };
            let closes = given.closes;
            self.leaving += 1;
            self.held += given.bytes.len();
            given::send(given, out);
            out.report_sent();
            if closes {
                self.close(out);
            }
        }
    }

    /// Takes the next answer of ours out of the queue, if it is its turn.
    fn next_given(&mut self, rules: &Rules, out: &mut Outlet<'_>) -> Option<Given> {
        let unreachable = self.unreachable.clone();
        match (self.queue.front(), unreachable) {
            (Some(Expected::Given(_)), _) | (Some(Expected::Forwarded(_)), Some(_)) => {}
            (Some(Expected::Close), _) | (Some(Expected::Raw), Some(_)) => self.close(out),
            (None, Some(_)) if self.client_ended => self.close(out),
            (None | Some(Expected::Forwarded(_) | Expected::Raw), _) => return None,
        }
        match (self.queue.pop_front()?, &self.unreachable) {
            (Expected::Given(given), _) => Some(*given),
            (Expected::Forwarded(forwarded), Some(unreachable)) => {
                Some(no_upstream(&forwarded, unreachable, rules))
            }
            _ => None,
        }
    }

    /// Closes the connection behind everything that was sent.
    pub(super) fn close(&mut self, out: &mut Outlet<'_>) {
        self.ended = true;
        self.body = None;
        self.queue.clear();
        out.end(Ending::Close);
    }

    /// Everything from the upstream passes from now on.
    pub(super) fn pass_all(&mut self) {
        self.body = None;
        self.queue.clear();
        self.queue.push_back(Expected::Raw);
    }

    /// Whether an answer of ours waits for its turn.
    pub(super) fn owes(&self) -> bool {
        let is_ours = |expected: &Expected| matches!(expected, Expected::Given(_));
        self.queue.iter().any(is_ours)
    }

    /// Everything that was given has left.
    pub(super) fn left(&mut self, out: &mut Outlet<'_>) {
        let exchanges = std::mem::take(&mut self.leaving);
        let held = std::mem::take(&mut self.held);
        if exchanges > 0 {
            out.tell(Note::new(FromAnswers::Done { exchanges, held }));
        }
    }
}

fn no_upstream(forwarded: &Forwarded, unreachable: &UpstreamUnreachable, rules: &Rules) -> Given {
    let answer = bad_gateway(unreachable);
    rules.counts.count_status(answer.status);
    forwarded.form.given(&answer, Marking::default())
}
