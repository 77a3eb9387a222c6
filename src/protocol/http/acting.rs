//! What one rule does to a request and its answer.

use std::sync::Arc;

use super::action::{Action, BodyEdit};
use super::answer::{Answer, RetryAfter};
use super::decision::{AnswerDecision, BodyCut, BodyPlan, Insert};
use super::fingerprint::Fingerprint;
use super::matching::AfterPart;
use super::message::RequestHead;
use super::place::Place;
use super::rule::Rule;

impl Rule {
    /// Whether it acts on a request, as far as that can be told without the answer; `None` if it does
    /// not match. Counts the request, and so must be asked once for each.
    pub(super) fn applies(
        &self,
        request: &RequestHead<'_>,
        place: &Place,
        same: &mut Fingerprint<'_>,
    ) -> Option<bool> {
        if !self.toxic.scope.covers(place.identity) {
            return None;
        }
        self.counts.count_seen(same, place.now);
        if !self.matching.fits_request(request) {
            return None;
        }
        self.counts.count_matched();
        let number = self.state.next_request();
        Some(self.matching.fits_number(number) && self.draws(place))
    }

    /// The answer that it gives in place of the upstream. Counts against a quota.
    pub(super) fn answer(&self, place: &Place) -> Option<Arc<Answer>> {
        match &*self.action {
            Action::Respond(answer) => Some(Arc::clone(answer)),
            Action::RateLimit {
                requests,
                window,
                answer,
            } => {
                let time = self.state.over_quota(*requests, *window, place.now)?;
                let retry_after = answer.retry_after;
                let retry_after = retry_after.map(|one| RetryAfter { time, ..one });
                let answer = Answer::clone(answer);
                Some(Arc::new(Answer {
                    retry_after,
                    ..answer
                }))
            }
            _ => None,
        }
    }

    /// Whether it must read the text of the answer's body.
    pub(super) fn looks_at_text(&self) -> bool {
        let counts_events =
            self.matching.split_events || matches!(self.matching.after, Some(AfterPart::Events(_)));
        match &*self.action {
            Action::Body(edit) => counts_events || edit.changes_text(),
            Action::Mark | Action::Truncate(_) => counts_events,
            _ => false,
        }
    }

    /// Adds what it does to an answer that fits.
    pub(super) fn act_on_answer(&self, answer: &mut AnswerDecision, plan: &mut BodyPlan) {
        match &*self.action {
            Action::Mark => answer.marking.show(self.toxic.id, &self.matching),
            Action::Status(edit) => {
                answer.status = Some(edit.status);
                if let Some(body) = &edit.body {
                    self.edit_body(body, answer, plan);
                }
            }
            Action::Headers(edit) => answer.fields.extend(edit.fields.iter().cloned()),
            Action::Body(edit) => self.edit_body(edit, answer, plan),
            Action::Truncate(cut) => plan.cuts.push(BodyCut {
                after: self.matching.after,
                bytes: cut.bytes,
            }),
            Action::Respond(_) | Action::RateLimit { .. } => {}
        }
    }

    fn edit_body(&self, edit: &BodyEdit, answer: &mut AnswerDecision, plan: &mut BodyPlan) {
        let after = self.matching.after;
        if let Some(body) = &edit.replace {
            plan.replace = Some(body.clone());
        }
        if edit.insert.is_some() || edit.repeat_event > 0 {
            plan.inserts.push(Insert {
                at: after,
                bytes: edit.insert.clone().unwrap_or_default(),
                repeat_event: edit.repeat_event,
            });
        }
        let cut = edit.truncate.map(|bytes| BodyCut { after, bytes });
        plan.cuts.extend(cut);
        let fields = [
            ("Content-Type", &edit.content_type),
            ("Content-Encoding", &edit.content_encoding),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                let value = Some(value.clone()).filter(|value| !value.is_empty());
                answer.fields.push((name.to_owned(), value));
            }
        }
    }

    /// Counts an answer of its own.
    pub(super) fn count_given(&self, answer: &Answer, place: &Place, same: &mut Fingerprint<'_>) {
        self.counts.count_given(answer, same, place.now);
        self.touch(place);
        if answer.close || answer.raw.is_some() {
            self.toxic.stats.count_closed();
        }
    }

    /// Counts a request that it acted on.
    pub(super) fn count_acted(&self, place: &Place) {
        self.counts.count_acted();
        // A stage counts what it is shown.
        if !matches!(*self.action, Action::Mark) {
            self.touch(place);
        }
    }

    fn touch(&self, place: &Place) {
        if self.state.touched.is_new(place.identity.connection) {
            self.toxic.stats.count_connection();
        }
    }
}

impl BodyEdit {
    /// Whether it depends on the text of the upstream's body.
    fn changes_text(&self) -> bool {
        let changes = self.insert.is_some() || self.repeat_event > 0 || self.truncate.is_some();
        changes && self.replace.is_none()
    }
}
