//! The options of a toxic that only aconite has, in words.

use crate::toxics::ToxicOption;
use crate::wire::{AfterPart, HeaderTest, HttpMatch, ToxicOptions};

/// When the toxic acts; empty if it always does.
pub(crate) fn when(options: &ToxicOptions) -> String {
    let ToxicOptions {
        duration,
        start_after,
        every,
        expires_in,
        active,
        ..
    } = options;
    let left = expires_in.map(|left| format!("gone in {left}"));
    let duration = duration.map(|duration| match every {
        Some(every) => format!("{duration} every {every}"),
        None => format!("for {duration}"),
    });
    let start = start_after.map(|after| format!("start after {after}"));
    let parts: Vec<String> = [left, duration, start].into_iter().flatten().collect();
    if parts.is_empty() && active.is_none() {
        return String::new();
    }
    // A toxic that starts at once and never again has no `active`.
    let state = match active {
        Some(false) => "waiting",
        _ => "acting",
    };
    [&[state.to_owned()], parts.as_slice()].concat().join(", ")
}

/// The other options, as `name=value`; empty if none is set.
pub(crate) fn settings(options: &ToxicOptions) -> String {
    let all = ToxicOption::ALL.into_iter();
    let set = all.flat_map(|option| setting(option, options));
    set.collect::<Vec<_>>().join(" ")
}

fn setting(option: ToxicOption, options: &ToxicOptions) -> Vec<String> {
    let named = |value: Option<String>| value.map(|value| format!("{}={value}", option.name()));
    match option {
        // `when` says these.
        ToxicOption::Duration | ToxicOption::StartAfter | ToxicOption::Every => None,
        ToxicOption::Session => named(options.session.clone()),
        ToxicOption::Seed => named(options.seed.map(|seed| seed.to_string())),
        ToxicOption::Replay => named(options.replay.map(|replay| replay.connection.to_string())),
        ToxicOption::Match => return matching(options),
    }
    .into_iter()
    .collect()
}

/// The parts of a `match`, named as the flags that set them.
fn matching(options: &ToxicOptions) -> Vec<String> {
    let Some(matching) = &options.matching else {
        return Vec::new();
    };
    let parts = [
        ("client", matching.client.join(",")),
        ("connections", matching.connections.clone()),
    ];
    let set = parts.into_iter().filter(|(_, value)| !value.is_empty());
    let set = set.map(|(name, value)| format!("{name}={value}"));
    let requests = matching.http.iter().flat_map(requests);
    set.chain(requests).collect()
}

/// The parts of `match.http`; one that restricts nothing stands for all requests.
fn requests(http: &HttpMatch) -> Vec<String> {
    if *http == HttpMatch::default() {
        return vec!["requests=all".to_owned()];
    }
    let text = |name, value: &Option<String>| value.as_ref().map(|value| format!("{name}={value}"));
    let list = |name, value: &str| Some(format!("{name}={value}")).filter(|_| !value.is_empty());
    let headers = http.headers.0.iter().map(|(name, test)| {
        Some(match test {
            HeaderTest::IsPresent(true) => format!("header={name}"),
            HeaderTest::IsPresent(false) => format!("header=!{name}"),
            HeaderTest::Value(value) => format!("header={name}:{value}"),
        })
    });
    let after = http.after.map(|after| match after {
        AfterPart::Bytes(bytes) => format!("after=bytes:{bytes}"),
        AfterPart::Events(events) => format!("after=events:{events}"),
    });
    let request = [
        list("method", &http.method.join(",")),
        text("host", &http.host),
        text("path", &http.path),
        text("query", &http.query),
    ];
    let which = [
        list("requests", &http.requests),
        http.nth.map(|nth| format!("nth={nth}")),
        text("per", &http.per),
        list("status", &http.status),
        text("type", &http.content_type),
        after,
        text("split", &http.split),
    ];
    let all = request.into_iter().chain(headers).chain(which);
    all.flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::{Match, Replay, Span};

    fn span(seconds: u64) -> Option<Span> {
        Some(Span(Duration::from_secs(seconds)))
    }

    #[test]
    fn every_option_is_shown() {
        let all = ToxicOptions {
            duration: span(5),
            start_after: span(60),
            every: span(30),
            expires_in: None,
            active: Some(false),
            partner: None,
            session: Some("s".into()),
            seed: Some(7),
            replay: Some(Replay { connection: 17 }),
            matching: Some(Match {
                client: vec!["::1".into(), "10.0.0.0/8".into()],
                connections: "1-3".into(),
                http: Some(HttpMatch {
                    method: vec!["GET".into(), "POST".into()],
                    path: Some("/v1/*".into()),
                    headers: [
                        ("a".into(), HeaderTest::IsPresent(false)),
                        ("b".into(), HeaderTest::Value("1".into())),
                    ]
                    .into_iter()
                    .collect(),
                    status: "500-599".into(),
                    after: Some(AfterPart::Events(5)),
                    ..HttpMatch::default()
                }),
            }),
        };
        assert_eq!(when(&all), "waiting, 5s every 30s, start after 1m0s");
        let expected = "session=s seed=7 replay=17 client=::1,10.0.0.0/8 connections=1-3 \
                        method=GET,POST path=/v1/* header=!a header=b:1 status=500-599 after=events:5";
        assert_eq!(settings(&all), expected);
        let once = ToxicOptions {
            duration: span(5),
            expires_in: span(2),
            ..ToxicOptions::default()
        };
        assert_eq!(when(&once), "acting, gone in 2s, for 5s");
        assert_eq!(when(&ToxicOptions::default()), "");
        assert_eq!(settings(&ToxicOptions::default()), "");
    }
}
