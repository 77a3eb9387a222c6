//! The rules of a proxy that HTTP/2 knows.

use std::sync::Arc;

use super::fault::is_known;
use crate::engine::Identity;
use crate::protocol::http::{Rules, Skip};

/// The rules of a proxy without those that HTTP/2 does not know, which are never asked.
#[derive(Debug, Default)]
pub struct Known {
    all: Option<Arc<Rules>>,
    known: Arc<Rules>,
}

impl Known {
    /// The known ones among `rules`.
    pub fn of(&mut self, rules: &Arc<Rules>) -> Arc<Rules> {
        let is_same = self.all.as_ref().is_some_and(|all| Arc::ptr_eq(all, rules));
        if !is_same {
            self.known = match rules.rules.iter().all(is_known) {
                true => Arc::clone(rules),
                false => {
                    let mut known = Rules::clone(rules);
                    known.rules.retain(is_known);
                    known.into()
                }
            };
            self.all = Some(Arc::clone(rules));
        }
        Arc::clone(&self.known)
    }
}

/// A connection begins to speak HTTP/2: counts the rules that are not known there.
pub fn count_unknown(rules: &Rules, identity: Identity) {
    let unknown = rules.rules.iter().filter(|rule| !is_known(rule));
    let mut unknown = unknown
        .filter(|rule| rule.toxic.scope.covers(identity))
        .peekable();
    if unknown.peek().is_some() {
        rules.counts.count_skip(Skip::Http2);
    }
    unknown.for_each(|rule| rule.counts.count_skip(Skip::Http2));
}

/// A connection is passed on untouched from now on: counts all rules.
pub fn count_opaque(rules: &Rules, identity: Identity) {
    rules.counts.count_skip(Skip::Http2);
    let covered = rules
        .rules
        .iter()
        .filter(|rule| rule.toxic.scope.covers(identity));
    covered.for_each(|rule| rule.counts.count_skip(Skip::Http2));
}
