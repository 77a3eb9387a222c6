//! How the delay of a latency varies.

use std::time::Duration;

use crate::toxics::Value;

/// How the delay of a [`Latency`](super::Latency) varies. A draw is added to the delay, and a sum below 0 acts like 0.
///
/// ```
/// use std::time::Duration;
/// use aconite::{Simulation, faults::{Distribution, Latency}};
///
/// let ms = Duration::from_millis;
/// // What production looked like: half of the answers within 20 ms, one of a hundred after 400 ms or more.
/// let measured = Distribution::quantiles(&[(50.0, ms(20)), (90.0, ms(60)), (99.0, ms(400))]);
/// let slow = Latency::default().distribution(measured);
/// let mut link = Simulation::of_fault(slow)?;
/// link.send("hello").advance(Duration::from_secs(10));
/// assert!(link.received()[0].0 > Duration::ZERO);
/// # Ok::<(), aconite::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Value);

impl Distribution {
    /// A normal distribution.
    pub fn normal(mean: Duration, stddev: Duration) -> Self {
        let times = [("mean", mean), ("stddev", stddev)];
        Distribution::of("normal", &times)
    }

    /// A lognormal distribution with this median, of which 99 of 100 draws are shorter than `p99`.
    pub fn lognormal(median: Duration, p99: Duration) -> Self {
        Distribution::of("lognormal", &[("median", median), ("p99", p99)])
    }

    /// An exponential distribution.
    pub fn exponential(mean: Duration) -> Self {
        Distribution::of("exponential", &[("mean", mean)])
    }

    /// netem's `delay MEAN JITTER distribution pareto`.
    pub fn pareto(mean: Duration, jitter: Duration) -> Self {
        Distribution::of("pareto", &[("mean", mean), ("jitter", jitter)])
    }

    /// netem's `delay MEAN JITTER distribution paretonormal`.
    pub fn pareto_normal(mean: Duration, jitter: Duration) -> Self {
        let times = [("mean", mean), ("jitter", jitter)];
        Distribution::of("paretonormal", &times)
    }

    /// Measured quantiles: percentages, and the time that so many of a hundred draws do not exceed. Both rise. Times
    /// between them are interpolated.
    pub fn quantiles(measured: &[(f64, Duration)]) -> Self {
        let measured = measured.iter();
        let measured = measured.map(|(percent, time)| (format!("p{percent}"), millis(*time)));
        let fields = vec![("quantiles".to_owned(), Value::Map(measured.collect()))];
        Distribution(Value::Map(fields))
    }

    /// The cumulative buckets of a histogram in seconds, as copied from a `/metrics` page of Prometheus.
    pub fn histogram(lines: &str) -> Self {
        Distribution(Value::from([("histogram", lines)]))
    }

    fn of(shape: &str, times: &[(&str, Duration)]) -> Self {
        let times = times.iter();
        let times = times.map(|(name, time)| ((*name).to_owned(), millis(*time)));
        let shape = std::iter::once(("type".to_owned(), Value::from(shape)));
        Distribution(Value::Map(shape.chain(times).collect()))
    }

    pub(super) fn into_value(self) -> Value {
        self.0
    }
}

fn millis(time: Duration) -> Value {
    Value::Number(time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::Simulation;
    use crate::embed::faults::Latency;

    #[test]
    fn every_distribution_is_one_that_a_latency_takes() {
        let ms = Duration::from_millis;
        let lines = "t_bucket{le=\"0.1\"} 5\nt_bucket{le=\"+Inf\"} 6\n";
        for distribution in [
            Distribution::normal(ms(10), ms(3)),
            Distribution::lognormal(ms(10), ms(80)),
            Distribution::exponential(ms(10)),
            Distribution::pareto(ms(10), ms(3)),
            Distribution::pareto_normal(ms(10), ms(3)),
            Distribution::quantiles(&[(50.0, ms(1)), (99.9, ms(7))]),
            Distribution::histogram(lines),
        ] {
            let fault = Latency::new(ms(20)).distribution(distribution.clone());
            let taken = Simulation::of_fault(fault);
            assert!(taken.is_ok(), "{distribution:?}: {:?}", taken.err());
        }
        let jittery = Latency::new(ms(20)).jitter(ms(5));
        let both = jittery.distribution(Distribution::exponential(ms(10)));
        assert!(Simulation::of_fault(both).is_err());
    }
}
