//! One bucket of a histogram.

/// The most buckets of a series.
pub(super) const MAX_BUCKETS: usize = 1000;
/// The largest finite bound: 10^9 s are 31 years.
const MAX_BOUND: f64 = 1e9;

/// How many observations were at or below a bound, in the unit of the histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bucket {
    /// The bound as it was written.
    pub(super) label: String,
    pub(super) bound: f64,
    pub(super) count: f64,
}

/// What [`read_bound`] takes.
pub(super) const BOUND_EXPECTED: &str =
    "give what le says, such as 0.25 or +Inf; it must be 0 or more and at most 1000000000";

pub(super) fn read_bound(text: &str) -> Option<f64> {
    let bound = text.parse::<f64>().ok()?;
    let fits = (0.0..=MAX_BOUND).contains(&bound) || bound == f64::INFINITY;
    fits.then_some(bound.abs())
}
