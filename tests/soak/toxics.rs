//! Toxics by chance.

use serde_json::{Value, json};

use crate::dice::Dice;

/// A toxic as the API takes it, less its name.
#[derive(Clone, Debug)]
pub struct Spec {
    pub kind: &'static str,
    pub attributes: Value,
    /// Bytes may be lost under it, or the connection.
    pub destroys: bool,
}

const GENTLE: &[&str] = &[
    "latency",
    "latency",
    "bandwidth",
    "bandwidth",
    "bandwidth",
    "slicer",
    "slicer",
    "slow_close",
    "noop",
    "limit_data",
    "reset_peer",
];
const WILD: &[&str] = &["timeout", "reset_peer", "limit_data"];

/// Any kind. Those that destroy come with values that let them, where `wild`.
pub fn throw(dice: &mut Dice, wild: bool) -> Spec {
    let wild = wild && dice.one_in(3);
    let kind = *dice.pick(if wild { WILD } else { GENTLE });
    of_kind(dice, kind, wild)
}

/// Other values for a kind.
pub fn of_kind(dice: &mut Dice, kind: &'static str, wild: bool) -> Spec {
    let attributes = match kind {
        "latency" => {
            let (latency, jitter) = (*dice.pick(&[0, 1, 10, 50, 200]), *dice.pick(&[0, 0, 5, 50]));
            json!({"latency": latency, "jitter": jitter})
        }
        "bandwidth" => json!({"rate": dice.pick(&[0, 0, 1, 50, 1000, 20_000, 1_000_000])}),
        "slicer" => {
            let average = *dice.pick(&[1, 10, 1000, 20_000]);
            let variation = dice.between(0, average);
            let delay = *dice.pick(&[0, 0, 10, 1000]);
            json!({"average_size": average, "size_variation": variation, "delay": delay})
        }
        "slow_close" => json!({"delay": dice.pick(&[0, 10, 500])}),
        "limit_data" if wild => json!({"bytes": dice.pick(&[0, 1, 24, 1000, 500_000])}),
        "limit_data" => json!({"bytes": 1_000_000_000_000_u64}),
        "reset_peer" if wild => json!({"timeout": dice.pick(&[0, 1, 50, 1000])}),
        "reset_peer" => json!({"timeout": 60_000}),
        "timeout" => json!({"timeout": dice.pick(&[0, 0, 1, 100, 1000])}),
        _ => json!({}),
    };
    Spec {
        kind,
        attributes,
        destroys: wild || kind == "timeout",
    }
}
