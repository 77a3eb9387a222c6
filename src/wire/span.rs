//! A duration: text such as `"1m30s"` in answers, text or whole milliseconds in requests.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::util::duration;

/// A duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// The same in whole milliseconds, for a remaining time, which changes while it is read.
    #[must_use]
    pub fn whole_millis(self) -> Self {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        Span(Duration::from_millis(millis))
    }
}

impl From<Duration> for Span {
    fn from(span: Duration) -> Self {
        Span(span)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration::text(self.0))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as \"30s\", or whole milliseconds")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
        duration::parse(text).map(Span).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, millis: u64) -> Result<Span, E> {
        Ok(Span(Duration::from_millis(millis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_back_as_it_was_written() {
        for (millis, text) in [(0, "\"0s\""), (1500, "\"1.5s\""), (90_000, "\"1m30s\"")] {
            let span = Span(Duration::from_millis(millis));
            assert_eq!(serde_json::to_string(&span).unwrap(), text);
            assert_eq!(serde_json::from_str::<Span>(text).unwrap(), span);
            assert_eq!(
                serde_json::from_str::<Span>(&millis.to_string()).unwrap(),
                span
            );
        }
        assert!(serde_json::from_str::<Span>("\"soon\"").is_err());
        assert!(serde_json::from_str::<Span>("-1").is_err());
    }

    #[test]
    fn whole_millis_drops_what_is_below_a_millisecond() {
        let span = Span(Duration::from_nanos(1_234_567_890));
        assert_eq!(span.whole_millis().to_string(), "1.234s");
    }
}
