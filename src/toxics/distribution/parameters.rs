//! Reads a distribution from its checked fields.

use super::fields::NAME;
use super::given::{Given, conflict, must_be};
use super::math::ln;
use super::shape::{Distribution, NETEM_SCALE, NETEM_SHAPE};
use super::{histogram, normal, quantiles};
use crate::toxics::error::AttributeError;
use crate::toxics::value::Value;

/// The ways to describe a distribution, of which one is given.
const WAYS: [&str; 3] = ["type", "quantiles", "histogram"];

/// Reads a distribution.
///
/// # Errors
/// Nothing or too much is given, or the parameters make no sense.
pub(in crate::toxics) fn read(fields: &[(String, Value)]) -> Result<Distribution, AttributeError> {
    let given = Given(fields);
    let mut ways = WAYS.into_iter().filter(|way| given.has(way));
    match (ways.next(), ways.next()) {
        (None, _) => Err(AttributeError::conflict(
            NAME,
            "needs one of type, quantiles and histogram",
        )),
        (Some(one), Some(other)) => {
            let problem = format!("cannot be given together with {one}: choose one of them");
            Err(conflict(other, problem))
        }
        (Some("quantiles"), None) => {
            given.only("quantiles", &["quantiles"])?;
            quantiles::read(given.map("quantiles"))
        }
        (Some("histogram"), None) => {
            given.only("histogram", &["histogram", "unit"])?;
            histogram::read(given)
        }
        (Some(_), None) => shape(given),
    }
}

fn shape(given: Given<'_>) -> Result<Distribution, AttributeError> {
    let shape = given.text("type");
    let takes: &[&str] = match shape {
        "normal" => &["type", "mean", "stddev"],
        "lognormal" if given.has("median") || given.has("p99") => &["type", "median", "p99"],
        "lognormal" => &["type", "mean", "stddev"],
        "exponential" => &["type", "mean"],
        "pareto" => &["type", "mean", "jitter", "shape"],
        "paretonormal" => &["type", "mean", "jitter"],
        _ => &["type", "min", "max"],
    };
    let what = match takes.contains(&"median") {
        true => "lognormal by median and p99",
        false => shape,
    };
    given.only(what, takes)?;
    let mean = given.number("mean").unwrap_or_default();
    match shape {
        "normal" => Ok(Distribution::Normal {
            mean,
            stddev: given.positive("stddev")?,
        }),
        "lognormal" if takes.contains(&"median") => lognormal_by_quantiles(given),
        "lognormal" => lognormal_by_moments(given),
        "exponential" => Ok(Distribution::Exponential {
            mean: given.positive("mean")?,
        }),
        "pareto" => pareto(given, mean),
        "paretonormal" => Ok(Distribution::ParetoNormal {
            mean,
            jitter: given.positive("jitter")?,
        }),
        _ => uniform(given),
    }
}

fn lognormal_by_quantiles(given: Given<'_>) -> Result<Distribution, AttributeError> {
    let (median, p99) = (given.positive("median")?, given.positive("p99")?);
    if p99 <= median {
        let expected = format!("above the median, which is {median}");
        return Err(must_be("p99", p99, expected));
    }
    Ok(Distribution::Lognormal {
        mean_of_ln: ln(median),
        stddev_of_ln: ln(p99 / median) / normal::quantile(0.99),
    })
}

/// The moments are those of the delay, not of its logarithm.
fn lognormal_by_moments(given: Given<'_>) -> Result<Distribution, AttributeError> {
    let (mean, stddev) = (given.positive("mean")?, given.positive("stddev")?);
    let variance_of_ln = ln(1.0 + (stddev / mean) * (stddev / mean));
    Ok(Distribution::Lognormal {
        mean_of_ln: ln(mean) - variance_of_ln / 2.0,
        stddev_of_ln: variance_of_ln.sqrt(),
    })
}

fn pareto(given: Given<'_>, mean: f64) -> Result<Distribution, AttributeError> {
    let shape = given.number("shape").unwrap_or(NETEM_SHAPE);
    if shape <= 1.0 {
        let expected = "above 1, because a pareto with a shape of 1 or less has no finite mean";
        return Err(must_be("shape", shape, expected));
    }
    Ok(Distribution::Pareto {
        mean,
        scale: NETEM_SCALE * given.positive("jitter")?,
        centre: shape / (shape - 1.0),
        power: 1.0 / shape,
    })
}

fn uniform(given: Given<'_>) -> Result<Distribution, AttributeError> {
    let (min, max) = (
        given.number("min").unwrap_or_default(),
        given.required("max")?,
    );
    if max <= min {
        let expected = format!("above min, which is {min}");
        return Err(must_be("max", max, expected));
    }
    Ok(Distribution::Uniform {
        min,
        width: max - min,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads fields of which some are numbers, some texts, and some objects of numbers.
    fn fields(fields: &[(&str, Value)]) -> Result<Distribution, String> {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| ((*name).to_owned(), value.clone()));
        read(&fields.collect::<Vec<_>>()).map_err(|error| error.to_string())
    }

    /// Reads a shape whose other parameters are numbers.
    fn shape(shape: &str, parameters: &[(&str, f64)]) -> Result<Distribution, String> {
        let parameters = parameters.iter();
        let mut all: Vec<_> = parameters
            .map(|(name, value)| (*name, (*value).into()))
            .collect();
        all.push(("type", shape.into()));
        fields(&all)
    }

    /// The problem, without the attribute that it is about.
    fn problem(found: Result<Distribution, String>) -> String {
        let message = found.unwrap_err();
        let (_, problem) = message.split_once("distribution").unwrap();
        problem.to_owned()
    }

    #[test]
    fn a_lognormal_has_the_median_and_p99_or_the_mean_and_stddev_asked_for() {
        let by_quantiles = shape("lognormal", &[("median", 20.0), ("p99", 400.0)]).unwrap();
        assert!((by_quantiles.quantile(0.5) - 20.0).abs() < 1e-9);
        assert!((by_quantiles.quantile(0.99) - 400.0).abs() < 1e-9);
        let by_moments = shape("lognormal", &[("mean", 100.0), ("stddev", 50.0)]).unwrap();
        let n = 100_000;
        let draws = (0..n).map(|i| by_moments.quantile((f64::from(i) + 0.5) / f64::from(n)));
        let draws: Vec<f64> = draws.collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let squares = draws.iter().map(|draw| (draw - mean) * (draw - mean));
        let stddev = (squares.sum::<f64>() / f64::from(n)).sqrt();
        assert!(
            (mean - 100.0).abs() < 0.01 && (stddev - 50.0).abs() < 0.1,
            "{mean} {stddev}"
        );
    }

    #[test]
    fn a_pareto_has_the_mean_asked_for() {
        let pareto = shape(
            "pareto",
            &[("mean", 100.0), ("jitter", 20.0), ("shape", 4.0)],
        )
        .unwrap();
        let n = 100_000;
        let draws = (0..n).map(|i| pareto.quantile((f64::from(i) + 0.5) / f64::from(n)));
        let mean = draws.sum::<f64>() / f64::from(n);
        assert!((mean - 100.0).abs() < 0.05, "{mean}");
    }

    #[test]
    fn parameters_that_make_no_sense_are_refused_by_their_path() {
        for (kind, parameters, expected) in [
            (
                "normal",
                &[][..],
                ".stddev is missing: give a number of ms, such as 20",
            ),
            (
                "normal",
                &[("stddev", 0.0)],
                ".stddev is 0, but must be 0.000001 or more, which is 1 ns",
            ),
            (
                "normal",
                &[("stddev", 1.0), ("shape", 3.0)],
                ".shape does not go with normal, which takes mean, stddev",
            ),
            (
                "lognormal",
                &[("median", 20.0)],
                ".p99 is missing: give a number of ms, such as 20",
            ),
            (
                "lognormal",
                &[("median", 20.0), ("p99", 20.0)],
                ".p99 is 20, but must be above the median, which is 20",
            ),
            (
                "lognormal",
                &[("median", 20.0), ("stddev", 1.0)],
                ".stddev does not go with lognormal by median and p99, which takes median, p99",
            ),
            (
                "exponential",
                &[],
                ".mean is missing: give a number of ms, such as 20",
            ),
            (
                "exponential",
                &[("mean", 1.0), ("stddev", 2.0)],
                ".stddev does not go with exponential, which takes mean",
            ),
            (
                "pareto",
                &[("jitter", 1.0), ("shape", 1.0)],
                ".shape is 1, but must be above 1, because a pareto with a shape of 1 or less has no finite mean",
            ),
            (
                "uniform",
                &[("min", 5.0), ("max", 5.0)],
                ".max is 5, but must be above min, which is 5",
            ),
        ] {
            assert_eq!(problem(shape(kind, parameters)), expected);
        }
    }

    #[test]
    fn one_way_to_describe_it_must_be_chosen() {
        let p50 = || Value::from([("p50", 20.0)]);
        let counts = || Value::from([("0.1", 20.0)]);
        assert_eq!(
            problem(fields(&[])),
            " needs one of type, quantiles and histogram"
        );
        assert_eq!(
            problem(fields(&[("quantiles", p50()), ("type", "normal".into())])),
            ".quantiles cannot be given together with type: choose one of them"
        );
        assert_eq!(
            problem(fields(&[("quantiles", p50()), ("mean", 1.0.into())])),
            ".mean does not go with quantiles, which takes nothing else"
        );
        assert_eq!(
            problem(fields(&[("histogram", counts()), ("mean", 1.0.into())])),
            ".mean does not go with histogram, which takes unit"
        );
    }
}
