//! A distribution by its quantiles, such as `{"p50": 20, "p99": 400}`.
//!
//! Between two quantiles the delay grows as in the tail of an exponential distribution, because
//! latencies have long tails: a straight line from p99 to p99.9 would make the long delays too
//! likely. Below the first quantile it does the same from 0, or from `p0`. Above the last one, all draws have its
//! delay, so that no delay is longer than what was asked for. `p100` is the maximum; the delay grows
//! evenly up to it.

use super::given::{conflict, must_be};
use super::shape::Distribution;
use super::table::{Curve, Table};
use crate::toxics::error::AttributeError;
use crate::toxics::value::Value;

const FIELD: &str = "quantiles";

struct Quantile<'a> {
    name: &'a str,
    /// The share of draws that are shorter.
    share: f64,
    delay: f64,
}

pub(super) fn read(entries: &[(String, Value)]) -> Result<Distribution, AttributeError> {
    let mut quantiles = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        quantiles.push(Quantile {
            name,
            share: share(name)?,
            delay: value.as_number().unwrap_or_default(),
        });
    }
    quantiles.sort_by(|one, other| one.share.total_cmp(&other.share));
    for pair in quantiles.windows(2) {
        if let [lower, upper] = pair {
            check_order(lower, upper)?;
        }
    }
    match quantiles.last() {
        None => return Err(conflict(FIELD, "is empty: give at least one, such as p50")),
        Some(last) if last.delay == 0.0 => {
            return Err(must_be(&field(last.name), 0.0, "above 0"));
        }
        Some(_) => {}
    }
    let mut table = Table::default();
    for quantile in &quantiles {
        table.extend(quantile.share, quantile.delay, Curve::Exponential);
    }
    Ok(Distribution::Table(table))
}

/// The share that a name such as `p99.9` stands for.
fn share(name: &str) -> Result<f64, AttributeError> {
    let digits = name.strip_prefix('p').filter(|rest| {
        let plain = |letter: u8| letter.is_ascii_digit() || letter == b'.';
        rest.bytes().all(plain)
    });
    let percent = digits.and_then(|digits| digits.parse::<f64>().ok());
    match percent.filter(|percent| *percent <= 100.0) {
        Some(percent) => Ok(percent / 100.0),
        None => Err(conflict(
            &field(name),
            "is no quantile: give names from p0 to p100, such as p50 or p99.9",
        )),
    }
}

fn check_order(lower: &Quantile<'_>, upper: &Quantile<'_>) -> Result<(), AttributeError> {
    if lower.share >= upper.share {
        let problem = format!("is the same quantile as {}: give it once", lower.name);
        return Err(conflict(&field(upper.name), problem));
    }
    if upper.delay < lower.delay {
        let expected = format!("{} or more, the value of {}", lower.delay, lower.name);
        return Err(must_be(&field(upper.name), upper.delay, expected));
    }
    Ok(())
}

fn field(name: &str) -> String {
    format!("{FIELD}.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles(given: &[(&str, f64)]) -> Result<Distribution, String> {
        let given = given.iter();
        let given = given.map(|(name, delay)| ((*name).to_owned(), (*delay).into()));
        read(&given.collect::<Vec<_>>()).map_err(|error| error.to_string())
    }

    #[test]
    fn quantiles_in_any_order_are_met_and_bound_the_delays() {
        let given = [
            ("p99.9", 1500.0),
            ("p50", 20.0),
            ("p99", 400.0),
            ("p90", 60.0),
        ];
        let found = quantiles(&given).unwrap();
        for (name, delay) in given {
            let share = share(name).unwrap();
            assert!((found.quantile(share) - delay).abs() < 1e-6, "{name}");
        }
        assert_eq!((found.quantile(0.0), found.quantile(0.9999)), (0.0, 1500.0));
        // Half of the draws between p99 and p99.9 lie well below the middle of the two.
        let between = found.quantile(0.9945);
        assert!((600.0..700.0).contains(&between), "{between}");
    }

    #[test]
    fn p0_and_p100_are_the_least_and_the_most() {
        let found = quantiles(&[("p0", 5.0), ("p50", 20.0), ("p100", 100.0)]).unwrap();
        let at = [0.0, 0.5, 0.75, 1.0 - f64::EPSILON / 2.0].map(|p| found.quantile(p));
        assert_eq!(at[..3], [5.0, 20.0, 60.0]);
        assert!((at[3] - 100.0).abs() < 1e-9);
    }

    #[test]
    fn equal_quantiles_are_a_step() {
        let found = quantiles(&[("p50", 1.0), ("p90", 1.0), ("p99", 40.0)]).unwrap();
        assert_eq!((found.quantile(0.5), found.quantile(0.89)), (1.0, 1.0));
    }

    #[test]
    fn quantiles_that_make_no_sense_are_refused_by_their_path() {
        for (given, expected) in [
            (
                &[][..],
                ".quantiles is empty: give at least one, such as p50",
            ),
            (
                &[("p50", 20.0), ("p90", 10.0)],
                ".quantiles.p90 is 10, but must be 20 or more, the value of p50",
            ),
            (
                &[("p50", 20.0), ("p50.0", 30.0)],
                ".quantiles.p50.0 is the same quantile as p50: give it once",
            ),
            (&[("p50", 0.0)], ".quantiles.p50 is 0, but must be above 0"),
            (
                &[("p101", 1.0)],
                ".quantiles.p101 is no quantile: give names from p0 to p100, such as p50 or p99.9",
            ),
            (
                &[("p-1", 1.0)],
                ".quantiles.p-1 is no quantile: give names from p0 to p100, such as p50 or p99.9",
            ),
            (
                &[("pNaN", 1.0)],
                ".quantiles.pNaN is no quantile: give names from p0 to p100, such as p50 or p99.9",
            ),
            (
                &[("0.5", 1.0)],
                ".quantiles.0.5 is no quantile: give names from p0 to p100, such as p50 or p99.9",
            ),
        ] {
            let message = quantiles(given).unwrap_err();
            assert_eq!(message.split_once("distribution").unwrap().1, expected);
        }
    }
}
