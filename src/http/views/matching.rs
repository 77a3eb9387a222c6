//! The `match` of a toxic: `control`'s value → the type that crosses the API, as a request writes it.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::control::{self, Pattern, Per, ToxicMatch};
use crate::wire::{AfterPart, HeaderTest, HttpMatch, Match};

impl From<&ToxicMatch> for Match {
    fn from(matching: &ToxicMatch) -> Self {
        let scope = &matching.scope;
        Match {
            client: scope.clients.iter().map(ToString::to_string).collect(),
            connections: ranges(&scope.connections, u64::MAX),
            http: matching.http.as_deref().map(HttpMatch::from),
        }
    }
}

impl From<&control::HttpMatch> for HttpMatch {
    fn from(http: &control::HttpMatch) -> Self {
        let text = |pattern: &Option<Pattern>| pattern.as_ref().map(|one| one.text().to_owned());
        let headers = http.headers.iter();
        HttpMatch {
            method: http.methods.clone(),
            host: text(&http.host),
            path: text(&http.path),
            query: text(&http.query),
            headers: headers
                .map(|(name, test)| (Cow::Owned(name.clone()), header(test)))
                .collect(),
            requests: ranges(&http.requests, u64::MAX),
            nth: http.nth.map(Into::into),
            per: match http.per {
                Per::Request => None,
                Per::Connection => Some("connection".to_owned()),
            },
            // No status is the largest number, so each range has its end.
            status: ranges(&http.status, u16::MAX),
            content_type: text(&http.content_type),
            after: http.after.map(|after| match after {
                control::AfterPart::Bytes(bytes) => AfterPart::Bytes(bytes),
                control::AfterPart::Events(events) => AfterPart::Events(events),
            }),
            split: http.split_events.then(|| "events".to_owned()),
        }
    }
}

fn header(test: &control::HeaderTest) -> HeaderTest {
    match test {
        control::HeaderTest::Present => HeaderTest::IsPresent(true),
        control::HeaderTest::Absent => HeaderTest::IsPresent(false),
        control::HeaderTest::Value(pattern) => HeaderTest::Value(pattern.text().to_owned()),
    }
}

/// Ranges as a request writes them, such as `1-3,7,10-`.
fn ranges<N: Copy + Display + PartialEq>(ranges: &[RangeInclusive<N>], without_end: N) -> String {
    let parts = ranges
        .iter()
        .map(|range| match (*range.start(), *range.end()) {
            (first, last) if last == without_end => format!("{first}-"),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        });
    parts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::proxies::new_toxic;

    fn shown(matching: &str) -> String {
        let toxic = new_toxic(format!(r#"{{"match":{matching}}}"#).as_bytes()).unwrap();
        let shown = Match::from(&toxic.options.matching.unwrap());
        serde_json::to_string(&shown).unwrap()
    }

    #[test]
    fn a_match_is_shown_as_it_is_written_and_reads_back_as_itself() {
        let full = concat!(
            r#"{"client":["10.0.0.0/8"],"connections":"1-3,7-","http":{"method":["POST"],"host":"a.*","#,
            r#""path":"~^/v[12]/","query":"q=*","headers":{"X-B":"1","x-a":true,"Cookie":false},"#,
            r#""requests":"1-2,5-","nth":3,"per":"connection","status":"429,500-599","#,
            r#""content_type":"text/event-stream","after":{"events":5},"split":"events"}}"#
        );
        assert_eq!(shown(full), full);
        assert_eq!(shown(r#"{"http":{}}"#), r#"{"http":{}}"#);
        let loose = r#"{"HTTP":{"Method":"GET","Status":"5xx, 400-","Requests":7,"per":"request","after":{"bytes":0}}}"#;
        let strict = r#"{"http":{"method":["GET"],"requests":"7","status":"500-599,400-599","after":{"bytes":0}}}"#;
        assert_eq!(
            (shown(loose).as_str(), shown(strict).as_str()),
            (strict, strict)
        );
    }
}
