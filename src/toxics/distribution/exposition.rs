//! Reads the buckets of a histogram from lines of a `/metrics` page.
//!
//! The format is Prometheus's text format, version 0.0.4, and OpenMetrics, of which only the lines of
//! one histogram are expected: `NAME_bucket{le="0.5",…} COUNT`. Comments, `_sum`, `_count` and
//! `_created` are skipped, and so are timestamps and exemplars. Several series, such as one for each
//! status, are added up if they have the same bounds.

use std::collections::BTreeMap;

use super::bucket::{BOUND_EXPECTED, Bucket, MAX_BUCKETS, read_bound};
use super::fields::MAX_COUNT;

/// The sum of all series.
#[derive(Debug, PartialEq)]
pub(super) struct Series {
    pub(super) buckets: Vec<Bucket>,
    /// The metric's name says that its unit is ms.
    pub(super) in_ms: bool,
}

/// One line of a bucket.
struct Line<'a> {
    name: &'a str,
    bound: &'a str,
    /// The other labels, as they were written.
    labels: String,
    count: f64,
}

/// Reads the lines. The error ends a sentence that begins with the histogram.
pub(super) fn read(text: &str) -> Result<Series, String> {
    let mut metric = "";
    let mut all: BTreeMap<String, Vec<Bucket>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let at = |problem: String| format!("has a line {} that {problem}", index + 1);
        let Some(line) = read_line(line.trim()).map_err(at)? else {
            continue;
        };
        if !metric.is_empty() && metric != line.name {
            let problem = format!("belongs to {}, the others to {metric}", line.name);
            return Err(at(format!("{problem}: give one histogram")));
        }
        metric = line.name;
        let bound = read_bound(line.bound);
        let bound = bound.ok_or_else(|| at(format!("has no good le: {BOUND_EXPECTED}")))?;
        let buckets = all.entry(line.labels).or_default();
        if buckets.len() == MAX_BUCKETS {
            return Err(at(format!(
                "is one bucket too many: give {MAX_BUCKETS} or fewer"
            )));
        }
        buckets.push(Bucket {
            label: line.bound.to_owned(),
            bound,
            count: line.count,
        });
    }
    let in_ms = ["_ms_bucket", "_milliseconds_bucket"];
    Ok(Series {
        buckets: add_up(all.into_values())?,
        in_ms: in_ms.iter().any(|ending| metric.ends_with(ending)),
    })
}

/// Adds up series that have the same bounds.
fn add_up(all: impl Iterator<Item = Vec<Bucket>>) -> Result<Vec<Bucket>, String> {
    let mut sum: Vec<Bucket> = Vec::new();
    for mut buckets in all {
        buckets.sort_by(|one, other| one.bound.total_cmp(&other.bound));
        if sum.is_empty() {
            sum = buckets;
            continue;
        }
        let bounds = |buckets: &[Bucket]| buckets.iter().map(|bucket| bucket.bound).collect();
        let (own, other): (Vec<f64>, Vec<f64>) = (bounds(&sum), bounds(&buckets));
        if own != other {
            return Err("has series with different bounds: give one of them".to_owned());
        }
        for (sum, bucket) in sum.iter_mut().zip(buckets) {
            sum.count += bucket.count;
        }
    }
    Ok(sum)
}

/// Reads a line; `None` if it is not one of a bucket. The error continues "a line that".
fn read_line(line: &str) -> Result<Option<Line<'_>>, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let end = line.find(|letter: char| letter == '{' || letter.is_whitespace());
    let (name, rest) = line.split_at(end.unwrap_or(line.len()));
    if ["_sum", "_count", "_created"]
        .iter()
        .any(|ending| name.ends_with(ending))
    {
        return Ok(None);
    }
    if !name.ends_with("_bucket") {
        return Err("is no bucket: give lines such as x_seconds_bucket{le=\"0.5\"} 12".to_owned());
    }
    let Some((labels, rest)) = read_labels(rest.trim_start()) else {
        return Err("has labels that do not end".to_owned());
    };
    let count = rest.split_whitespace().next().unwrap_or_default();
    let count = count.parse::<f64>().ok();
    let Some(count) = count.filter(|count| (0.0..=MAX_COUNT).contains(count)) else {
        return Err("has no good count: it must be a number from 0 to 1e15".to_owned());
    };
    let bound = labels.iter().find(|(name, _)| *name == "le");
    let Some((_, bound)) = bound.copied() else {
        return Err("has no le label".to_owned());
    };
    let mut others: Vec<_> = labels
        .into_iter()
        .filter(|(name, _)| *name != "le")
        .collect();
    others.sort_unstable();
    Ok(Some(Line {
        name,
        bound,
        labels: format!("{others:?}"),
        count,
    }))
}

/// Names and values of labels.
type Labels<'a> = Vec<(&'a str, &'a str)>;

/// Splits `{name="value",…} rest`. The values are as they were written, with their escapes.
fn read_labels(text: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return Some((labels, text));
    };
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, after) = rest.split_once('=')?;
        let quoted = after.trim_start().strip_prefix('"')?;
        let end = end_of_quoted(quoted)?;
        labels.push((name.trim(), quoted.get(..end)?));
        rest = quoted.get(end + 1..)?;
    }
}

/// Where the quote is that ends the value; one behind a backslash does not.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, letter) in text.char_indices() {
        match letter {
            '"' if !escaped => return Some(index),
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Vec<(f64, f64)> {
        let buckets = read(text).unwrap().buckets;
        buckets
            .iter()
            .map(|bucket| (bucket.bound, bucket.count))
            .collect()
    }

    #[test]
    fn a_copied_histogram_is_read() {
        let text = r#"
            # HELP http_request_duration_seconds A histogram of the request duration.
            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{le="0.05"} 24054
            http_request_duration_seconds_bucket{le="0.1",} 33444 1395066363000
            http_request_duration_seconds_bucket { path="a\"},b", le = "0.2" } 1e5 # {trace_id="x"} 0.07
            http_request_duration_seconds_bucket{le="+Inf"} 144320
            http_request_duration_seconds_sum 53423
            http_request_duration_seconds_count 144320"#;
        let without = text.replace(" path=\"a\\\"},b\",", "");
        let expected = [
            (0.05, 24054.0),
            (0.1, 33444.0),
            (0.2, 1e5),
            (f64::INFINITY, 144_320.0),
        ];
        assert_eq!(counts(&without), expected);
        // With the label the line belongs to another series.
        assert_eq!(
            read(text).unwrap_err(),
            "has series with different bounds: give one of them"
        );
    }

    #[test]
    fn series_with_the_same_bounds_are_added_up() {
        let text = r#"
            x_bucket{code="200",le="1"} 10
            x_bucket{code="200",le="+Inf"} 12
            x_bucket{le="+Inf",code="500"} 4
            x_bucket{le="1",code="500"} 3"#;
        assert_eq!(counts(text), [(1.0, 13.0), (f64::INFINITY, 16.0)]);
    }

    #[test]
    fn a_name_that_ends_in_ms_gives_the_unit() {
        for (name, in_ms) in [
            ("x_ms", true),
            ("x_milliseconds", true),
            ("x_seconds", false),
            ("items", false),
        ] {
            let text = format!("{name}_bucket{{le=\"1\"}} 1");
            assert_eq!(read(&text).unwrap().in_ms, in_ms, "{name}");
        }
    }

    #[test]
    fn a_line_that_is_no_bucket_is_named() {
        for (line, problem) in [
            (
                "up 1",
                "is no bucket: give lines such as x_seconds_bucket{le=\"0.5\"} 12",
            ),
            ("x_bucket{le=\"1\" 1", "has labels that do not end"),
            ("x_bucket{le=\"1} 1", "has labels that do not end"),
            ("x_bucket{le=\"1\\\"} 1", "has labels that do not end"),
            ("x_bucket 1", "has no le label"),
            (
                "x_bucket{le=\"1\"}",
                "has no good count: it must be a number from 0 to 1e15",
            ),
            (
                "x_bucket{le=\"1\"} NaN",
                "has no good count: it must be a number from 0 to 1e15",
            ),
            (
                "x_bucket{le=\"1\"} -1",
                "has no good count: it must be a number from 0 to 1e15",
            ),
            (
                "y_bucket{le=\"1\"} 1",
                "belongs to y_bucket, the others to x_bucket: give one histogram",
            ),
        ] {
            let text = format!("x_bucket{{le=\"0.5\"}} 1\n{line}");
            assert_eq!(
                read(&text).unwrap_err(),
                format!("has a line 2 that {problem}")
            );
        }
        let many: String = (0..=MAX_BUCKETS)
            .map(|n| format!("x_bucket{{le=\"{n}\"}} 1\n"))
            .collect();
        assert!(read(&many).unwrap_err().contains("1000 or fewer"));
    }
}
