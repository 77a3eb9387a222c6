//! Numbers of requests, quotas, draws and retries.

use super::*;

#[test]
fn numbers_count_matching_requests_over_all_connections() {
    let matching = HttpMatch {
        nth: std::num::NonZero::new(2),
        ..path("/a")
    };
    let rules = rules(vec![rule(1, matching, respond(500))]);
    let answered: Vec<bool> = ["/a", "/b", "/a", "/b", "/a", "/a"]
        .into_iter()
        .zip(1..)
        .map(|(path, connection)| {
            let decision = rules.decide(&post(path, &[]), &place(connection, 1, 0));
            decision.answer.is_some()
        })
        .collect();
    assert_eq!(answered, [false, false, true, false, false, true]);
}

#[test]
fn a_rate_limit_answers_with_the_rest_of_its_window() {
    let wait = RetryAfter {
        time: Duration::ZERO,
        in_millis: false,
    };
    let limit = || Action::RateLimit {
        requests: 2,
        window: Duration::from_secs(10),
        answer: Arc::new(Answer {
            retry_after: Some(wait),
            ..answer(429)
        }),
    };
    let first = HttpMatch {
        requests: vec![1..=1],
        ..HttpMatch::default()
    };
    let rules = rules(vec![
        // What another rule answers does not count against the quota.
        rule(1, first, respond(500)),
        rule(2, HttpMatch::default(), limit()),
    ]);
    let ask = |ms| {
        let decision = rules.decide(&post("/", &[]), &place(1, ms, ms));
        decision
            .answer
            .map(|answer| (answer.status, answer.retry_after.map(RetryAfter::seconds)))
    };
    assert_eq!(ask(0), Some((500, None)));
    assert_eq!((ask(1000), ask(2000)), (None, None));
    assert_eq!(ask(3500), Some((429, Some(8))));
    assert_eq!(ask(11_000), None);
}

#[test]
fn retries_are_counted_with_whether_they_came_early() {
    let first = HttpMatch {
        requests: vec![1..=2],
        ..HttpMatch::default()
    };
    let answer = Answer {
        retry_after: Some(RetryAfter {
            time: Duration::from_millis(1500),
            in_millis: false,
        }),
        ..answer(429)
    };
    let rules = rules(vec![rule(1, first, Action::Respond(answer.into()))]);
    let key = [field("Idempotency-Key", "a")];
    let other = [field("Idempotency-Key", "b")];
    // The client was told 2 s. Its retries come on other connections.
    for (connection, fields, ms) in [
        (1, &key, 0),
        (2, &other, 100),
        (3, &key, 1600),
        (4, &other, 2200),
    ] {
        rules.decide(&post("/v1", fields), &place(connection, 1, ms));
    }
    for hits in [rules.counts.hits(), rules.rules[0].counts.hits()] {
        assert_eq!((hits.retries.count, hits.retries.early), (2, 1));
        assert_eq!(hits.retries.after_ms.unwrap().max, 2100);
    }
    assert_eq!(
        rules.counts.hits().attempts,
        AttemptHits { all: 4, first: 2 }
    );
}

#[test]
fn retry_counts_of_client_libraries_tell_first_attempts() {
    let rules = rules(vec![]);
    for (name, count) in [
        ("x-stainless-retry-count", "0"),
        ("X-Stainless-Retry-Count", "1"),
        ("x-stainless-retry-count", "2"),
        ("grpc-previous-rpc-attempts", "1"),
        ("user-agent", "curl"),
    ] {
        // A client library sends its key with each attempt.
        let fields = [field(name, count), field("accept", "*/*")];
        rules.decide(&post("/v1", &fields), &place(1, 1, 0));
    }
    assert_eq!(
        rules.counts.hits().attempts,
        AttemptHits { all: 4, first: 1 }
    );
}

#[test]
fn draws_are_those_of_the_stage_and_do_not_depend_on_order() {
    let toxic = PlannedToxic {
        toxicity: 0.5,
        ..planned(7, "half")
    };
    let toxic = Arc::new(toxic);
    let of = |per| {
        let matching = HttpMatch {
            per,
            ..HttpMatch::default()
        };
        rules(vec![Rule::new(Arc::clone(&toxic), matching, respond(500))])
    };
    let acts = |rules: &Rules, connection, exchange| {
        let decision = rules.decide(&post("/", &[]), &place(connection, exchange, 0));
        decision.answer.is_some()
    };
    let (request, connection) = (of(Per::Request), of(Per::Connection));
    let mut acted = 0;
    for number in (1..=20).rev() {
        for exchange in 1..=10 {
            let stage = toxic.applicability_to_exchange(
                place(number, 1, 0).identity,
                Direction::Downstream,
                exchange,
            );
            let acts_on_request = acts(&request, number, exchange);
            assert_eq!(acts_on_request, stage.applies);
            acted += u32::from(acts_on_request);
            assert_eq!(
                acts(&connection, number, exchange),
                acts(&connection, number, 1)
            );
        }
    }
    // 100 expected of 200; five standard deviations are 35.
    assert!((65..135).contains(&acted), "{acted}");
    assert_eq!(connection.rules[0].stage().toxicity, 1.0);
    assert_eq!(request.rules[0].stage().toxicity, 0.5);
}

#[test]
fn a_connection_outside_of_the_scope_is_not_seen() {
    let scope = Scope {
        connections: vec![2..=2],
        ..Scope::default()
    };
    let toxic = PlannedToxic {
        scope: scope.into(),
        ..planned(1, "t")
    };
    let rules = rules(vec![Rule::new(
        toxic.into(),
        HttpMatch::default(),
        respond(500),
    )]);
    let answers = [1, 2, 3].map(|connection| {
        let decision = rules.decide(&post("/", &[]), &place(connection, 1, 0));
        decision.answer.is_some()
    });
    assert_eq!(answers, [false, true, false]);
    assert_eq!(rules.rules[0].counts.hits().seen, 1);
}

#[test]
fn the_first_rule_that_answers_counts_and_shows_its_answer_to_toxics() {
    let matching = || HttpMatch {
        requests: vec![1..=2],
        ..path("/v1/*")
    };
    let rules = rules(vec![
        rule(1, HttpMatch::default(), Action::Mark),
        rule(2, matching(), respond(429)),
        rule(3, HttpMatch::default(), respond(503)),
    ]);
    let statuses: Vec<u16> = (1..=4)
        .map(|number| {
            let request = post("/v1/chat", &[]);
            let decision = rules.decide(&request, &place(number, 1, 0));
            assert_eq!(marked(&decision.marking), [1]);
            decision.answer.unwrap().status
        })
        .collect();
    assert_eq!(statuses, [429, 429, 503, 503]);
    let acted: Vec<u64> = rules
        .rules
        .iter()
        .map(|rule| rule.counts.hits().acted)
        .collect();
    assert_eq!(acted, [4, 2, 2]);
    let second = rules.rules[1].counts.hits();
    assert_eq!(
        (second.seen, second.matched, second.by_status[&429]),
        (4, 4, 2)
    );
    assert_eq!(rules.counts.hits().acted, 4);
    assert_eq!(rules.rules[1].toxic.stats.hits().connections, 2);
}
