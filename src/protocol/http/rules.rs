//! The rules of a proxy, and what they decide about a request and its answer.

use std::sync::Arc;

use super::action::Action;
use super::answer::Answer;
use super::counts::{HttpCounts, Skip};
use super::decision::{AnswerDecision, BodyPlan, Decision};
use super::fingerprint::Fingerprint;
use super::fit::is_encoded;
use super::marking::Marking;
use super::message::{Field, RequestHead, ResponseHead};
use super::origin::Origin;
use super::place::Place;
use super::rule::Rule;
use crate::engine::Direction;

/// The rules of a proxy. Immutable, except for the counts.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The rules, in the order in which their toxics were added.
    pub rules: Vec<Rule>,
    /// The origin that the proxy stands in for.
    pub origin: Option<Origin>,
    /// Counts of all requests of the proxy. They live as long as the proxy.
    pub counts: Arc<HttpCounts>,
    /// Frame connections from their first byte, though there may be no rule.
    pub from_start: bool,
}

impl Rules {
    /// Decides about a request. Called once for each, when its head is complete.
    pub fn decide(&self, request: &RequestHead<'_>, place: &Place) -> Decision {
        let mut same = Fingerprint::of(request, place);
        self.counts.count_seen(&mut same, place.now);
        self.counts.count_attempt(&same);
        // Allocates only if a rule acts.
        let mut acting: Vec<&Rule> = Vec::new();
        let mut is_matched = false;
        for rule in &self.rules {
            if let Some(acts) = rule.applies(request, place, &mut same) {
                is_matched = true;
                acting.extend(acts.then_some(rule));
            }
        }
        if is_matched {
            self.counts.count_matched();
        }
        let answers = acting
            .iter()
            .find_map(|rule| Some((*rule, rule.answer(place)?)));
        match answers {
            Some((rule, answer)) => {
                rule.count_given(&answer, place, &mut same);
                self.counts.count_given(&answer, &mut same, place.now);
                given(&acting, answer, place)
            }
            None => self.forwarded(&acting, request, place),
        }
    }

    /// What happens to a request that no rule answers.
    fn forwarded(&self, acting: &[&Rule], request: &RequestHead<'_>, place: &Place) -> Decision {
        let mut decision = Decision::default();
        let origin = self.origin.as_ref();
        let redirects = origin.is_some_and(|origin| origin.locations.is_some());
        decision.host = redirects.then(|| request.host.into());
        let host = origin.and_then(|origin| origin.host.as_ref());
        let host = host.map(|host| ("Host".to_owned(), Some(host.clone())));
        decision.request_fields.extend(host);
        for rule in acting {
            decision.asks_identity |= rule.looks_at_text();
            match &*rule.action {
                Action::Respond(_) | Action::RateLimit { .. } => {}
                Action::Headers(edit) if edit.of == Direction::Upstream => {
                    let fields = edit.fields.iter().cloned();
                    decision.request_fields.extend(fields);
                    decision.acted = true;
                    rule.count_acted(place);
                }
                _ => decision.waiting.push((*rule).clone()),
            }
        }
        if decision.acted {
            self.counts.count_acted();
        }
        decision
    }

    /// Decides about the final answer to a request that was forwarded. Called once for each, when its
    /// head is complete. `self` may be newer than the rules that decided about the request.
    pub fn decide_answer(
        &self,
        decision: &Decision,
        response: &ResponseHead<'_>,
        place: &Place,
    ) -> AnswerDecision {
        let mut answer = AnswerDecision {
            marking: Marking::of(place.exchange),
            ..AnswerDecision::default()
        };
        answer.fields.extend(self.location(decision, response));
        let mut plan = BodyPlan::default();
        let acting = decision.waiting.iter();
        let acting = acting.filter(|rule| self.has(rule) && self.acts_on(rule, response));
        let acting: Vec<&Rule> = acting.collect();
        for rule in &acting {
            rule.act_on_answer(&mut answer, &mut plan);
        }
        let status = answer.status.unwrap_or(response.status);
        for rule in &acting {
            rule.count_acted(place);
            rule.counts.count_status(status);
        }
        if !acting.is_empty() && !decision.acted {
            self.counts.count_acted();
        }
        self.counts.count_status(status);
        if let Some(changed) = answer.status {
            plan.keep_framing(response.status, changed);
        }
        answer.body = (!plan.is_nothing()).then(|| Arc::new(plan));
        answer
    }

    /// Whether the toxic of a rule that waited for an answer is still there.
    fn has(&self, rule: &Rule) -> bool {
        let mut own = self.rules.iter();
        own.any(|own| own.toxic.id == rule.toxic.id)
    }

    /// Whether a rule that waited for an answer acts on this one.
    fn acts_on(&self, rule: &Rule, response: &ResponseHead<'_>) -> bool {
        if !rule.matching.fits_answer(response) {
            return false;
        }
        let is_readable = !rule.looks_at_text() || !is_encoded(response);
        if !is_readable {
            rule.counts.count_skip(Skip::Encoded);
            self.counts.count_skip(Skip::Encoded);
        }
        is_readable
    }

    /// The `Location` to write in place of one that leads past the proxy.
    fn location(
        &self,
        decision: &Decision,
        response: &ResponseHead<'_>,
    ) -> Option<(String, Option<String>)> {
        let locations = self.origin.as_ref()?.locations.as_ref()?;
        let host = decision.host.as_deref().unwrap_or_default();
        let location = locations.rewritten(response.field("location")?, host)?;
        Some(("Location".to_owned(), Some(location)))
    }
}

/// What happens to a request that a rule answers: toxics are shown the answer.
fn given(acting: &[&Rule], answer: Arc<Answer>, place: &Place) -> Decision {
    let mut marking = Marking::of(place.exchange);
    let fields = answer.headers.iter().map(|(name, value)| Field {
        name,
        value: value.as_bytes(),
    });
    let fields: Vec<Field<'_>> = fields.collect();
    let head = ResponseHead {
        status: answer.status,
        fields: &fields,
    };
    for rule in acting {
        if matches!(*rule.action, Action::Mark) && rule.matching.fits_answer(&head) {
            marking.show(rule.toxic.id, &rule.matching);
            rule.count_acted(place);
            rule.counts.count_status(answer.status);
        }
    }
    Decision {
        answer: Some(answer),
        marking,
        ..Decision::default()
    }
}

#[cfg(test)]
mod tests;
