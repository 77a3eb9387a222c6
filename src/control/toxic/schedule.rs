//! When a toxic acts: a pure function of the time since it was created.

use std::time::Duration;

/// When a toxic acts. The default is at once and without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::control) struct Schedule {
    /// How long it waits before it acts.
    pub(in crate::control) start_after: Duration,
    /// How long it acts; `None` is without end.
    pub(in crate::control) duration: Option<Duration>,
    /// The period at which it acts again, from start to start.
    pub(in crate::control) every: Option<Duration>,
}

/// The phase of a toxic's schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::control) enum Phase {
    /// It waits for its start, or for the next one.
    Waiting,
    Acting,
    /// It has expired.
    Over,
}

impl Schedule {
    /// Whether there are phases in which the toxic exists but does not act.
    pub(in crate::control) fn has_pauses(&self) -> bool {
        !self.start_after.is_zero() || self.every.is_some()
    }

    /// The phase at this time after the start of the schedule, and the time until it ends (`None`: never).
    pub(in crate::control) fn at(&self, elapsed: Duration) -> (Phase, Option<Duration>) {
        let Some(acting) = elapsed.checked_sub(self.start_after) else {
            return (Phase::Waiting, Some(self.start_after - elapsed));
        };
        let Some(duration) = self.duration else {
            return (Phase::Acting, None);
        };
        let within = match self.every {
            Some(every) => remainder(acting, every),
            None => acting,
        };
        match (duration.checked_sub(within), self.every) {
            (Some(left), _) if !left.is_zero() => (Phase::Acting, Some(left)),
            (_, Some(every)) => (Phase::Waiting, Some(every.saturating_sub(within))),
            (_, None) => (Phase::Over, None),
        }
    }

    /// Whether the toxic expires when this phase ends.
    pub(in crate::control) fn expires_after(&self, phase: Phase) -> bool {
        phase == Phase::Acting && self.every.is_none()
    }

    /// The time until it expires; `None` if it never does.
    pub(in crate::control) fn expires_in(&self, elapsed: Duration) -> Option<Duration> {
        let duration = self.duration.filter(|_| self.every.is_none())?;
        let end = self.start_after.saturating_add(duration);
        Some(end.saturating_sub(elapsed))
    }
}

fn remainder(span: Duration, period: Duration) -> Duration {
    let period = period.as_nanos().max(1);
    let nanos = u64::try_from(span.as_nanos() % period).unwrap_or(u64::MAX);
    Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(start_after: u64, duration: Option<u64>, every: Option<u64>) -> Schedule {
        Schedule {
            start_after: Duration::from_secs(start_after),
            duration: duration.map(Duration::from_secs),
            every: every.map(Duration::from_secs),
        }
    }

    fn at(schedule: Schedule, ms: u64) -> (Phase, Option<u64>) {
        let (phase, left) = schedule.at(Duration::from_millis(ms));
        let left = left.map(|left| u64::try_from(left.as_millis()).unwrap());
        (phase, left)
    }

    #[test]
    fn a_default_schedule_acts_without_end() {
        let plain = Schedule::default();
        assert_eq!(at(plain, 0), (Phase::Acting, None));
    }

    #[test]
    fn a_duration_ends_the_schedule() {
        let once = schedule(0, Some(30), None);
        assert_eq!(at(once, 0), (Phase::Acting, Some(30_000)));
        assert_eq!(at(once, 29_999), (Phase::Acting, Some(1)));
        assert_eq!(at(once, 30_000), (Phase::Over, None));
        assert_eq!(
            once.expires_in(Duration::from_secs(10)),
            Some(Duration::from_secs(20))
        );
    }

    #[test]
    fn start_after_delays_the_start() {
        let late = schedule(5, None, None);
        assert_eq!(at(late, 1), (Phase::Waiting, Some(4999)));
        assert_eq!(at(late, 5000), (Phase::Acting, None));
        let both = schedule(5, Some(2), None);
        assert_eq!(at(both, 5000), (Phase::Acting, Some(2000)));
        assert_eq!(at(both, 7000), (Phase::Over, None));
        assert_eq!(
            both.expires_in(Duration::from_secs(1)),
            Some(Duration::from_secs(6))
        );
    }

    #[test]
    fn every_repeats_the_schedule() {
        let again = schedule(5, Some(10), Some(60));
        assert_eq!(at(again, 0), (Phase::Waiting, Some(5000)));
        for round in 0..3 {
            let start = 5000 + round * 60_000;
            assert_eq!(at(again, start), (Phase::Acting, Some(10_000)));
            assert_eq!(at(again, start + 9999), (Phase::Acting, Some(1)));
            assert_eq!(at(again, start + 10_000), (Phase::Waiting, Some(50_000)));
            assert_eq!(at(again, start + 59_999), (Phase::Waiting, Some(1)));
        }
        assert_eq!(again.expires_in(Duration::ZERO), None);
    }
}
