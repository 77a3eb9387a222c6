//! `rate_limit` answers requests past a quota in place of the upstream.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Direction;
use crate::protocol::http::{Action, RetryAfter};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::http::{
    Defaults, HttpKind, HttpShape, body_fields, given_answer, headers_attribute,
};
use crate::toxics::values::Values;

/// The largest quota, and the longest window: a year.
const MOST_REQUESTS: i64 = 10_000_000;
const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;

/// Lets so many requests pass in a window of time, and answers the others.
#[derive(Debug)]
pub struct RateLimit;

impl HttpKind for RateLimit {
    const NAME: &'static str = "rate_limit";
    const ABOUT: &'static str = "Answers requests past a quota in place of the upstream.";
    const DETAILS: &'static str = "Lets `requests` HTTP requests pass in each `window` ms, counted over all connections, and \
        answers the others with `status` (429), `headers` and `body`; the upstream does not see them. \
        Retry-After is the rest of the window. A window begins with the first request behind the \
        previous one. Requests that another toxic answers do not count. `match.http` chooses the \
        requests that count; without it, all do.";
    const SHAPE: HttpShape = HttpShape::Answers;

    fn attributes() -> Vec<Attribute> {
        let [body, body_base64] = body_fields();
        vec![
            Attribute::new("requests", Type::integer(0..=MOST_REQUESTS))
                .required()
                .about("how many pass in a window")
                .example(3),
            Attribute::new("window", Type::integer(1..=YEAR_MS))
                .unit("ms")
                .default(60_000)
                .about("the length of a window")
                .example(60_000),
            Attribute::new("status", Type::integer(200..=599))
                .default(429)
                .about("the status of the answer past the quota")
                .example(429),
            headers_attribute().about("its fields; null for Retry-After sends none"),
            body,
            body_base64,
        ]
    }

    fn action(values: &Values, _: Option<Direction>) -> Result<Action, AttributeError> {
        let defaults = Defaults {
            status: 429,
            // The time is filled in when the quota is used up.
            retry_after: Some(RetryAfter {
                time: Duration::ZERO,
                in_millis: false,
            }),
            preset: None,
        };
        Ok(Action::RateLimit {
            requests: values.count("requests"),
            window: values.millis("window"),
            answer: Arc::new(given_answer(values, defaults)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::value::Value;

    #[test]
    fn the_defaults_are_a_429_and_a_minute() {
        let values = [("requests", Value::from(3))].into_iter().collect();
        // What is read from a request has the defaults too; this has not.
        let Ok(Action::RateLimit {
            requests, answer, ..
        }) = RateLimit::action(&values, None)
        else {
            panic!("no rate limit");
        };
        assert_eq!((requests, answer.status), (3, 429));
        let kind = crate::toxics::Catalogue::default();
        let kind = kind.find("rate_limit").unwrap();
        let read = kind.read(&[("requests".to_owned(), 3.into())]).unwrap();
        let Ok(Action::RateLimit { window, .. }) = RateLimit::action(&read, None) else {
            panic!("no rate limit");
        };
        assert_eq!(window, Duration::from_secs(60));
        let waits = |headers: Value| {
            let given = [("requests", 3.into()), ("headers", headers)];
            match RateLimit::action(&given.into_iter().collect(), None) {
                Ok(Action::RateLimit { answer, .. }) => answer.retry_after.is_some(),
                other => panic!("{other:?}"),
            }
        };
        assert!(waits(Value::Map(Vec::new())));
        assert!(!waits(Value::Map(vec![(
            "Retry-After".to_owned(),
            Value::Null
        )])));
        let error = kind.read(&[]).unwrap_err().to_string();
        assert_eq!(
            error,
            "attributes.requests is missing: give a whole number, such as 3"
        );
    }
}
