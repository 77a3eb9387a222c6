//! Nanoseconds to read the head of a request of about 500 bytes, and to decide about it by 0, 1 and 10
//! rules that do not match, by 10 that match and mark the answer, and by one that answers.

#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::sync::Arc;

use aconite::engine::{DrawKey, Identity, Moment, PlannedToxic};
use aconite::protocol::http::{Action, Answer, HeaderTest, HttpMatch, Pattern, Place, Rule, Rules};
use aconite::protocol::http1::{FieldSpace, Parsed, request_head};
use aconite::toxics::{Catalogue, Values};
use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};

const HEAD: &[u8] = b"POST /v1/chat/completions HTTP/1.1\r\n\
    Host: api.example.com\r\n\
    Accept: application/json\r\n\
    Accept-Encoding: gzip, deflate\r\n\
    Connection: keep-alive\r\n\
    User-Agent: OpenAI/Python 1.0.0\r\n\
    X-Stainless-Lang: python\r\n\
    X-Stainless-Runtime: CPython\r\n\
    X-Stainless-Retry-Count: 0\r\n\
    Authorization: Bearer 0123456789012345678901234567890123456789\r\n\
    Idempotency-Key: stainless-python-retry-00000000-0000-0000-0000-000000000000\r\n\
    Content-Length: 1024\r\n\
    Content-Type: application/json\r\n\r\n";

fn pattern(text: &str) -> Option<Pattern> {
    Some(Pattern::new(text).expect("a pattern"))
}

fn rules(count: u64, path: &str, action: &Action) -> Rules {
    let kind = Catalogue::default();
    let kind = kind.find("noop").expect("a kind");
    let toxic = kind.build(&Values::default()).expect("a toxic");
    let of = |id: u64| {
        let proxy = DrawKey::of_seed(1);
        let planned = PlannedToxic::new(id, &format!("t{id}"), proxy, Arc::clone(&toxic));
        let header = HeaderTest::Value(Pattern::new("application/*").expect("a pattern"));
        let matching = HttpMatch {
            methods: vec!["POST".to_owned()],
            host: pattern("*.example.com"),
            path: pattern(path),
            headers: vec![("content-type".to_owned(), header)],
            ..HttpMatch::default()
        };
        Rule::new(planned.into(), matching, action.clone())
    };
    Rules {
        rules: (1..=count).map(of).collect(),
        ..Rules::default()
    }
}

fn decide(rules: &Rules, exchange: u64) -> bool {
    let mut space = FieldSpace::new();
    let Parsed::Complete(request) = request_head(black_box(HEAD), &mut space) else {
        return false;
    };
    let place = Place {
        identity: Identity::from(1),
        exchange,
        now: Moment::from_nanos(exchange * 1_000_000),
    };
    let decision = rules.decide(&request.head, &place);
    black_box(decision).is_nothing()
}

fn decisions(criterion: &mut Criterion) {
    let answer = Answer {
        status: 429,
        headers: Vec::new(),
        body: Bytes::new(),
        raw: None,
        retry_after: None,
        close: false,
        grpc_status: None,
    };
    let respond = Action::Respond(answer.into());
    let mut group = criterion.benchmark_group("decide");
    for (name, rules) in [
        ("0", rules(0, "", &Action::Mark)),
        ("1", rules(1, "/v2/*", &Action::Mark)),
        ("10", rules(10, "/v2/*", &Action::Mark)),
        (
            "10 by regex",
            rules(10, "~^/v1/(embeddings|models)", &Action::Mark),
        ),
        ("10 that match", rules(10, "/v1/*", &Action::Mark)),
        ("1 that answers", rules(1, "/v1/*", &respond)),
    ] {
        let mut exchange = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                exchange += 1;
                decide(&rules, exchange)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
