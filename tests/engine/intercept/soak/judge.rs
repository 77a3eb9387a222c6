//! Whether what the peers get is what they are entitled to.

use aconite::engine::{Direction, Ending};
use aconite::protocol::http::{Action, BodyEdit};

use super::history::Record;
use super::message::Message;
use super::script::{Request, reply};
use super::talk::Talk;

/// What a rule may change of an answer that the upstream gives.
impl Record {
    fn answers(&self) -> bool {
        matches!(self.action, Action::Respond(_) | Action::RateLimit { .. })
    }

    fn headers(&self, of: Direction) -> bool {
        matches!(&self.action, Action::Headers(edit) if edit.of == of)
    }

    fn status(&self) -> Option<u16> {
        match &self.action {
            Action::Status(edit) => Some(edit.status),
            _ => None,
        }
    }

    fn edit(&self) -> Option<&BodyEdit> {
        match &self.action {
            Action::Body(edit) => Some(edit),
            Action::Status(edit) => edit.body.as_ref(),
            _ => None,
        }
    }

    fn cuts(&self) -> bool {
        let truncates = self.edit().is_some_and(|edit| edit.truncate.is_some());
        truncates || matches!(self.action, Action::Truncate(_))
    }

    /// It changes the status or the body.
    fn reframes(&self) -> bool {
        self.status().is_some() || self.edit().is_some() || self.cuts()
    }
}

impl Talk {
    /// An answer that the client got: the next in order.
    pub fn judge_answer(&self, answer: &Message, bytes: &[u8]) {
        let number = self.answers.len();
        let request = &self.requests[number];
        let entitled = || {
            self.history
                .within(request.class, self.begun[number], self.step)
        };
        let mut forwarded = self.asked.iter();
        let was_forwarded = forwarded.any(|(asked, _)| *asked == number);
        if let [tag] = answer.tags("x-rule-")[..] {
            assert!(!was_forwarded, "request {number} was answered twice");
            let mut entitled = entitled();
            let has = entitled.any(|one| one.tag == tag && one.answers());
            assert!(has, "rule {tag} answered request {number}");
            let text = format!("given {tag}").into_bytes();
            let is_right = answer.status == 503 || request.method == "HEAD" || answer.body == text;
            assert!(is_right, "{answer:?}");
            assert!(answer.closes() || !request.expects(), "{answer:?}");
            return;
        }
        assert!(
            !self.must_answer(request),
            "no rule answered request {number}"
        );
        if answer.status == 502 && self.unreachable {
            return assert_eq!(answer.number(), None);
        }
        assert_eq!(answer.number(), Some(number), "{answer:?}");
        let reply = reply(request);
        let edits = entitled().filter(|one| one.headers(Direction::Downstream));
        let edits: Vec<u64> = edits.map(|one| one.tag).collect();
        let changes_head = !edits.is_empty();
        for tag in answer.tags("x-edit-") {
            assert!(edits.contains(&tag), "rule {tag} edited answer {number}");
        }
        let reframes = entitled().any(Record::reframes);
        if !changes_head && !reframes {
            let (got, sent) = (bytes.escape_ascii(), reply.bytes.escape_ascii());
            return assert_eq!(got.to_string(), sent.to_string());
        }
        assert!(
            answer.field("x-drop").is_some() || changes_head,
            "{answer:?}"
        );
        let statuses = entitled().filter_map(Record::status);
        let mut statuses = statuses.chain([reply.status]);
        assert!(statuses.any(|status| status == answer.status), "{answer:?}");
        assert!(!answer.closes() || request.closes || reframes, "{answer:?}");
        if request.method != "HEAD" {
            judge_content(entitled(), answer, &reply.content);
        }
        if !reframes {
            assert_eq!(answer.trailers, reply.trailers);
        }
        self.judge_edits(request, answer);
    }

    fn is_followed(&self) -> bool {
        !self.sequential && !self.upstream.finished
    }

    /// A rule that answers every such request was in force all the time.
    fn must_answer(&self, request: &Request) -> bool {
        let from = self.begun[request.number];
        let mut rules = self.history.throughout(request.class, from, self.step);
        let must = |one: &Record| one.always && matches!(one.action, Action::Respond(_));
        self.is_followed() && rules.any(must)
    }

    /// The changes that cannot be missing.
    fn judge_edits(&self, request: &Request, answer: &Message) {
        if !self.is_followed() {
            return;
        }
        let from = self.begun[request.number];
        let rules = self.history.throughout(request.class, from, self.step);
        let tags = answer.tags("x-edit-");
        for rule in rules.filter(|one| one.always) {
            let is_done = !rule.headers(Direction::Downstream) || tags.contains(&rule.tag);
            assert!(is_done, "rule {} did not edit {answer:?}", rule.tag);
        }
    }

    /// A request that the upstream got.
    pub fn judge_request(&self, request: &Request, asked: &Message, bytes: &[u8]) {
        let number = request.number;
        let last = self.asked.last();
        assert!(
            last.is_none_or(|(last, _)| *last < number),
            "{number} behind {last:?}"
        );
        assert!(
            !self.must_answer(request),
            "{number} should have been answered by a rule"
        );
        let from = self.begun[number];
        let entitled = self.history.within(request.class, from, self.step);
        let headers = |one: &&Record| one.headers(Direction::Upstream);
        let edits: Vec<u64> = entitled
            .clone()
            .filter(headers)
            .map(|one| one.tag)
            .collect();
        let tags = asked.tags("x-up-");
        assert!(
            tags.iter().all(|tag| edits.contains(tag)),
            "{tags:?}, not {edits:?}"
        );
        for rule in self.history.throughout(request.class, from, self.step) {
            let must = rule.always && rule.headers(Direction::Upstream) && self.is_followed();
            assert!(
                !must || tags.contains(&rule.tag),
                "rule {} is missing",
                rule.tag
            );
        }
        let (head, body) = bytes.split_at(asked.head);
        let head = String::from_utf8(head.to_vec()).unwrap();
        let identity = entitled.clone().any(Record::reframes) || entitled.clone().any(is_mark);
        let is_ours = |line: &str| {
            line.starts_with("X-Up-") || identity && line == "Accept-Encoding: identity\r\n"
        };
        let lines = head.split_inclusive("\r\n");
        let kept: String = lines.filter(|line| !is_ours(line)).collect();
        let got = [kept.as_bytes(), body].concat();
        let (got, sent) = (got.escape_ascii(), request.bytes.escape_ascii());
        assert_eq!(got.to_string(), sent.to_string());
    }

    /// How the connection ended.
    pub fn judge_end(&self) {
        let ends = [self.client.ending, self.upstream.ending];
        let answered = self.answers.len() == self.requests.len();
        if ends.contains(&Some(Ending::Cut)) {
            assert!(self.may_be_cut, "cut with no answer owed");
            return;
        }
        if ends.contains(&Some(Ending::Close)) {
            assert_eq!(self.unread(), "", "closed in the middle of an answer");
            let said_so = self.answers.last().is_some_and(Message::closes);
            assert!(said_so || answered && self.unreachable && self.half_closes);
            return;
        }
        assert!(self.upstream.finished, "{ends:?} came from nowhere");
    }

    /// An exchange that a rule has acted on may be under way.
    pub fn may_owe(&self) -> bool {
        let requests = &self.requests[..self.begun.len()];
        requests.iter().any(|request| {
            // What is left of an answer that ended early must not reach the client either.
            let rests = !self.has_sent() || self.upstream.has_more();
            let open = request.number >= self.answers.len() || rests;
            let from = self.begun[request.number];
            let mut entitled = self.history.within(request.class, from, self.step);
            open && entitled.any(|one| one.answers() || one.reframes())
        })
    }
}

fn is_mark(record: &Record) -> bool {
    matches!(record.action, Action::Mark)
}

/// Whether the content is made of what the upstream sent and of what rules put there.
fn judge_content<'r>(
    entitled: impl Iterator<Item = &'r Record> + Clone,
    answer: &Message,
    sent: &str,
) {
    let mut got = String::from_utf8(answer.body.clone()).unwrap();
    let edits = || {
        entitled
            .clone()
            .filter_map(|one| Some((one.tag, one.edit()?)))
    };
    for (tag, _) in edits().filter(|(_, edit)| edit.insert.is_some()) {
        got = got.replace(&format!("<<{tag}>>"), "");
    }
    let cuts = entitled.clone().any(Record::cuts);
    let repeats = edits().any(|(_, edit)| edit.repeat_event > 0);
    let mut sources = edits().filter(|(_, edit)| edit.replace.is_some());
    let empties = answer.status == 204 || entitled.clone().any(|one| one.status() == Some(204));
    let given = sources.any(|(tag, _)| fits(&got, &format!("{{{{{tag}}}}}"), cuts, repeats));
    let is_right = given || fits(&got, sent, cuts, repeats) || empties && got.is_empty();
    assert!(is_right, "{got:?} instead of {sent:?}: {answer:?}");
}

/// Whether `got` is `sent`, or its start if it may be cut, apart from repeated events.
fn fits(got: &str, sent: &str, cuts: bool, repeats: bool) -> bool {
    let is_source = |got: &str| got == sent || cuts && sent.starts_with(got);
    if is_source(got) || !repeats {
        return is_source(got);
    }
    let mut once = got.to_owned();
    for event in sent.split("data: ").skip(1) {
        let event = &format!("data: {event}")[..];
        while let Some(again) = once.rfind(event).filter(|at| once.find(event) < Some(*at)) {
            once.replace_range(again..again + event.len(), "");
        }
    }
    is_source(&once)
}
