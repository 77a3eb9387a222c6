//! Declares the fields of a distribution. `parameters` says which of them go together.

use crate::toxics::attribute::{Attribute, Type};

/// The attribute that holds a distribution.
pub(in crate::toxics) const NAME: &str = "distribution";
/// The shortest time that a parameter may be, in ms: 1 ns, in which delays are measured.
pub(super) const LEAST_MS: f64 = 1e-6;
/// The longest time that a parameter may be, in ms: 31 years. With it all draws are finite.
const MOST_MS: f64 = 1e12;
const MAX_SHAPE: f64 = 1e6;
/// Up to this, sums of counts are exact.
pub(super) const MAX_COUNT: f64 = 1e15;

const SHAPES: &[&str] = &[
    "normal",
    "lognormal",
    "exponential",
    "pareto",
    "paretonormal",
    "uniform",
];

/// The fields that a distribution can have.
pub(in crate::toxics) fn fields() -> Vec<Attribute> {
    let time = |name| Attribute::new(name, Type::number(0.0..=MOST_MS)).unit("ms");
    let signed = |name| Attribute::new(name, Type::number(-MOST_MS..=MOST_MS)).unit("ms");
    let shape = Attribute::new("shape", Type::number(0.0..=MAX_SHAPE));
    let counts = Type::map(Type::number(0.0..=MAX_COUNT));
    vec![
        Attribute::new("type", Type::choice(SHAPES)).about("the shape"),
        signed("mean").about("the mean; 0 if left out"),
        time("stddev").about("the standard deviation of a normal or lognormal"),
        time("median").about("of a lognormal, together with p99"),
        time("p99").about("99 of 100 draws of a lognormal are shorter"),
        time("jitter").about("the scale of a pareto or paretonormal, as in netem"),
        shape.about("the shape of a pareto; 3 if left out, as in netem"),
        signed("min").about("where a uniform begins; 0 if left out"),
        signed("max").about("where a uniform ends"),
        Attribute::new("quantiles", Type::map(Type::number(0.0..=MOST_MS)))
            .unit("ms")
            .about("delays by names such as p50 and p99.9, instead of a type"),
        Attribute::new("histogram", Type::one_of(vec![counts, Type::text()]))
            .about("cumulative counts by upper bounds, or lines of a /metrics page"),
        Attribute::new("unit", Type::choice(&["s", "ms"])).about("of a histogram's bounds"),
    ]
}
