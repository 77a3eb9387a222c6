//! Random rules, and when each was in force.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::{Direction, Plan, PlannedToxic};
use aconite::protocol::http::{
    Action, AfterPart, Answer, BodyEdit, HeaderEdit, HttpMatch, Per, Rule, StatusEdit, Truncation,
};

use super::Dice;
use crate::harness::site::{Site, answer, path_is};

/// A rule in one form, and the steps of the run between which it was in force.
#[derive(Clone, Debug)]
pub struct Record {
    pub tag: u64,
    pub name: String,
    pub action: Action,
    pub class: char,
    /// It acts on each request of its class, whatever the answer.
    pub always: bool,
    pub from: u64,
    pub to: u64,
}

/// The rules and toxics of a run.
pub struct History {
    pub site: Site,
    pub records: Vec<Record>,
    /// Toxics on the way to the upstream.
    pub uploads: Vec<Arc<PlannedToxic>>,
    tags: u64,
}

const NOW: u64 = u64::MAX;

impl History {
    pub fn new(seed: u64) -> Self {
        History {
            site: Site::new(seed),
            records: Vec::new(),
            uploads: Vec::new(),
            tags: 0,
        }
    }

    /// What a rule decides depends on when a request comes.
    pub fn counts_time(&self) -> bool {
        let mut actions = self.records.iter().map(|one| &one.action);
        actions.any(
            |action| matches!(action, Action::RateLimit { window, .. } if window.as_secs() < 60),
        )
    }

    pub fn is_empty(&self) -> bool {
        self.site.rules.rules.is_empty()
    }

    /// Without rules there is no interceptor.
    pub fn plan(&self) -> Plan {
        let plan = self.site.plan();
        Plan {
            upstream: self.uploads.clone(),
            interceptor: plan.interceptor.filter(|_| !self.is_empty()),
            ..plan
        }
    }

    /// Records that were in force at some time between two steps and concern requests of a class.
    pub fn within(&self, class: char, from: u64, to: u64) -> impl Iterator<Item = &Record> + Clone {
        let records = self.records.iter().filter(move |one| one.class == class);
        records.filter(move |one| one.from <= to && one.to >= from)
    }

    /// Those of them that were in force for all of the time.
    pub fn throughout(
        &self,
        class: char,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = &Record> + Clone {
        let records = self.within(class, from, to);
        records.filter(move |one| one.from < from && one.to > to)
    }

    pub fn add(&mut self, dice: &mut Dice, step: u64) {
        self.tags += 1;
        let (tag, name) = (self.tags, format!("rule {}", self.tags));
        let class = *dice.pick(&['a', 'b', 'c']);
        let (matching, narrow) = matching(dice, class);
        let action = action(dice, tag);
        let rule = match action {
            Action::Mark => mark(dice, &mut self.site, &name, matching),
            _ => self.site.rule(&name, matching, action.clone()),
        };
        let toxicity = *dice.pick(&[1.0, 1.0, 0.5, 0.0]);
        Arc::make_mut(&mut rule.toxic).toxicity = toxicity;
        self.records.push(Record {
            tag,
            name,
            action,
            class,
            always: !narrow && toxicity == 1.0,
            from: step,
            to: NOW,
        });
    }

    fn end(&mut self, name: &str, step: u64) -> Option<Record> {
        let mut records = self.records.iter_mut();
        let record = records.find(|one| one.name == name && one.to == NOW)?;
        record.to = step;
        Some(record.clone())
    }

    pub fn remove(&mut self, dice: &mut Dice, step: u64) {
        if let Some(rule) = self.any(dice) {
            self.end(&rule, step);
            self.site.remove(&rule);
        }
    }

    pub fn clear(&mut self, step: u64) {
        for record in self.records.iter_mut().filter(|one| one.to == NOW) {
            record.to = step;
        }
        self.site.rules.rules.clear();
        self.site.revise();
    }

    fn any(&self, dice: &mut Dice) -> Option<String> {
        let rules = &self.site.rules.rules;
        (!rules.is_empty()).then(|| dice.pick(rules).toxic.name.to_string())
    }

    /// Changes the toxicity of a rule, or what it does.
    pub fn change(&mut self, dice: &mut Dice, step: u64) {
        let Some(name) = self.any(dice) else { return };
        let mut record = self.end(&name, step).expect("a record");
        record.from = step;
        record.to = NOW;
        let mut rules = self.site.rules.rules.iter_mut();
        let rule = rules.find(|rule| *rule.toxic.name == *name).unwrap();
        let is_mark = matches!(record.action, Action::Mark);
        let toxic = Arc::make_mut(&mut rule.toxic);
        toxic.revision += 1;
        if is_mark || dice.one_in(2) {
            toxic.toxicity = *dice.pick(&[1.0, 0.5, 0.0]);
            record.always &= toxic.toxicity == 1.0;
        } else {
            self.tags += 1;
            record.tag = self.tags;
            while matches!(record.action, Action::Mark) || record.action == *rule.action {
                record.action = action(dice, self.tags);
            }
            rule.action = record.action.clone().into();
            rule.state = Arc::default();
        }
        self.records.push(record);
        self.site.revise();
    }

    /// Changes the toxics that see everything.
    pub fn change_network(&mut self, dice: &mut Dice) {
        match dice.below(4) {
            0 => self.site.toxics.clear(),
            1 => self.uploads.clear(),
            more => {
                let (kind, attributes) = gentle(dice);
                self.site.toxic("network", kind, &attributes);
                if more == 2 {
                    self.uploads.extend(self.site.toxics.pop());
                }
            }
        }
    }
}

/// A toxic that loses nothing.
fn gentle(dice: &mut Dice) -> (&'static str, Vec<(&'static str, i64)>) {
    match dice.below(3) {
        0 => ("latency", vec![("latency", dice.between(0, 400) as i64)]),
        1 => {
            let size = *dice.pick(&[9, 100]);
            ("slicer", vec![("average_size", size), ("delay", 100)])
        }
        _ => ("bandwidth", vec![("rate", *dice.pick(&[10, 500]))]),
    }
}

fn after(dice: &mut Dice) -> Option<AfterPart> {
    match dice.below(3) {
        0 => Some(AfterPart::Bytes(*dice.pick(&[0, 1, 30, 5000]))),
        1 => Some(AfterPart::Events(dice.between(0, 3))),
        _ => None,
    }
}

/// Also whether it fits only some of the requests of the class.
fn matching(dice: &mut Dice, class: char) -> (HttpMatch, bool) {
    let mut matching = path_is(&format!("/{class}/*"));
    let narrow = dice.one_in(3);
    if narrow {
        match dice.below(5) {
            0 => matching.nth = std::num::NonZero::new(2),
            1 => matching.requests = vec![1..=3],
            2 => matching.status = vec![200..=200],
            3 => matching.methods = vec!["POST".to_owned()],
            _ => matching.per = Per::Connection,
        }
    }
    matching.after = after(dice);
    // Only a stream of events has that many.
    let counts_events = matches!(matching.after, Some(AfterPart::Events(_)));
    (matching, narrow || counts_events)
}

fn given(dice: &mut Dice, tag: u64) -> Arc<Answer> {
    let mut given = answer(429, &format!("given {tag}"));
    given
        .headers
        .push((format!("X-Rule-{tag}"), "1".to_owned()));
    given.close = dice.one_in(10);
    if dice.one_in(12) {
        let raw = format!(
            "HTTP/1.1 503 Raw\r\nX-Rule-{tag}: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        given.raw = Some(raw.into());
    }
    given.into()
}

fn action(dice: &mut Dice, tag: u64) -> Action {
    let fields = |name: &str| {
        vec![
            (format!("{name}{tag}"), Some("1".to_owned())),
            ("X-Drop".to_owned(), None),
        ]
    };
    let text = |text: String| Some(text.into());
    match dice.below(10) {
        0 => Action::Respond(given(dice, tag)),
        1 => Action::RateLimit {
            requests: dice.between(0, 4),
            window: Duration::from_secs(*dice.pick(&[1, 3600])),
            answer: given(dice, tag),
        },
        2 => Action::Headers(HeaderEdit {
            of: Direction::Upstream,
            fields: vec![(format!("X-Up-{tag}"), Some("1".to_owned()))],
        }),
        3 => Action::Headers(HeaderEdit {
            of: Direction::Downstream,
            fields: fields("X-Edit-"),
        }),
        4 => {
            let replace = text(format!("{{{{{tag}}}}}")).filter(|_| dice.one_in(2));
            let body = replace.map(|replace| BodyEdit {
                replace: Some(replace),
                ..BodyEdit::default()
            });
            let status = *dice.pick(&[500, 418, 204, 200]);
            Action::Status(StatusEdit { status, body })
        }
        5 => Action::Truncate(Truncation {
            bytes: *dice.pick(&[0, 1, 40, 9000]),
        }),
        6 | 7 => Action::Body(BodyEdit {
            replace: text(format!("{{{{{tag}}}}}")).filter(|_| dice.one_in(3)),
            insert: text(format!("<<{tag}>>")).filter(|_| dice.one_in(2)),
            repeat_event: if dice.one_in(3) { 2 } else { 0 },
            truncate: dice.one_in(3).then(|| *dice.pick(&[0, 5, 7000])),
            ..BodyEdit::default()
        }),
        _ => Action::Mark,
    }
}

fn mark<'s>(
    dice: &mut Dice,
    site: &'s mut Site,
    name: &str,
    mut matching: HttpMatch,
) -> &'s mut Rule {
    matching.split_events = dice.one_in(3);
    let (kind, attributes) = gentle(dice);
    site.mark((name, kind), &attributes, matching)
}
