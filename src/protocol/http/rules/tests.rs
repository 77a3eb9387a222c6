//! What rules decide, and what they count.

mod counting;

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::engine::{Chunk, DrawKey, Identity, Moment, Outlet, PlannedToxic, Scope, Toxic};
use crate::protocol::http::{
    AfterPart, AttemptHits, BodyCut, BodyEdit, HeaderEdit, HttpMatch, Locations, Pattern, Per,
    RetryAfter, StatusEdit, Truncation,
};

/// A toxic without a stage.
#[derive(Debug)]
struct Nothing;

impl Toxic for Nothing {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }
}

fn planned(id: u64, name: &str) -> PlannedToxic {
    PlannedToxic::new(
        id,
        name,
        DrawKey::of_seed(1).named("proxy"),
        Arc::new(Nothing),
    )
}

fn rule(id: u64, matching: HttpMatch, action: Action) -> Rule {
    Rule::new(planned(id, &format!("t{id}")).into(), matching, action)
}

fn rules(rules: Vec<Rule>) -> Rules {
    Rules {
        rules,
        ..Rules::default()
    }
}

fn answer(status: u16) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: Bytes::new(),
        raw: None,
        retry_after: None,
        close: false,
        grpc_status: None,
    }
}

fn respond(status: u16) -> Action {
    Action::Respond(answer(status).into())
}

fn place(connection: u64, exchange: u64, ms: u64) -> Place {
    Place {
        identity: Identity {
            connection,
            client: Some([127, 0, 0, 1].into()),
        },
        exchange,
        now: Moment::ORIGIN + Duration::from_millis(ms),
    }
}

fn post<'a>(path: &'a str, fields: &'a [Field<'a>]) -> RequestHead<'a> {
    RequestHead {
        method: "POST",
        host: "api.example",
        path,
        query: None,
        fields,
    }
}

fn field<'a>(name: &'a str, value: &'a str) -> Field<'a> {
    Field {
        name,
        value: value.as_bytes(),
    }
}

fn head<'a>(status: u16, fields: &'a [Field<'a>]) -> ResponseHead<'a> {
    ResponseHead { status, fields }
}

fn path(text: &str) -> HttpMatch {
    HttpMatch {
        path: Some(Pattern::new(text).unwrap()),
        ..HttpMatch::default()
    }
}

fn marked(marking: &Marking) -> &[u64] {
    marking.marks.as_ref().map_or(&[], |marks| &marks.toxics)
}

#[test]
fn no_rule_decides_nothing() {
    let rules = rules(vec![]);
    let decision = rules.decide(&post("/", &[]), &place(1, 1, 0));
    assert!(decision.is_nothing());
    let answer = rules.decide_answer(&decision, &head(200, &[]), &place(1, 1, 0));
    assert!(answer.is_nothing());
    let hits = rules.counts.hits();
    assert_eq!((hits.seen, hits.acted, hits.by_status[&200]), (1, 0, 1));
}

#[test]
fn edits_of_several_rules_add_up() {
    let set = |of, name: &str, value: Option<&str>| {
        let fields = vec![(name.to_owned(), value.map(str::to_owned))];
        Action::Headers(HeaderEdit { of, fields })
    };
    let all = HttpMatch::default;
    let rules = rules(vec![
        rule(1, all(), set(Direction::Upstream, "A", Some("1"))),
        rule(2, all(), set(Direction::Downstream, "B", None)),
        rule(
            3,
            all(),
            Action::Status(StatusEdit {
                status: 429,
                body: None,
            }),
        ),
        rule(4, all(), set(Direction::Upstream, "C", None)),
        rule(
            5,
            all(),
            Action::Body(BodyEdit {
                replace: Some("x".into()),
                content_type: Some("text/plain".to_owned()),
                content_encoding: Some(String::new()),
                ..BodyEdit::default()
            }),
        ),
    ]);
    let decision = rules.decide(&post("/", &[]), &place(1, 1, 0));
    let name = |(name, value): &(String, Option<String>)| format!("{name}={value:?}");
    let names: Vec<String> = decision.request_fields.iter().map(name).collect();
    assert_eq!(names, ["A=Some(\"1\")", "C=None"]);
    let answer = rules.decide_answer(&decision, &head(200, &[]), &place(1, 1, 0));
    let names: Vec<String> = answer.fields.iter().map(name).collect();
    assert_eq!(
        names,
        [
            "B=None",
            "Content-Type=Some(\"text/plain\")",
            "Content-Encoding=None"
        ]
    );
    assert_eq!(answer.status, Some(429));
    assert_eq!(answer.body.unwrap().replace.as_deref(), Some(&b"x"[..]));
    assert_eq!(rules.counts.hits().by_status, [(429, 1)].into());
    assert_eq!(rules.counts.hits().acted, 1);
}

#[test]
fn statuses_with_and_without_a_body_keep_the_message_whole() {
    let change = |before: u16, after: u16, body: Option<&'static str>| {
        let body = body.map(|body| BodyEdit {
            replace: Some(body.into()),
            ..BodyEdit::default()
        });
        let action = Action::Status(StatusEdit {
            status: after,
            body,
        });
        let rules = rules(vec![rule(1, HttpMatch::default(), action)]);
        let decision = rules.decide(&post("/", &[]), &place(1, 1, 0));
        let answer = rules.decide_answer(&decision, &head(before, &[]), &place(1, 1, 0));
        answer.body.and_then(|plan| plan.replace.clone())
    };
    assert_eq!(change(200, 503, None), None);
    assert_eq!(change(200, 204, Some("x")).as_deref(), Some(&b""[..]));
    assert_eq!(change(200, 304, None).as_deref(), Some(&b""[..]));
    assert_eq!(change(304, 500, None).as_deref(), Some(&b""[..]));
    assert_eq!(change(204, 500, Some("x")).as_deref(), Some(&b"x"[..]));
}

#[test]
fn conditions_on_the_answer_are_decided_with_its_head() {
    let matching = HttpMatch {
        status: vec![500..=599],
        ..HttpMatch::default()
    };
    let rules = rules(vec![rule(1, matching, Action::Mark)]);
    for (status, toxics) in [(200, &[][..]), (503, &[1])] {
        let decision = rules.decide(&post("/", &[]), &place(1, 1, 0));
        assert!(!decision.is_nothing() && decision.marking.is_nothing());
        let answer = rules.decide_answer(&decision, &head(status, &[]), &place(1, 1, 0));
        assert_eq!(marked(&answer.marking), toxics, "{status}");
    }
    assert_eq!(rules.rules[0].counts.hits().acted, 1);
}

#[test]
fn toxics_begin_at_their_places_in_the_body() {
    let after = |after| HttpMatch {
        after: Some(after),
        ..HttpMatch::default()
    };
    let events = HttpMatch {
        split_events: true,
        ..after(AfterPart::Events(2))
    };
    let rules = rules(vec![
        rule(1, events, Action::Mark),
        rule(2, after(AfterPart::Bytes(10)), Action::Mark),
        rule(3, HttpMatch::default(), Action::Mark),
        rule(
            4,
            after(AfterPart::Bytes(10)),
            Action::Truncate(Truncation { bytes: 5 }),
        ),
    ]);
    let decision = rules.decide(&post("/", &[]), &place(1, 9, 0));
    assert!(decision.asks_identity);
    let fields = [field("Content-Type", "text/event-stream")];
    let mut answer = rules.decide_answer(&decision, &head(200, &fields), &place(1, 9, 0));
    let cut = BodyCut {
        after: Some(AfterPart::Bytes(10)),
        bytes: 5,
    };
    assert_eq!(answer.body.unwrap().cuts, [cut]);
    let marking = &mut answer.marking;
    assert_eq!(marked(marking), [3]);
    assert_eq!(
        (marking.next_byte(), marking.next_event()),
        (Some(10), Some(2))
    );
    assert!(marking.split_events && !marking.reach(9, 1));
    assert!(marking.reach(10, 1));
    assert_eq!(marked(marking), [3, 2]);
    assert!(marking.counts_events() && marking.reach(40, 2));
    assert_eq!(marked(marking), [3, 2, 1]);
    assert_eq!(marking.marks.as_ref().unwrap().exchange, 9);
    assert_eq!((marking.next_byte(), marking.next_event()), (None, None));
}

#[test]
fn encoded_answers_are_left_alone_where_their_text_is_needed() {
    let events = HttpMatch {
        after: Some(AfterPart::Events(2)),
        ..HttpMatch::default()
    };
    let bytes = HttpMatch {
        after: Some(AfterPart::Bytes(2)),
        ..HttpMatch::default()
    };
    let rules = rules(vec![
        rule(1, events, Action::Mark),
        rule(2, bytes, Action::Mark),
    ]);
    let decision = rules.decide(&post("/", &[]), &place(1, 1, 0));
    let fields = [
        field("content-type", "text/event-stream"),
        field("content-encoding", "br"),
    ];
    let mut answer = rules.decide_answer(&decision, &head(200, &fields), &place(1, 1, 0));
    answer.marking.reach(1000, 1000);
    assert_eq!(marked(&answer.marking), [2]);
    let skipped = |counts: &HttpCounts| counts.hits().skipped;
    assert_eq!(skipped(&rules.counts), [(Skip::Encoded, 1)].into());
    assert_eq!(skipped(&rules.rules[0].counts), [(Skip::Encoded, 1)].into());
    assert_eq!(rules.rules[0].counts.hits().acted, 0);
}

#[test]
fn an_origin_rewrites_host_and_location() {
    let origin = Origin {
        host: Some("api.example".to_owned()),
        locations: Some(Locations::of(["api.example"])),
    };
    let rules = Rules {
        origin: Some(origin),
        ..Rules::default()
    };
    let request = RequestHead {
        host: "localhost:8080",
        ..post("/", &[])
    };
    let decision = rules.decide(&request, &place(1, 1, 0));
    let host = ("Host".to_owned(), Some("api.example".to_owned()));
    assert_eq!(decision.request_fields, [host]);
    let fields = [field("LOCATION", "http://api.example/next")];
    let answer = rules.decide_answer(&decision, &head(302, &fields), &place(1, 1, 0));
    let location = (
        "Location".to_owned(),
        Some("http://localhost:8080/next".to_owned()),
    );
    assert_eq!(answer.fields, [location]);
    // Standing in for an origin is no fault.
    assert_eq!(rules.counts.hits().acted, 0);
}
