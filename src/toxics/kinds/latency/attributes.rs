//! Declares the attributes of a latency, and reads what varies its delay.

use std::time::Duration;

use super::draws::{Draws, Per};
use super::wave::{Form, Wave};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::distribution::{self, Distribution};
use crate::toxics::error::AttributeError;
use crate::toxics::phase;
use crate::toxics::value::{Value, field};
use crate::toxics::values::Values;

/// The largest jitter: twice its value must fit in a 64-bit integer, as in Toxiproxy.
const MAX_JITTER: i64 = i64::MAX / 2;
/// The largest amplitude of a wave in ms: 31 years.
const MAX_AMPLITUDE: f64 = 1e12;
const NANOS_IN_MS: f64 = 1e6;

/// What is added to the latency by a draw.
#[derive(Debug)]
pub(super) enum Varies {
    Not,
    /// Evenly by up to this many ms, either way.
    Jitter(i64),
    By(Distribution),
}

pub(super) fn attributes() -> Vec<Attribute> {
    let jitter = Attribute::new("jitter", Type::integer(i64::MIN..=MAX_JITTER));
    let distribution = Type::object(distribution::fields());
    vec![
        Attribute::lenient("latency", "ms")
            .about("the delay of every chunk")
            .example(100),
        jitter
            .sensible(0..=MAX_JITTER)
            .unit("ms")
            .about("up to this is added or taken away, evenly")
            .default(0)
            .example(10),
        Attribute::new(distribution::NAME, distribution)
            .about("how the delay varies, instead of jitter; the draw is added to latency")
            .example(Value::Map(vec![
                ("type".to_owned(), "normal".into()),
                ("mean".to_owned(), 100.into()),
                ("stddev".to_owned(), 20.into()),
            ]))
            .beside(),
        Attribute::new("per", Type::choice(&["chunk", "message", "connection"]))
            .about("what shares one draw")
            .default("chunk")
            .beside(),
        Attribute::new("correlation", Type::number(0.0..=1.0))
            .about("how much a draw is like the one before it")
            .default(0.0)
            .example(0.5)
            .beside(),
        Attribute::new("wave", Type::object(wave_fields()))
            .about("what is added to the delay and taken away from it, over and over (a period without a unit is in ms)")
            .beside(),
    ]
}

fn wave_fields() -> Vec<Attribute> {
    let longest = Duration::from_nanos(i64::MAX as u64);
    let period = Type::Duration {
        accepted: Duration::from_millis(1)..=longest,
    };
    vec![
        Attribute::new(
            "shape",
            Type::choice(&["sine", "square", "sawtooth", "triangle"]),
        )
        .about("how it rises and falls")
        .required(),
        Attribute::new("amplitude", Type::number(0.0..=MAX_AMPLITUDE))
            .unit("ms")
            .about("the most that is added, and the most that is taken away")
            .required()
            .example(50),
        Attribute::new("period", period)
            .about("after which it repeats; a bare number is in ms")
            .required()
            .example(Duration::from_secs(60)),
    ]
}

/// Reads what is drawn.
pub(super) fn varies(values: &Values) -> Result<Varies, AttributeError> {
    let jitter = values.integer("jitter");
    let distribution = values.map(distribution::NAME);
    match (jitter, distribution) {
        (..=0, []) => Ok(Varies::Not),
        (_, []) => Ok(Varies::Jitter(jitter)),
        (0, fields) => Ok(Varies::By(distribution::read(fields)?)),
        (_, _) => Err(AttributeError::out_of_range(
            "jitter",
            format!("{jitter} ms"),
            "0 beside a distribution, which says how the delay varies",
        )),
    }
}

/// Reads how it is drawn.
pub(super) fn draws(values: &Values, varies: &Varies) -> Result<Draws, AttributeError> {
    let (per, correlation) = (values.text("per"), values.number("correlation"));
    let draws = Draws {
        per: match per {
            "message" => Per::Message,
            "connection" => Per::Connection,
            _ => Per::Chunk,
        },
        correlation,
    };
    let problem = match varies {
        Varies::Not => Some("has nothing to draw: give a jitter or a distribution too"),
        _ if phase::acts_at_connect(values) => {
            Some("does not go with the phase connect, where a connection has one draw")
        }
        _ => None,
    };
    if let Some(problem) = problem.filter(|_| draws != Draws::default()) {
        let name = if correlation > 0.0 {
            "correlation"
        } else {
            "per"
        };
        return Err(AttributeError::conflict(name, problem));
    }
    if correlation > 0.0 && draws.per == Per::Connection {
        let expected = "0 with per \"connection\", where there is one draw";
        return Err(AttributeError::out_of_range(
            "correlation",
            correlation,
            expected,
        ));
    }
    Ok(draws)
}

/// Reads the wave, if there is one.
pub(super) fn wave(values: &Values) -> Result<Option<Wave>, AttributeError> {
    let fields = values.map("wave");
    if fields.is_empty() {
        return Ok(None);
    }
    let get = |name: &str| field(fields, name);
    let amplitude = get("amplitude")
        .and_then(Value::as_number)
        .unwrap_or_default();
    if amplitude == 0.0 {
        let expected = "above 0; leave wave out for none";
        return Err(AttributeError::out_of_range("wave.amplitude", 0, expected));
    }
    let period = get("period")
        .and_then(Value::as_duration)
        .unwrap_or_default();
    Ok(Some(Wave {
        form: match get("shape").and_then(Value::as_text) {
            Some("square") => Form::Square,
            Some("sawtooth") => Form::Sawtooth,
            Some("triangle") => Form::Triangle,
            _ => Form::Sine,
        },
        amplitude_ns: amplitude * NANOS_IN_MS,
        period_ns: u64::try_from(period.as_nanos()).unwrap_or(u64::MAX),
    }))
}
