//! A rate over time that is repeated at its end. A constant rate is a trace of one step.
//!
//! Work is measured in units: a rate of one byte per second does one unit per nanosecond, so a byte
//! is [`UNITS`] of them. All sums are exact; only the moment at which work is done is rounded up,
//! to a nanosecond. Arithmetic saturates.

/// Units of work per byte.
pub(in crate::toxics) const UNITS: u128 = 1_000_000_000;
/// Toxiproxy's largest rate is beyond any machine. Up to this rate, in bytes per second, sums over
/// centuries fit in 128 bits.
const MAX_RATE: u128 = 1_000_000_000_000_000;

/// Times are nanoseconds since the trace began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::toxics) struct Trace {
    /// Never empty. The first begins at 0, and times rise strictly.
    steps: Vec<Step>,
    /// After this time the trace begins again.
    period: u128,
    /// The work of one period.
    total: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    from: u128,
    /// In bytes per second.
    rate: u128,
    /// The work of all steps before it.
    before: u128,
}

/// The part of a trace around a moment in which the rate does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::toxics) struct Stretch {
    /// In bytes per second.
    pub(in crate::toxics) rate: u128,
    /// When the next step begins.
    pub(in crate::toxics) until: u128,
}

impl Trace {
    /// The same rate at all times, in bytes per second.
    pub(in crate::toxics) fn constant(rate: u64) -> Self {
        Trace::of(&[(0, rate)])
    }

    /// Each step is the time at which it begins, in nanoseconds, and its rate in bytes per second.
    /// Times rise strictly and count from the first one. The last step lasts as long as the one
    /// before it, as in a recording with a fixed interval. A single step lasts for ever.
    pub(in crate::toxics) fn of(points: &[(u64, u64)]) -> Self {
        let first = points.first().map_or(0, |(at, _)| *at);
        let mut trace = Trace {
            steps: Vec::with_capacity(points.len()),
            period: u128::from(u64::MAX),
            total: 0,
        };
        for (at, rate) in points {
            let from = u128::from(at.saturating_sub(first));
            if let Some(last) = trace.steps.last() {
                let lasts = from.saturating_sub(last.from);
                trace.total = last.before + last.rate * lasts;
                trace.period = from + lasts;
            }
            trace.steps.push(Step {
                from,
                rate: u128::from(*rate).min(MAX_RATE),
                before: trace.total,
            });
        }
        if let Some(last) = trace.steps.last() {
            trace.total = last.before + last.rate * (trace.period - last.from);
        }
        trace
    }

    /// Whether nothing ever passes.
    pub(in crate::toxics) fn is_still(&self) -> bool {
        self.total == 0
    }

    /// The highest rate, in bytes per second.
    pub(in crate::toxics) fn fastest(&self) -> u128 {
        self.steps.iter().map(|step| step.rate).max().unwrap_or(0)
    }

    /// A time of whole periods in which at least this much work is done.
    pub(in crate::toxics) fn whole_periods_of(&self, work: u128) -> u128 {
        let periods = work / self.total.max(1) + 1;
        periods.saturating_mul(self.period)
    }

    /// The work that is done from 0 to `at`.
    pub(in crate::toxics) fn work_until(&self, at: u128) -> u128 {
        let (periods, within) = (at / self.period, at % self.period);
        let step = self.step_at(within);
        let work = step.before + step.rate * (within - step.from);
        periods.saturating_mul(self.total).saturating_add(work)
    }

    /// The first time at which this much work is done.
    pub(in crate::toxics) fn time_of(&self, work: u128) -> u128 {
        if self.total == 0 {
            return if work == 0 { 0 } else { u128::MAX };
        }
        let Some(before_last) = work.checked_sub(1) else {
            return 0;
        };
        let periods = before_last / self.total;
        let within = work - periods * self.total;
        let next = self.steps.partition_point(|step| step.before < within);
        let step = self.get(next.saturating_sub(1));
        let time = step.from + (within - step.before).div_ceil(step.rate.max(1));
        periods.saturating_mul(self.period).saturating_add(time)
    }

    /// The rate at a time, and until when it holds.
    pub(in crate::toxics) fn stretch_at(&self, at: u128) -> Stretch {
        let (periods, within) = (at / self.period, at % self.period);
        let next = self.steps.partition_point(|step| step.from <= within);
        let end = self.steps.get(next).map_or(self.period, |step| step.from);
        Stretch {
            rate: self.get(next.saturating_sub(1)).rate,
            until: periods.saturating_mul(self.period).saturating_add(end),
        }
    }

    fn step_at(&self, within: u128) -> Step {
        let next = self.steps.partition_point(|step| step.from <= within);
        self.get(next.saturating_sub(1))
    }

    fn get(&self, index: usize) -> Step {
        self.steps.get(index).copied().unwrap_or(Step {
            from: 0,
            rate: 0,
            before: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// 1000 bytes/s, then nothing, then 500 bytes/s; 4 s in all.
    fn bumpy() -> Trace {
        Trace::of(&[(0, 1000), (SECOND, 0), (2 * SECOND, 500), (3 * SECOND, 250)])
    }

    #[test]
    fn the_work_of_every_period_is_the_same() {
        let trace = bumpy();
        for period in 0..1000_u128 {
            let at = period * 4 * u128::from(SECOND);
            assert_eq!(trace.work_until(at), period * 1750 * UNITS);
            assert_eq!(
                trace.work_until(at + u128::from(SECOND) * 5 / 2),
                (period * 1750 + 1250) * UNITS
            );
        }
    }

    #[test]
    fn the_time_of_work_is_the_first_at_which_it_is_done() {
        let trace = bumpy();
        let mut work = 0;
        for step in 0..20_000_u128 {
            work += step * 977_777;
            let at = trace.time_of(work);
            assert!(trace.work_until(at) >= work);
            assert!(at == 0 || trace.work_until(at - 1) < work, "{work} at {at}");
        }
        // A period's last byte is done when its last step is, and the next one is after it.
        assert_eq!(trace.time_of(1750 * UNITS), 4 * u128::from(SECOND));
        assert_eq!(trace.time_of(1000 * UNITS), u128::from(SECOND));
        assert_eq!(trace.time_of(1000 * UNITS + 1), 2 * u128::from(SECOND) + 1);
    }

    #[test]
    fn a_stretch_ends_where_the_next_step_begins() {
        let trace = bumpy();
        let second = u128::from(SECOND);
        let at = |at: u128| {
            let stretch = trace.stretch_at(at);
            (stretch.rate, stretch.until / second)
        };
        assert_eq!(at(0), (1000, 1));
        assert_eq!(at(second - 1), (1000, 1));
        assert_eq!(at(second), (0, 2));
        assert_eq!(at(3 * second), (250, 4));
        assert_eq!(at(4 * second), (1000, 5));
    }

    #[test]
    fn times_count_from_the_first_and_the_last_step_lasts_as_long_as_the_one_before() {
        let late = Trace::of(&[(7 * SECOND, 10), (9 * SECOND, 20)]);
        assert_eq!(late, Trace::of(&[(0, 10), (2 * SECOND, 20)]));
        assert_eq!(late.period, 4 * u128::from(SECOND));
        assert_eq!(late.total, 60 * UNITS);
        assert_eq!(Trace::of(&[(5, 10)]), Trace::constant(10));
    }

    #[test]
    fn extremes_saturate() {
        let still = Trace::constant(0);
        assert!(still.is_still());
        assert_eq!((still.time_of(0), still.time_of(1)), (0, u128::MAX));
        let fast = Trace::constant(u64::MAX);
        assert_eq!(fast.fastest(), MAX_RATE);
        assert!(fast.work_until(u128::from(u64::MAX) * 4) > 0);
        assert_eq!(fast.time_of(1), 1);
        let slow = Trace::of(&[(0, 0), (u64::MAX / 2, 1)]);
        assert!(slow.time_of(u128::MAX / 2) > u128::from(u64::MAX));
    }
}
