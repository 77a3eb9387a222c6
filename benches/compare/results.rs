//! The measurements of every case, metric and contestant.

use std::collections::BTreeMap;

use crate::contestant::{DIRECT, TOXIPROXY};
use crate::fault::Result;
use crate::scenarios::Metrics;
use crate::stats::{median, sorted};

/// The results of one case.
#[derive(Debug, Default)]
pub struct Outcome {
    pub case: String,
    /// In the order in which they were first reported.
    pub metrics: Vec<&'static str>,
    values: BTreeMap<(String, &'static str), Vec<f64>>,
    /// Why rounds failed, by contestant.
    pub failures: BTreeMap<String, Vec<String>>,
}

/// The rounds of one contestant for one metric.
#[derive(Debug)]
pub struct Figure<'a> {
    pub metric: &'static str,
    pub contestant: &'a str,
    /// In ascending order; at least one.
    pub sorted: Vec<f64>,
    pub median: f64,
    pub to_toxiproxy: Option<f64>,
    pub to_direct: Option<f64>,
}

impl Outcome {
    /// The results of a case without any turn yet.
    pub fn new(case: &str) -> Self {
        Self {
            case: case.to_owned(),
            ..Self::default()
        }
    }

    /// Records one turn.
    pub fn add(&mut self, contestant: &str, turn: Result<Metrics>) {
        let metrics = match turn {
            Ok(metrics) => metrics,
            Err(why) => {
                self.failures
                    .entry(contestant.to_owned())
                    .or_default()
                    .push(why.to_string());
                return;
            }
        };
        for (metric, value) in metrics {
            if !self.metrics.contains(&metric) {
                self.metrics.push(metric);
            }
            self.values
                .entry((contestant.to_owned(), metric))
                .or_default()
                .push(value);
        }
    }

    /// The median of the rounds that succeeded.
    pub fn median(&self, contestant: &str, metric: &'static str) -> Option<f64> {
        let values = self.values.get(&(contestant.to_owned(), metric))?;
        Some(median(&sorted(values.clone())))
    }

    /// The ratio of two medians. None unless both are above zero: an error may be below zero.
    pub fn ratio(&self, contestant: &str, metric: &'static str, base: &str) -> Option<f64> {
        let (value, base) = (self.median(contestant, metric)?, self.median(base, metric)?);
        (value > 0.0 && base > 0.0).then_some(value / base)
    }

    /// The contestants with values of a metric.
    pub fn contestants(&self, metric: &'static str) -> impl Iterator<Item = &str> {
        let keys = self
            .values
            .keys()
            .filter(move |(_, other)| *other == metric);
        keys.map(|(contestant, _)| contestant.as_str())
    }

    /// Everything, by metric and then in the order of `contestants`.
    pub fn figures<'a>(&self, contestants: &'a [String]) -> Vec<Figure<'a>> {
        let pairs = self
            .metrics
            .iter()
            .flat_map(|metric| contestants.iter().map(move |name| (*metric, name)));
        let figure = |(metric, contestant): (&'static str, &'a String)| {
            let sorted = sorted(self.values.get(&(contestant.clone(), metric))?.clone());
            Some(Figure {
                metric,
                contestant,
                median: median(&sorted),
                sorted,
                to_toxiproxy: self.ratio(contestant, metric, TOXIPROXY),
                to_direct: self.ratio(contestant, metric, DIRECT),
            })
        };
        pairs.filter_map(figure).collect()
    }
}
