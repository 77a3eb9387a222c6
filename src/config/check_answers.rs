//! Finds toxics of a proxy in a config file that never act because another one answers every request.

use super::check::Check;
use super::listed::ListedToxic;
use crate::control::{HttpMatch, NewToxic};

/// The kinds that give an answer; the first one that fires does.
const ANSWERS: [&str; 2] = ["respond", "rate_limit"];
/// The kinds that change a request on its way to the upstream, or the upstream's answer.
const CHANGES: [&str; 3] = ["status_code", "header", "modify_body"];

impl Check<'_> {
    /// Warns about toxics that never act because another one answers every request.
    pub(super) fn never_reached(&mut self) {
        let all = &self.listed;
        let Some(first) = all.iter().position(|toxic| answers_all(&toxic.new)) else {
            return;
        };
        let is_hidden = |(index, toxic): &(usize, &ListedToxic<'_>)| {
            let kind = toxic.new.kind.as_str();
            CHANGES.contains(&kind) || (*index > first && ANSWERS.contains(&kind))
        };
        let hidden = all.iter().enumerate().filter(is_hidden);
        let hidden: Vec<_> = hidden
            .map(|(_, toxic)| (toxic.raw, toxic.path.clone()))
            .collect();
        let Some(answering) = all.get(first).map(|toxic| toxic.path.clone()) else {
            return;
        };
        for (raw, path) in hidden {
            let problem = format!(
                "it never acts, because {answering} answers every request; give that one a match.http or a toxicity"
            );
            self.tell(raw.get(), &path, problem, false);
        }
    }
}

/// Whether a toxic answers every request at all times.
fn answers_all(new: &NewToxic) -> bool {
    let options = &new.options;
    let is_timed = [options.duration, options.start_after, options.every];
    let is_restricted = options.matching.as_ref().is_some_and(|matching| {
        let http = matching.http.as_deref();
        let scope = &matching.scope;
        let is_scoped = !scope.clients.is_empty() || !scope.connections.is_empty();
        is_scoped || http.is_some_and(|http| *http != HttpMatch::default())
    });
    new.kind == "respond"
        && new.toxicity.is_none_or(|toxicity| toxicity >= 1.0)
        && is_timed.iter().all(Option::is_none)
        && !is_restricted
}
