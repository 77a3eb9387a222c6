//! The few statistics that are needed, and a self-check of them at the start of every run.

use crate::fault::{Result, fault};

/// In ascending order.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The smallest element of `sorted` that at least a share `q` (0 to 1) of them does not exceed; NaN
/// if there are none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    let index = rank.saturating_sub(1).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

/// The median, or the mean of the two middle elements; NaN if there are none.
pub fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match (
        sorted.len() % 2,
        half.checked_sub(1).and_then(|low| sorted.get(low)),
        sorted.get(half),
    ) {
        (1, _, Some(middle)) => *middle,
        (0, Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => f64::NAN,
    }
}

/// The mean, and the sample standard deviation.
pub fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

/// The Kolmogorov-Smirnov distance between `sorted` and the uniform distribution on low..high.
pub fn distance_to_uniform(sorted: &[f64], low: f64, high: f64) -> f64 {
    let count = sorted.len() as f64;
    let mut most: f64 = 0.0;
    for (below, value) in sorted.iter().enumerate() {
        let expected = ((value - low) / (high - low)).clamp(0.0, 1.0);
        let (before, after) = (below as f64 / count, (below + 1) as f64 / count);
        most = most.max(expected - before).max(after - expected);
    }
    most
}

/// The distance that a sample of `count` from the true distribution exceeds once in twenty.
pub fn critical_distance(count: usize) -> f64 {
    1.358 / (count as f64).sqrt()
}

/// The most bytes that arrived within any interval shorter than `window`; arrivals are (time,
/// bytes).
pub fn busiest(arrivals: &[(f64, u64)], window: f64) -> u64 {
    let mut oldest = arrivals.iter();
    let (mut within, mut most) = (0, 0);
    for (time, bytes) in arrivals {
        within += bytes;
        while let Some((_, left)) = oldest
            .as_slice()
            .first()
            .filter(|(first, _)| time - first >= window)
        {
            within -= left;
            oldest.next();
        }
        most = most.max(within);
    }
    most
}

/// Checks the functions against known values.
pub fn check() -> Result<()> {
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    let even: Vec<f64> = (0..100).map(|n| (f64::from(n) + 0.5) / 100.0).collect();
    let arrivals = [(0.0, 5), (0.01, 5), (0.02, 5), (0.1, 12), (0.125, 4)];
    let (mean, deviation) = mean_and_deviation(&[1.0, 3.0]);
    let known = [
        ("p50", quantile(&hundred, 0.5), 50.0),
        ("p99", quantile(&hundred, 0.99), 99.0),
        ("maximum", quantile(&hundred, 1.0), 100.0),
        ("minimum", quantile(&hundred, 0.0), 1.0),
        ("even median", median(&hundred), 50.5),
        ("odd median", median(&[1.0, 2.0, 9.0]), 2.0),
        ("mean", mean, 2.0),
        ("deviation", deviation, 2f64.sqrt()),
        (
            "distance of a grid",
            distance_to_uniform(&even, 0.0, 1.0),
            0.005,
        ),
        (
            "distance of a point",
            distance_to_uniform(&[0.5], 0.0, 1.0),
            0.5,
        ),
        ("critical distance", critical_distance(400), 0.0679),
        ("window", busiest(&arrivals, 0.02) as f64, 12.0),
        (
            "window of the first",
            busiest(&arrivals[..3], 0.02) as f64,
            10.0,
        ),
    ];
    match known
        .iter()
        .find(|(_, got, want)| (got - want).abs() > 1e-9)
    {
        Some((what, got, want)) => Err(fault(format!("statistics: {what} is {got}, not {want}"))),
        None => Ok(()),
    }
}
