//! A distribution by a histogram: the cumulative buckets of Prometheus.
//!
//! Within a bucket every delay is equally likely, and the first one begins at 0, as in Prometheus's
//! `histogram_quantile`. What lies above the largest finite bound is drawn as that bound, also as there.

use super::bucket::{BOUND_EXPECTED, Bucket, read_bound};
use super::exposition;
use super::given::{Given, conflict, must_be};
use super::shape::Distribution;
use super::table::{Curve, Table};
use crate::toxics::error::AttributeError;
use crate::toxics::value::Value;

const FIELD: &str = "histogram";

pub(super) fn read(given: Given<'_>) -> Result<Distribution, AttributeError> {
    let (buckets, in_ms) = match given.get(FIELD) {
        Some(Value::Text(text)) => {
            let series = exposition::read(text).map_err(|problem| conflict(FIELD, problem))?;
            (series.buckets, series.in_ms)
        }
        Some(Value::Map(entries)) => (of_map(entries)?, false),
        _ => (Vec::new(), false),
    };
    check(&buckets)?;
    let ms = match given.text("unit") {
        "ms" => 1.0,
        "s" => 1000.0,
        _ if in_ms => 1.0,
        _ => 1000.0,
    };
    Ok(Distribution::Table(table(&buckets, ms)))
}

fn of_map(entries: &[(String, Value)]) -> Result<Vec<Bucket>, AttributeError> {
    let mut buckets = Vec::with_capacity(entries.len());
    for (label, count) in entries {
        let bound = read_bound(label).ok_or_else(|| {
            let problem = format!("is no bound of a bucket: {BOUND_EXPECTED}");
            conflict(&field(label), problem)
        })?;
        buckets.push(Bucket {
            label: label.clone(),
            bound,
            count: count.as_number().unwrap_or_default(),
        });
    }
    buckets.sort_by(|one, other| one.bound.total_cmp(&other.bound));
    Ok(buckets)
}

/// The buckets are in the order of their bounds.
fn check(buckets: &[Bucket]) -> Result<(), AttributeError> {
    for pair in buckets.windows(2) {
        let [lower, upper] = pair else { continue };
        if lower.bound >= upper.bound {
            let problem = format!("is the same bound as {}: give it once", lower.label);
            return Err(conflict(&field(&upper.label), problem));
        }
        if upper.count < lower.count {
            let expected = format!(
                "{} or more, the count of {}: each bucket counts those below it too",
                lower.count, lower.label
            );
            return Err(must_be(&field(&upper.label), upper.count, expected));
        }
    }
    let finite = buckets.iter().rfind(|bucket| bucket.bound.is_finite());
    match finite {
        None => Err(conflict(FIELD, "has no bucket with a finite bound")),
        Some(last) if last.count == 0.0 => Err(conflict(
            FIELD,
            "has no observation at or below its largest finite bound",
        )),
        Some(_) => Ok(()),
    }
}

/// The distribution of checked buckets whose unit is this many ms.
fn table(buckets: &[Bucket], ms: f64) -> Table {
    let total = buckets.last().map_or(1.0, |bucket| bucket.count);
    let mut table = Table::default();
    for bucket in buckets.iter().filter(|bucket| bucket.bound.is_finite()) {
        table.extend(bucket.count / total, bucket.bound * ms, Curve::Linear);
    }
    table
}

fn field(label: &str) -> String {
    format!("{FIELD}.{label}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(histogram: Value, unit: Option<&str>) -> Result<Distribution, String> {
        let mut fields = vec![(FIELD.to_owned(), histogram)];
        fields.extend(unit.map(|unit| ("unit".to_owned(), unit.into())));
        read(Given(&fields)).map_err(|error| error.to_string())
    }

    fn problem(histogram: Result<Distribution, String>) -> String {
        let message = histogram.unwrap_err();
        message
            .split_once("distribution.histogram")
            .unwrap()
            .1
            .to_owned()
    }

    #[test]
    fn buckets_in_seconds_give_delays_in_ms() {
        let counts = [("+Inf", 100.0), ("0.1", 50.0), ("0.5", 90.0), ("0.01", 0.0)];
        let found = histogram(counts.into(), None).unwrap();
        let at = [0.0, 0.25, 0.5, 0.7, 0.95].map(|p| found.quantile(p));
        let expected = [10.0, 55.0, 100.0, 300.0, 500.0];
        for (found, expected) in at.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found}, but {expected}");
        }
    }

    #[test]
    fn lines_of_a_metrics_page_are_the_same_as_their_numbers() {
        let text = "x_seconds_bucket{le=\"0.1\"} 50\nx_seconds_bucket{le=\"+Inf\"} 60";
        let numbers = [("0.1", 50.0), ("+Inf", 60.0)];
        let of_text = histogram(text.into(), None).unwrap();
        assert_eq!(of_text, histogram(numbers.into(), None).unwrap());
        let in_ms = text.replace("_seconds", "_ms").replace("0.1", "100");
        assert_eq!(of_text, histogram(in_ms.as_str().into(), None).unwrap());
        assert_eq!(
            of_text,
            histogram([("100", 50.0), ("+Inf", 60.0)].into(), Some("ms")).unwrap()
        );
    }

    #[test]
    fn counts_that_make_no_sense_are_refused_by_their_path() {
        let expected = "is no bound of a bucket: give what le says, such as 0.25 or +Inf; it must be 0 or more and at most 1000000000";
        for bound in ["x", "-1", "NaN", "1e10", "-Inf", ""] {
            let found = problem(histogram([(bound, 1.0)].into(), None));
            assert_eq!(found, format!(".{bound} {expected}"));
        }
        for (counts, expected) in [
            (vec![], " has no bucket with a finite bound"),
            (vec![("+Inf", 5.0)], " has no bucket with a finite bound"),
            (
                vec![("1", 0.0), ("+Inf", 5.0)],
                " has no observation at or below its largest finite bound",
            ),
            (
                vec![("1", 5.0), ("1.0", 6.0)],
                ".1.0 is the same bound as 1: give it once",
            ),
            (
                vec![("1", 5.0), ("2", 4.0)],
                ".2 is 4, but must be 5 or more, the count of 1: each bucket counts those below it too",
            ),
        ] {
            let counts = counts
                .into_iter()
                .map(|(bound, count)| (bound.to_owned(), Value::from(count)));
            assert_eq!(
                problem(histogram(Value::Map(counts.collect()), None)),
                expected
            );
        }
        assert_eq!(
            problem(histogram("".into(), None)),
            " has no bucket with a finite bound"
        );
    }
}
