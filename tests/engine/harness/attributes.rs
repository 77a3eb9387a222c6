//! Random attributes for every kind of toxic.

use aconite::toxics::Value;

use super::book::Row;
use super::dice::Dice;
use super::json;

/// What may happen in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Nothing that drops bytes or ends the connection: everything that comes in must leave.
    Gentle,
    /// Everything.
    Wild,
}

/// All kinds, the harmless ones more often.
pub const KINDS: &[&str] = &[
    "latency",
    "latency",
    "bandwidth",
    "bandwidth",
    "slicer",
    "slicer",
    "slow_close",
    "noop",
    "packet_loss",
    "packet_loss",
    "corrupt",
    "limit_data",
    "timeout",
    "reset_peer",
];

const TIMES: &[i64] = &[0, 1, 5, 40, 300, 2000, -1, i64::MIN, i64::MAX];

/// Random attributes of a kind.
pub fn attributes(dice: &mut Dice, kind: &str, manner: Manner) -> Vec<(&'static str, Value)> {
    match kind {
        "packet_loss" => return packet_loss(dice),
        "corrupt" => {
            return vec![
                ("rate", (*dice.pick(&[0.0, 1.0, 1000.0, 20_000.0])).into()),
                ("mode", (*dice.pick(&["flip", "overwrite", "zero"])).into()),
            ];
        }
        _ => {}
    }
    let integers = integers(dice, kind, manner).into_iter();
    let integers = integers.map(|(name, value)| (name, value.into()));
    let mut attributes: Vec<(&'static str, Value)> = integers.collect();
    if kind == "bandwidth" {
        attributes.extend(sharing(dice));
    }
    if kind == "latency" {
        attributes.extend(shape(dice));
    }
    attributes
}

/// Attributes of a bandwidth whose pieces leave at reserved times; often none.
fn sharing(dice: &mut Dice) -> Vec<(&'static str, Value)> {
    let mut trace = Vec::new();
    if dice.one_in(4) {
        let mut at = 0.0;
        for _ in 0..dice.between(1, 3) {
            at += dice.between(1, 2000) as f64 / 1000.0;
            let rate = *dice.pick(&[0.0, 0.5, 3.0, 100.0, 1e6]);
            trace.push(Value::from(vec![at, rate]));
        }
    }
    vec![
        ("shared", dice.one_in(3).into()),
        ("group", (*dice.pick(&["", "", "", "uplink"])).into()),
        (
            "burst",
            dice.pick(&[0_i64, 0, 1, 1000, 1_000_000_000])
                .to_owned()
                .into(),
        ),
        ("trace", Value::List(trace)),
    ]
}

/// So few losses that no packet is lost until TCP gives up.
fn packet_loss(dice: &mut Dice) -> Vec<(&'static str, Value)> {
    let share = |dice: &mut Dice| *dice.pick(&[0.0, 0.01, 0.05, 0.2]);
    let (one_by_one, bursts) = match dice.one_in(2) {
        true => (share(dice), 0.0),
        false => (0.0, share(dice)),
    };
    vec![
        ("loss_rate", one_by_one.into()),
        ("correlation", (one_by_one * 2.0).into()),
        ("p", bursts.into()),
        ("r", 0.8.into()),
        ("loss_good", (bursts / 10.0).into()),
        ("rtt", (*dice.pick(&[0, 1, 50, 2000])).into()),
        ("rto_min", (*dice.pick(&[1, 200, 120_000])).into()),
    ]
}

const DISTRIBUTIONS: &[&str] = &[
    "{}",
    "{}",
    r#"{"type": "normal", "mean": 100, "stddev": 200}"#,
    r#"{"type": "lognormal", "median": 5, "p99": 900}"#,
    r#"{"type": "exponential", "mean": 1000000}"#,
    r#"{"type": "pareto", "mean": -10, "jitter": 50, "shape": 2}"#,
    r#"{"type": "paretonormal", "jitter": 0.001}"#,
    r#"{"type": "uniform", "min": -100, "max": 100}"#,
    r#"{"quantiles": {"p0": 0.5, "p50": 0.5, "p99.9": 1500}}"#,
    r#"{"histogram": {"0.01": 7, "0.2": 7, "10": 8, "+Inf": 9}}"#,
];

const WAVES: &[&str] = &[
    "{}",
    "{}",
    r#"{"shape": "sine", "amplitude": 30.5, "period": "700ms"}"#,
    r#"{"shape": "square", "amplitude": 1000, "period": 1}"#,
    r#"{"shape": "triangle", "amplitude": 1, "period": "24h"}"#,
    r#"{"shape": "sawtooth", "amplitude": 1e12, "period": "1m"}"#,
];

/// How the delay of a latency varies. Every attribute is set, so that none is left from before.
fn shape(dice: &mut Dice) -> Vec<(&'static str, Value)> {
    let json = |text| json::read(text).expect("valid JSON");
    let (distribution, wave) = (*dice.pick(DISTRIBUTIONS), *dice.pick(WAVES));
    let mut shape = vec![
        ("distribution", json(distribution)),
        ("wave", json(wave)),
        ("per", "chunk".into()),
        ("correlation", 0.0.into()),
    ];
    if distribution != "{}" {
        shape.push(("jitter", 0.into()));
        match dice.below(4) {
            0 => shape.push(("per", "connection".into())),
            1 => shape.push(("per", "message".into())),
            2 => shape.push(("correlation", (*dice.pick(&[0.0, 0.3, 1.0])).into())),
            _ => {}
        }
    }
    shape
}

fn integers(dice: &mut Dice, kind: &str, manner: Manner) -> Vec<(&'static str, i64)> {
    let gentle = manner == Manner::Gentle;
    match kind {
        "latency" => vec![
            ("latency", *dice.pick(TIMES)),
            (
                "jitter",
                *dice.pick(&[0, 0, 1, 50, 1000, -1, i64::MIN, i64::MAX / 2]),
            ),
        ],
        "bandwidth" => {
            let rates = [0, 1, 10, 99, 100, 1000, 100_000, i64::MAX / 100];
            vec![("rate", *dice.pick(&rates))]
        }
        "slicer" => {
            let average = *dice.pick(&[1, 2, 10, 100, 1000, i64::MAX]);
            let variation = *dice.pick(&[0, 1, average / 2, average]);
            let delays = [0, 1, 100, 5000, 50_000, -1, i64::MIN, i64::MAX];
            vec![
                ("average_size", average),
                ("size_variation", variation),
                ("delay", *dice.pick(&delays)),
            ]
        }
        "slow_close" => vec![("delay", *dice.pick(TIMES))],
        "limit_data" if gentle => vec![("bytes", i64::MAX)],
        "limit_data" => vec![(
            "bytes",
            *dice.pick(&[0, -1, 1, 100, 5000, i64::MIN, i64::MAX]),
        )],
        // One that never fires is gentle: it holds what arrives until it is removed.
        "reset_peer" if gentle => vec![("timeout", i64::MAX)],
        "timeout" | "reset_peer" => vec![("timeout", *dice.pick(TIMES))],
        _ => Vec::new(),
    }
}

/// Whether the chain may hold bytes or an ending for ever.
pub fn may_hold(row: &Row) -> bool {
    const LONG: i64 = 1_000_000_000_000;
    match row.kind.name {
        "bandwidth" => {
            let trace = row.values.list("trace");
            let passes = |pair: &Value| match pair {
                Value::List(pair) => pair[1].as_number() > Some(0.0),
                _ => false,
            };
            match trace {
                [] => row.values.integer("rate") == 0,
                trace => !trace.iter().any(passes),
            }
        }
        "reset_peer" => true,
        "latency" => {
            row.values
                .integer("latency")
                .max(row.values.integer("jitter"))
                > LONG
        }
        "slicer" | "slow_close" => row.values.integer("delay") > LONG,
        _ => false,
    }
}
