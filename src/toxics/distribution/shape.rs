//! The shapes of distributions, as quantile functions.

use super::math::{exp, ln};
use super::normal;
use super::table::Table;

/// The distribution of a delay. All times are in ms.
#[derive(Debug, PartialEq)]
pub(crate) enum Distribution {
    /// The normal distribution.
    Normal {
        mean: f64,
        stddev: f64,
    },
    /// The logarithm of the delay is normal, with this mean and standard deviation.
    Lognormal {
        mean_of_ln: f64,
        stddev_of_ln: f64,
    },
    Exponential {
        mean: f64,
    },
    /// netem's: `mean + scale * (x - centre)`, where `x` is a Pareto variable with minimum 1 and mean
    /// `centre`.
    Pareto {
        mean: f64,
        scale: f64,
        centre: f64,
        /// 1 over the shape.
        power: f64,
    },
    /// netem's: a quarter of its normal and three quarters of its Pareto distribution, added
    /// quantile by quantile.
    ParetoNormal {
        mean: f64,
        jitter: f64,
    },
    /// Evenly from `min` to `min + width`.
    Uniform {
        min: f64,
        width: f64,
    },
    /// Known at some points.
    Table(Table),
}

/// netem multiplies the jitter with this for its Pareto table, in which the mean of `x` is
/// [`NETEM_CENTRE`] and the shape [`NETEM_SHAPE`] (iproute2, `netem/pareto.c`).
pub(super) const NETEM_SCALE: f64 = 4.0 / 3.0;
pub(super) const NETEM_SHAPE: f64 = 3.0;
const NETEM_CENTRE: f64 = 1.5;

impl Distribution {
    /// The delay in ms that a share `p` of all draws lies below; `p` is from 0 to below 1. It may be negative. It
    /// never falls as `p` rises.
    pub(in crate::toxics) fn quantile(&self, p: f64) -> f64 {
        match self {
            Distribution::Normal { mean, stddev } => mean + stddev * normal::quantile(p),
            Distribution::Lognormal {
                mean_of_ln,
                stddev_of_ln,
            } => exp(mean_of_ln + stddev_of_ln * normal::quantile(p)),
            Distribution::Exponential { mean } => -mean * ln(1.0 - p),
            Distribution::Pareto {
                mean,
                scale,
                centre,
                power,
            } => mean + scale * (pareto(p, *power) - centre),
            Distribution::ParetoNormal { mean, jitter } => {
                let pareto = NETEM_SCALE * (pareto(p, 1.0 / NETEM_SHAPE) - NETEM_CENTRE);
                mean + jitter * (0.25 * normal::quantile(p) + 0.75 * pareto)
            }
            Distribution::Uniform { min, width } => min + width * p,
            Distribution::Table(table) => table.quantile(p),
        }
    }
}

/// The quantile of a Pareto variable with minimum 1.
fn pareto(p: f64, power: f64) -> f64 {
    exp(-ln(1.0 - p) * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantiles(distribution: &Distribution) -> [f64; 3] {
        [0.1, 0.5, 0.99].map(|p| distribution.quantile(p))
    }

    fn assert_quantiles(distribution: &Distribution, expected: [f64; 3]) {
        for (found, expected) in quantiles(distribution).into_iter().zip(expected) {
            let error = (found - expected).abs();
            assert!(
                error < 1e-9 * expected.abs().max(1.0),
                "{found}, but {expected}"
            );
        }
    }

    #[test]
    fn shapes_without_netem_have_the_quantiles_of_the_tables() {
        let normal = Distribution::Normal {
            mean: 100.0,
            stddev: 10.0,
        };
        assert_quantiles(&normal, [87.184_484_344_554, 100.0, 123.263_478_740_408]);
        let lognormal = Distribution::Lognormal {
            mean_of_ln: 20_f64.ln(),
            stddev_of_ln: 20_f64.ln() / 2.326_347_874_040_841,
        };
        assert_quantiles(&lognormal, [3.8398237817167, 20.0, 400.0]);
        let exponential = Distribution::Exponential { mean: 50.0 };
        assert_quantiles(
            &exponential,
            [
                5.268_025_782_891_3,
                34.657_359_027_997_3,
                230.258_509_299_404_6,
            ],
        );
    }

    /// The entries of netem's own tables, which are made by rounding to a part in 8192 and are cut at 4.
    #[test]
    fn pareto_and_paretonormal_are_those_of_netem() {
        let (jitter, power) = (1.0, 1.0 / NETEM_SHAPE);
        let pareto = Distribution::Pareto {
            mean: 0.0,
            scale: NETEM_SCALE * jitter,
            centre: NETEM_CENTRE,
            power,
        };
        let mixed = Distribution::ParetoNormal { mean: 0.0, jitter };
        for i in 1..4096 {
            let p = f64::from(i) / 4096.0;
            let entry = ((1.0 - p).powf(-1.0 / 3.0) - 1.5) * 4.0 / 3.0;
            assert!((pareto.quantile(p) - entry).abs() < 1e-9, "{p}");
            let entry = (normal::quantile(p) + 3.0 * entry) / 4.0;
            assert!((mixed.quantile(p) - entry).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn no_quantile_is_infinite_or_falls() {
        let shapes = [
            Distribution::Normal {
                mean: -5.0,
                stddev: 1e12,
            },
            Distribution::Lognormal {
                mean_of_ln: 20.0,
                stddev_of_ln: 10.0,
            },
            Distribution::Exponential { mean: 1e12 },
            Distribution::Pareto {
                mean: 0.0,
                scale: 1e12,
                centre: 1e9,
                power: 1.0,
            },
            Distribution::ParetoNormal {
                mean: 1.0,
                jitter: 1e12,
            },
        ];
        for shape in shapes {
            let mut last = f64::NEG_INFINITY;
            let ends = [0.0, f64::EPSILON / 2.0];
            let middle = (1..1000).map(|n| f64::from(n) / 1000.0);
            for p in ends
                .into_iter()
                .chain(middle)
                .chain([1.0 - f64::EPSILON / 2.0])
            {
                let quantile = shape.quantile(p);
                assert!(quantile.is_finite() && quantile >= last, "{shape:?} at {p}");
                last = quantile;
            }
        }
    }
}
