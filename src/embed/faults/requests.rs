//! The requests that a fault acts on, and which part of their answers.

use std::num::NonZero;
use std::ops::{Bound, RangeBounds, RangeInclusive};

use crate::control::{AfterPart, HeaderTest, HttpMatch, Pattern, Per};

/// The HTTP requests that a fault acts on, for [`IntoFault::on_requests`](super::IntoFault::on_requests). Each method
/// restricts them further.
///
/// A pattern is compared with a whole value: `*` stands for any text, `?` for any one character. Behind a `~` it is a
/// regular expression, which must be found somewhere in the value.
///
/// ```
/// use std::time::Duration;
/// use aconite::faults::{IntoFault, Latency, Requests, ResetPeer};
///
/// // The first two searches are slow.
/// let slow = Latency::new(Duration::from_millis(200))
///     .on_requests(Requests::to("/search*").method("GET").numbered(1..=2));
/// // A streaming answer breaks behind its fifth event.
/// let torn = ResetPeer::at_once()
///     .on_requests(Requests::all().content_type("text/event-stream").after_events(5));
/// # let _ = (slow, torn);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Requests {
    http: HttpMatch,
    invalid: Option<String>,
}

impl Requests {
    /// Every request.
    pub fn all() -> Self {
        Requests::default()
    }

    /// Requests whose path fits this pattern. The path is compared without the query.
    pub fn to(path: &str) -> Self {
        Requests::all().pattern("path", path, |http| &mut http.path)
    }

    /// Requests with this method, or with one of those given before. The case of letters counts.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.http.methods.push(method.to_owned());
        self
    }

    /// Requests to a host that fits this pattern, in lower case, with or without its port.
    #[must_use]
    pub fn host(self, pattern: &str) -> Self {
        self.pattern("host", pattern, |http| &mut http.host)
    }

    /// Requests whose query fits this pattern, without the `?`.
    #[must_use]
    pub fn query(self, pattern: &str) -> Self {
        self.pattern("query", pattern, |http| &mut http.query)
    }

    /// Requests with a header whose value fits this pattern.
    #[must_use]
    pub fn header(mut self, name: &str, pattern: &str) -> Self {
        match Pattern::new(pattern) {
            Ok(pattern) => self.test(name, HeaderTest::Value(pattern)),
            Err(error) => {
                let problem = format!("the pattern for {name} is {pattern:?}: {error}");
                self.invalid.get_or_insert(problem);
                self
            }
        }
    }

    /// Requests with this header, whatever its value.
    #[must_use]
    pub fn with_header(self, name: &str) -> Self {
        self.test(name, HeaderTest::Present)
    }

    /// Requests without this header.
    #[must_use]
    pub fn without_header(self, name: &str) -> Self {
        self.test(name, HeaderTest::Absent)
    }

    /// Of the requests that fit all else, those with these numbers, or with numbers given before. They are counted
    /// from 1 over all connections, since the fault was added.
    #[must_use]
    pub fn numbered(mut self, numbers: impl RangeBounds<u64>) -> Self {
        let first = match numbers.start_bound() {
            Bound::Included(first) => *first,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 1,
        };
        let last = match numbers.end_bound() {
            Bound::Included(last) => *last,
            Bound::Excluded(end) => end.saturating_sub(1),
            Bound::Unbounded => u64::MAX,
        };
        if first < 1 || first > last {
            let problem =
                format!("requests are {first} to {last}: give numbers from 1, the smaller first");
            self.invalid.get_or_insert(problem);
        }
        self.http.requests.push(first..=last);
        self
    }

    /// Of the requests that fit all else, every `nth` only.
    #[must_use]
    pub fn every_nth(mut self, nth: u64) -> Self {
        self.http.nth = NonZero::new(nth);
        if nth == 0 {
            let problem = "nth is 0: give a number from 1".to_owned();
            self.invalid.get_or_insert(problem);
        }
        self
    }

    /// Draws the toxicity once for all requests of a connection, not for each request.
    #[must_use]
    pub fn drawn_per_connection(mut self) -> Self {
        self.http.per = Per::Connection;
        self
    }

    /// Acts on answers with these statuses only, or with those given before; 200 to 599.
    #[must_use]
    pub fn answered_with(mut self, statuses: RangeInclusive<u16>) -> Self {
        let (first, last) = (*statuses.start(), *statuses.end());
        if first < 200 || last > 599 || first > last {
            let problem = format!(
                "statuses are {first} to {last}: give some from 200 to 599, the smaller first"
            );
            self.invalid.get_or_insert(problem);
        }
        self.http.status.push(statuses);
        self
    }

    /// Acts on answers only whose media type, in lower case and without parameters, fits this pattern.
    #[must_use]
    pub fn content_type(self, pattern: &str) -> Self {
        self.pattern("content_type", pattern, |http| &mut http.content_type)
    }

    /// Acts only behind so many bytes of the answer's body.
    #[must_use]
    pub fn after_bytes(mut self, bytes: u64) -> Self {
        self.http.after = Some(AfterPart::Bytes(bytes));
        self
    }

    /// Acts only behind so many server-sent events of the answer.
    #[must_use]
    pub fn after_events(mut self, events: u64) -> Self {
        self.http.after = Some(AfterPart::Events(events));
        self
    }

    /// Acts on each server-sent event of the answer for itself.
    #[must_use]
    pub fn split_into_events(mut self) -> Self {
        self.http.split_events = true;
        self
    }

    fn test(mut self, name: &str, test: HeaderTest) -> Self {
        self.http.headers.push((name.to_owned(), test));
        self
    }

    fn pattern(
        mut self,
        key: &str,
        text: &str,
        slot: impl FnOnce(&mut HttpMatch) -> &mut Option<Pattern>,
    ) -> Self {
        match Pattern::new(text) {
            Ok(pattern) => *slot(&mut self.http) = Some(pattern),
            Err(error) => {
                let problem = format!("the pattern for {key} is {text:?}: {error}");
                self.invalid.get_or_insert(problem);
            }
        }
        self
    }

    /// The match, and why it is invalid.
    pub(super) fn into_match(self) -> (HttpMatch, Option<String>) {
        (self.http, self.invalid)
    }
}
