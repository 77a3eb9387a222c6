//! Histograms: quantiles of frequent measurements, in bounded memory.
//!
//! Bucket widths grow with the value: 32 buckets per power of two, so that a quantile is within 1.6
//! % of the recorded value. Recording a value is one addition.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The number of buckets per power of two, and its logarithm.
const FINE: u64 = 1 << FINE_BITS;
const FINE_BITS: u32 = 5;
/// Values of 2^TOP_BITS and more share the last bucket. In nanoseconds that is 4.9 hours.
const TOP_BITS: u32 = 44;
const BUCKETS: usize = ((TOP_BITS - FINE_BITS + 1) as usize) << FINE_BITS;

/// Counts of values by bucket.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU32]>,
    min: AtomicU64,
    max: AtomicU64,
}

/// Quantiles of recorded values, in the unit of the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// The number of values.
    pub count: u64,
    /// The sum of the values, within 1.6 %.
    pub sum: u64,
    /// Half of the values are at most this, within 1.6 %.
    pub p50: u64,
    /// 99 of 100 values are at most this, within 1.6 %.
    pub p99: u64,
    /// The largest value.
    pub max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            buckets: (0..BUCKETS).map(|_| AtomicU32::new(0)).collect(),
            min: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts a value.
    pub fn record(&self, value: u64) {
        // A full bucket stays full. The slack allows for threads that pass this check at the same
        // time.
        const FULL: u32 = u32::MAX - 1024;
        let bucket = self.buckets.get(index(value));
        if let Some(bucket) = bucket.filter(|bucket| bucket.load(Ordering::Relaxed) < FULL) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        // Few values are a new minimum or maximum, and a load is cheaper than a write.
        if value > self.max.load(Ordering::Relaxed) {
            self.max.fetch_max(value, Ordering::Relaxed);
        }
        if value < self.min.load(Ordering::Relaxed) {
            self.min.fetch_min(value, Ordering::Relaxed);
        }
    }

    /// Forgets all values. Values recorded at the same time may be forgotten too.
    pub fn clear(&self) {
        for bucket in &self.buckets {
            bucket.store(0, Ordering::Relaxed);
        }
        self.min.store(u64::MAX, Ordering::Relaxed);
        self.max.store(0, Ordering::Relaxed);
    }

    /// The quantiles of the values recorded so far.
    pub fn quantiles(&self) -> Quantiles {
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| u64::from(bucket.load(Ordering::Relaxed)))
            .collect();
        let count: u64 = counts.iter().sum();
        let max = self.max.load(Ordering::Relaxed);
        // If all values are equal, the middle of their bucket may be none of them, so clamp to the
        // range.
        let min = self.min.load(Ordering::Relaxed).min(max);
        let at = |share: u64| {
            let rank = (count * share).div_ceil(100).max(1);
            let mut seen = 0;
            let found = counts.iter().position(|here| {
                seen += here;
                seen >= rank
            });
            found.map_or(0, middle).clamp(min, max)
        };
        let sums = counts.iter().enumerate();
        let sums = sums.map(|(index, here)| here.saturating_mul(middle(index)));
        Quantiles {
            count,
            sum: sums.fold(0, u64::saturating_add),
            p50: at(50),
            p99: at(99),
            max,
        }
    }
}

fn index(value: u64) -> usize {
    let value = value.min((1 << TOP_BITS) - 1);
    let power = value.max(1).ilog2();
    if power < FINE_BITS {
        return value as usize;
    }
    let step = power - FINE_BITS;
    let fine = (value >> step) - FINE;
    (u64::from(step + 1) * FINE + fine) as usize
}

/// The value in the middle of a bucket.
fn middle(index: usize) -> u64 {
    let (step, fine) = (index as u64 / FINE, index as u64 % FINE);
    if step == 0 {
        return fine;
    }
    let low = (FINE + fine) << (step - 1);
    low + (1 << (step - 1)) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_within_two_percent_of_its_values() {
        let mut value = 1_u64;
        while value < 1 << TOP_BITS {
            let shown = middle(index(value));
            let error = shown.abs_diff(value) as f64 / value as f64;
            assert!(error <= 1.0 / 63.0, "{value} is shown as {shown}");
            value += 1 + value / 97;
        }
        assert_eq!(index(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let histogram = Histogram::default();
        assert_eq!(histogram.quantiles(), Quantiles::default());
        for value in 1..=1000_u64 {
            histogram.record(value * 1000);
        }
        let seen = histogram.quantiles();
        assert_eq!((seen.count, seen.max), (1000, 1_000_000));
        assert!((490_000..=510_000).contains(&seen.p50), "{seen:?}");
        assert!((974_000..=1_000_000).contains(&seen.p99), "{seen:?}");
    }

    #[test]
    fn one_value_is_all_quantiles() {
        let histogram = Histogram::default();
        histogram.record(7);
        let seen = histogram.quantiles();
        assert_eq!((seen.p50, seen.p99, seen.max), (7, 7, 7));
        let histogram = Histogram::default();
        for _ in 0..10 {
            histogram.record(100_000_000);
        }
        histogram.record(300_000_000);
        let seen = histogram.quantiles();
        assert_eq!((seen.p50, seen.max), (100_000_000, 300_000_000));
    }
}
