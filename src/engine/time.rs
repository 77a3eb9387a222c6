//! Time as a value.
//!
//! The driver passes a [`Moment`] to every call; the engine never reads a clock. This is why a test
//! can run an hour of traffic in a millisecond. This module must not know any clock.

use std::ops::Add;
use std::time::Duration;

/// A point in time: nanoseconds since an origin that the driver chose. Arithmetic saturates, so a
/// delay of centuries never overflows; it simply does not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The origin.
    pub const ORIGIN: Moment = Moment(0);

    /// The moment that is `nanos` nanoseconds after the origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Moment(nanos)
    }

    /// Nanoseconds since the origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later than this moment.
    pub const fn since(self, earlier: Moment) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This moment minus `span`, but not before the origin.
    pub fn minus(self, span: Duration) -> Moment {
        Moment(self.0.saturating_sub(nanos(span)))
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, span: Duration) -> Moment {
        Moment(self.0.saturating_add(nanos(span)))
    }
}

/// Nanoseconds of a span; centuries are the largest number.
pub(super) fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let late = Moment::from_nanos(u64::MAX - 1);
        assert_eq!(late + Duration::MAX, Moment::from_nanos(u64::MAX));
        assert_eq!(Moment::ORIGIN.minus(Duration::MAX), Moment::ORIGIN);
        assert_eq!(Moment::ORIGIN.since(late), Duration::ZERO);
    }
}
