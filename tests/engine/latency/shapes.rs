//! Kolmogorov-Smirnov tests: 10,000 delays of each distribution against its cumulative distribution
//! function, which is written here a second time and in another way.

use super::{book, delays};

const DRAWS: usize = 10_000;
/// One true sample in a hundred is further away than 1.628 / √n. The seed is fixed.
const CRITICAL: f64 = 1.628 / 100.0;

/// The distance between a sample and a cumulative distribution function, which may have steps.
fn distance(mut sample: Vec<f64>, cumulative: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let (mut below, mut most) = (0, 0.0_f64);
    for equal in sample.chunk_by(|one, other| one == other) {
        let x = equal[0];
        let before = (cumulative(x - 1e-6) - below as f64 / n).abs();
        below += equal.len();
        let after = (cumulative(x) - below as f64 / n).abs();
        most = most.max(before).max(after);
    }
    most
}

fn sample(distribution: &str) -> Vec<f64> {
    delays(
        &book(11, &[("distribution", distribution)]),
        1,
        vec![1; DRAWS],
    )
}

fn assert_follows(distribution: &str, cumulative: impl Fn(f64) -> f64) {
    let distance = distance(sample(distribution), cumulative);
    assert!(distance < CRITICAL, "{distance} for {distribution}");
}

/// The cumulative normal distribution, by the Taylor series of the error function.
fn normal(z: f64) -> f64 {
    if z.abs() > 6.0 {
        return f64::from(u8::from(z > 0.0));
    }
    let x = z / std::f64::consts::SQRT_2;
    let (mut power, mut sum) = (x, x);
    for n in 1..200 {
        power *= -x * x / f64::from(n);
        sum += power / f64::from(2 * n + 1);
    }
    0.5 + sum / std::f64::consts::PI.sqrt()
}

#[test]
fn normal_delays_are_normal() {
    assert_follows(r#"{"type": "normal", "mean": 100, "stddev": 20}"#, |x| {
        normal((x - 100.0) / 20.0)
    });
}

#[test]
fn lognormal_delays_have_the_median_and_p99_or_the_mean_and_stddev() {
    let sigma = 20_f64.ln() / 2.326_347_874;
    assert_follows(r#"{"type": "lognormal", "median": 20, "p99": 400}"#, |x| {
        normal((x / 20.0).ln() / sigma)
    });
    let sigma = 1.25_f64.ln().sqrt();
    assert_follows(r#"{"type": "lognormal", "mean": 100, "stddev": 50}"#, |x| {
        normal(((x / 100.0).ln() + sigma * sigma / 2.0) / sigma)
    });
}

#[test]
fn exponential_delays_are_exponential() {
    let cumulative = |x: f64| 1.0 - (-x.max(0.0) / 50.0).exp();
    assert_follows(r#"{"type": "exponential", "mean": 50}"#, cumulative);
}

#[test]
fn pareto_delays_are_those_of_netem() {
    let cumulative = |shape: f64| {
        move |x: f64| {
            let variable = (x - 100.0) / (20.0 * 4.0 / 3.0) + shape / (shape - 1.0);
            1.0 - variable.max(1.0).powf(-shape)
        }
    };
    let netem = r#"{"type": "pareto", "mean": 100, "jitter": 20}"#;
    assert_follows(netem, cumulative(3.0));
    let steep = r#"{"type": "pareto", "mean": 100, "jitter": 20, "shape": 6}"#;
    assert_follows(steep, cumulative(6.0));
}

#[test]
fn paretonormal_delays_are_those_of_netem() {
    let delay = |z: f64| {
        let pareto = ((1.0 - normal(z)).max(1e-12).powf(-1.0 / 3.0) - 1.5) * 4.0 / 3.0;
        100.0 + 20.0 * (0.25 * z + 0.75 * pareto)
    };
    let cumulative = |x: f64| {
        let (mut low, mut high) = (-6.0, 6.0);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            if delay(middle) < x {
                low = middle;
            } else {
                high = middle;
            }
        }
        normal(low)
    };
    assert_follows(
        r#"{"type": "paretonormal", "mean": 100, "jitter": 20}"#,
        cumulative,
    );
}

#[test]
fn uniform_delays_and_jitter_are_uniform() {
    let cumulative = |x: f64| ((x - 20.0) / 60.0).clamp(0.0, 1.0);
    assert_follows(r#"{"type": "uniform", "min": 20, "max": 80}"#, cumulative);
    let jitter = book(11, &[("latency", "50"), ("jitter", "30")]);
    assert!(distance(delays(&jitter, 1, vec![1; DRAWS]), cumulative) < CRITICAL);
}

#[test]
fn delays_by_quantiles_meet_them() {
    let points = [
        (0.0, 0.0),
        (0.5, 20.0),
        (0.9, 60.0),
        (0.99, 400.0),
        (0.999, 1500.0),
    ];
    let cumulative = |x: f64| {
        let above = points.iter().position(|(_, delay)| *delay > x);
        let Some(above) = above else { return 1.0 };
        let ((low, from), (high, to)) = (points[above.max(1) - 1], points[above]);
        let (part, ratio): (f64, f64) = ((x - from) / (to - from), (1.0 - high) / (1.0 - low));
        1.0 - (1.0 - low) * ratio.powf(part)
    };
    assert_follows(
        r#"{"quantiles": {"p50": 20, "p90": 60, "p99": 400, "p99.9": 1500}}"#,
        |x| if x < 0.0 { 0.0 } else { cumulative(x) },
    );
}

#[test]
fn delays_by_a_histogram_meet_its_buckets() {
    let points = [
        (0.0, 0.0),
        (0.25, 5.0),
        (0.25, 10.0),
        (0.75, 100.0),
        (0.95, 500.0),
    ];
    let cumulative = |x: f64| {
        let above = points.iter().position(|(_, delay)| *delay > x);
        let Some(above) = above else { return 1.0 };
        let ((low, from), (high, to)) = (points[above.max(1) - 1], points[above]);
        low + (high - low) * ((x - from) / (to - from)).max(0.0)
    };
    let counts =
        r#"{"histogram": {"0.005": 250, "0.01": 250, "0.1": 750, "0.5": 950, "+Inf": 1000}}"#;
    assert_follows(counts, cumulative);
    let lines = r#"{"histogram": "x_bucket{le=\"5\"} 250\nx_bucket{le=\"10\"} 250\nx_bucket{le=\"100\"} 750\nx_bucket{le=\"500\"} 950\nx_bucket{le=\"+Inf\"} 1000", "unit": "ms"}"#;
    assert_follows(lines, cumulative);
}

#[test]
fn another_distribution_is_told_apart() {
    let sample = sample(r#"{"type": "normal", "mean": 100, "stddev": 20}"#);
    let off_mean = distance(sample.clone(), |x| normal((x - 101.5) / 20.0));
    let off_stddev = distance(sample, |x| normal((x - 100.0) / 22.0));
    assert!(
        off_mean > CRITICAL && off_stddev > CRITICAL,
        "{off_mean} {off_stddev}"
    );
}

#[test]
fn correlated_delays_keep_their_distribution() {
    let given = [
        ("distribution", r#"{"type": "exponential", "mean": 50}"#),
        ("correlation", "0.6"),
    ];
    let sample = delays(&book(11, &given), 1, vec![1; DRAWS]);
    // Each delay is like the next one.
    let (longer, pairs) = (35.0, sample.windows(2));
    let alike = pairs
        .filter(|pair| (pair[0] > longer) == (pair[1] > longer))
        .count();
    assert!((6500..7500).contains(&alike), "{alike}");
    // Correlated draws count for fewer: about (1 - 0.6) / (1 + 0.6) of them.
    let distance = distance(sample, |x| 1.0 - (-x.max(0.0) / 50.0).exp());
    assert!(distance < 2.0 * CRITICAL, "{distance}");
}

#[test]
fn a_delay_below_0_acts_like_0() {
    let given = [
        ("latency", "10"),
        ("distribution", r#"{"type": "normal", "stddev": 10}"#),
    ];
    let sample = delays(&book(11, &given), 1, vec![1; DRAWS]);
    let at_once = sample.iter().filter(|delay| **delay == 0.0).count();
    let expected = DRAWS as f64 * normal(-1.0);
    assert!(
        (at_once as f64 - expected).abs() < 150.0,
        "{at_once}, but {expected}"
    );
    let cumulative = |x: f64| {
        if x < 0.0 {
            0.0
        } else {
            normal((x - 10.0) / 10.0)
        }
    };
    assert!(distance(sample, cumulative) < CRITICAL);
}
