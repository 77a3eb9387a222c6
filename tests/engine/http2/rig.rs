//! A connection through the filter, with frames written and read by hand.

use std::sync::Arc;

use aconite::engine::sim::Duplex;
use aconite::engine::{Direction, DrawKey, Plan};
use aconite::protocol::http::{Action, Answer, HttpMatch, Pattern, Rule, Rules};
use aconite::protocol::http2::PREFACE;
use aconite::protocol::http2::frame::{flag, kind};
use aconite::protocol::intercept::interceptor;

use super::frames::{frame, read, settings};
use crate::harness::book::Book;
pub use Direction::{Downstream, Upstream};

/// The plan of a proxy with these rules. The revision grows with each change of them.
pub fn plan(rules: &Arc<Rules>, revision: u64) -> Plan {
    let interceptor = interceptor(1000, revision, DrawKey::of_seed(1), Arc::clone(rules));
    Plan {
        interceptor: Some(interceptor),
        ..Plan::default()
    }
}

/// Rules, in order.
pub fn rules(rules: Vec<Rule>) -> Arc<Rules> {
    Arc::new(Rules {
        rules,
        ..Rules::default()
    })
}

/// Requests with this path.
pub fn path(pattern: &str) -> HttpMatch {
    HttpMatch {
        path: Some(Pattern::new(pattern).unwrap()),
        ..HttpMatch::default()
    }
}

/// A rule without a toxic that acts on streams.
pub fn rule(id: u64, matching: HttpMatch, action: Action) -> Rule {
    let mut book = Book::new(1);
    book.add("rule", "noop", &[], 1.0);
    book.planned("rule").id = id;
    Rule::new(Arc::clone(&book.plan().downstream[0]), matching, action)
}

/// A rule by which a toxic acts on the streams of these requests.
pub fn mark(id: u64, matching: HttpMatch, kind: &str, attributes: &[(&str, i64)]) -> Rule {
    let mut book = Book::new(1);
    book.add("rule", kind, attributes, 1.0);
    book.planned("rule").id = id;
    let toxic = Arc::clone(&book.plan().downstream[0]);
    Rule::new(toxic, matching, Action::Mark)
}

/// An answer with this status and body.
pub fn answer(status: u16, body: impl Into<bytes::Bytes>) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.into(),
        raw: None,
        retry_after: None,
        close: false,
        grpc_status: None,
    }
}

/// A connection through the filter.
pub struct Rig {
    pub duplex: Duplex,
}

impl Rig {
    /// A connection whose client has sent its preface, and both peers empty SETTINGS.
    pub fn new(rules: &Arc<Rules>) -> Self {
        let mut rig = Rig {
            duplex: Duplex::new(&plan(rules, 1)),
        };
        rig.up(&[PREFACE, &settings(&[])].concat());
        rig.down(&settings(&[]));
        rig.down(&frame(kind::SETTINGS, flag::ACK, 0, b""));
        rig.forget();
        rig
    }

    /// The client sends.
    pub fn up(&mut self, bytes: &[u8]) -> &mut Self {
        self.duplex.push(Upstream, bytes.to_vec());
        self
    }

    /// The upstream sends.
    pub fn down(&mut self, bytes: &[u8]) -> &mut Self {
        self.duplex.push(Downstream, bytes.to_vec());
        self
    }

    pub fn run_ms(&mut self, ms: u64) -> &mut Self {
        self.duplex.run_ms(ms);
        self
    }

    /// What the client has got so far, a line for each frame.
    pub fn client(&self) -> String {
        read(
            &self
                .duplex
                .down
                .log
                .iter()
                .map(|(_, out)| out.clone())
                .collect::<Vec<_>>(),
        )
    }

    /// What the upstream has got so far.
    pub fn upstream(&self) -> String {
        read(
            &self
                .duplex
                .up
                .log
                .iter()
                .map(|(_, out)| out.clone())
                .collect::<Vec<_>>(),
        )
    }

    /// Forgets what was got so far. The tables of header blocks must be empty.
    pub fn forget(&mut self) {
        self.duplex.up.log.clear();
        self.duplex.down.log.clear();
    }
}

/// Gives this answer.
pub fn respond(answer: Answer) -> Action {
    Action::Respond(Arc::new(answer))
}
