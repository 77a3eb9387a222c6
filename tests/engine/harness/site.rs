//! A proxy with HTTP rules, as a plan, and the two ends of a connection through it.

use std::sync::Arc;

use aconite::engine::sim::Duplex;
use aconite::engine::{Direction, DrawKey, Plan, PlannedToxic};
use aconite::protocol::http::{Action, Answer, HttpMatch, Pattern, Rule, Rules, Skip};
use aconite::protocol::intercept::{ConnectionHttp, interceptor};
use aconite::toxics::{Catalogue, Value};

/// The id of both halves.
pub const INTERCEPTOR: u64 = 1_000_000;

/// The rules and toxics of a proxy.
pub struct Site {
    pub proxy: DrawKey,
    pub rules: Rules,
    /// Toxics on the way to the client that see everything.
    pub toxics: Vec<Arc<PlannedToxic>>,
    last_id: u64,
    revision: u64,
}

impl Site {
    pub fn new(seed: u64) -> Self {
        Site {
            proxy: DrawKey::of_seed(seed).named("web"),
            rules: Rules::default(),
            toxics: Vec::new(),
            last_id: 0,
            revision: 0,
        }
    }

    fn planned(&mut self, name: &str, kind: &str, attributes: &[(&str, i64)]) -> PlannedToxic {
        let catalogue = Catalogue::default();
        let kind = catalogue.find(kind).expect("a kind");
        let attributes = attributes.iter();
        let attributes: Vec<(&str, Value)> = attributes
            .map(|(name, value)| (*name, Value::Integer(*value)))
            .collect();
        self.last_id += 1;
        self.revision += 1;
        let toxic = kind.make(&attributes).expect("values within range");
        PlannedToxic::new(self.last_id, name, self.proxy, toxic)
    }

    /// Adds a rule that does something to requests or answers.
    pub fn rule(&mut self, name: &str, matching: HttpMatch, action: Action) -> &mut Rule {
        let planned = self.planned(name, "noop", &[]);
        let rule = Rule::new(planned.into(), matching, action);
        self.rules.rules.push(rule);
        self.rules.rules.last_mut().expect("a rule")
    }

    /// Adds a toxic that is shown the answers to requests that match.
    pub fn mark(
        &mut self,
        (name, kind): (&str, &str),
        attributes: &[(&str, i64)],
        matching: HttpMatch,
    ) -> &mut Rule {
        let planned = self.planned(name, kind, attributes);
        let rule = Rule::new(planned.into(), matching, Action::Mark);
        self.rules.rules.push(rule);
        self.rules.rules.last_mut().expect("a rule")
    }

    /// Adds a toxic on the way to the client that sees everything.
    pub fn toxic(&mut self, name: &str, kind: &str, attributes: &[(&str, i64)]) {
        let planned = self.planned(name, kind, attributes);
        self.toxics.push(planned.into());
    }

    pub fn respond(&mut self, path: &str, answer: Answer) {
        self.rule("respond", path_is(path), Action::Respond(answer.into()));
    }

    /// Whatever has been changed is new to connections that are open.
    pub fn revise(&mut self) {
        self.revision += 1;
    }

    pub fn remove(&mut self, name: &str) {
        self.revise();
        self.rules.rules.retain(|rule| &*rule.toxic.name != name);
    }

    pub fn plan(&self) -> Plan {
        let marked = self.rules.rules.iter();
        let marked = marked.filter(|rule| matches!(*rule.action, Action::Mark));
        let marked = marked.map(|rule| Arc::new(rule.stage()));
        let rules = Arc::new(self.rules.clone());
        Plan {
            downstream: marked.chain(self.toxics.iter().cloned()).collect(),
            interceptor: Some(interceptor(INTERCEPTOR, self.revision, self.proxy, rules)),
            ..Plan::default()
        }
    }

    /// A connection on which nothing has moved.
    pub fn connect(&self) -> Duplex {
        Duplex::new(&self.plan())
    }

    pub fn skipped(&self, skip: Skip) -> u64 {
        let hits = self.rules.counts.hits();
        hits.skipped.get(&skip).copied().unwrap_or_default()
    }
}

/// Requests with this path.
pub fn path_is(path: &str) -> HttpMatch {
    HttpMatch {
        path: Some(Pattern::new(path).expect("a pattern")),
        ..HttpMatch::default()
    }
}

/// An answer with this status and body.
pub fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.to_owned().into(),
        raw: None,
        retry_after: None,
        close: false,
        grpc_status: None,
    }
}

/// What is shown of a connection.
pub fn shown(duplex: &Duplex) -> ConnectionHttp {
    let mut tallies = duplex.up.pipeline.tallies();
    let (_, tally) = tallies
        .find(|(toxic, _)| toxic.id == INTERCEPTOR)
        .expect("an interceptor");
    ConnectionHttp::of_published(tally.published())
}

/// The two ends of a connection, as they write and read text.
pub trait Ends {
    fn ask(&mut self, text: &str) -> &mut Self;
    fn reply(&mut self, text: &str) -> &mut Self;
    fn asked(&self) -> String;
    fn replied(&self) -> String;
}

impl Ends for Duplex {
    fn ask(&mut self, text: &str) -> &mut Self {
        self.push(Direction::Upstream, text.to_owned())
    }

    fn reply(&mut self, text: &str) -> &mut Self {
        self.push(Direction::Downstream, text.to_owned())
    }

    fn asked(&self) -> String {
        String::from_utf8(self.up.bytes()).expect("text")
    }

    fn replied(&self) -> String {
        String::from_utf8(self.down.bytes()).expect("text")
    }
}
