//! Random toxics.

use serde_json::{Value, json};

use crate::dice::Dice;

/// A toxic in the API's form, without its name.
#[derive(Clone, Debug)]
pub struct Spec {
    pub kind: &'static str,
    pub attributes: Value,
    /// Whether it may lose bytes or end the connection.
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
    "packet_loss",
    "limit_data",
    "reset_peer",
];
const WILD: &[&str] = &["timeout", "reset_peer", "limit_data"];

/// A toxic of any kind. With `wild`, destructive kinds get values that let them destroy.
pub fn throw(dice: &mut Dice, wild: bool) -> Spec {
    let wild = wild && dice.one_in(3);
    let kind = *dice.pick(if wild { WILD } else { GENTLE });
    of_kind(dice, kind, wild)
}

/// Different values for a kind.
pub fn of_kind(dice: &mut Dice, kind: &'static str, wild: bool) -> Spec {
    let attributes = match kind {
        "latency" => {
            let (latency, jitter) = (*dice.pick(&[0, 1, 10, 50, 200]), *dice.pick(&[0, 0, 5, 50]));
            let phase = *dice.pick(&["data", "data", "data", "connect"]);
            json!({"latency": latency, "jitter": jitter, "phase": phase})
        }
        "bandwidth" => {
            let rate = *dice.pick(&[0, 0, 1, 50, 1000, 20_000, 1_000_000]);
            let (shared, group) = (dice.one_in(3), *dice.pick(&["", "", "uplink"]));
            let burst = *dice.pick(&[0, 0, 1, 20_000, 1_000_000]);
            let trace = match dice.one_in(3) {
                true => json!([[0, rate], [0.5, 0], [0.7, 20_000]]),
                false => json!([]),
            };
            json!({"rate": rate, "shared": shared, "group": group, "burst": burst, "trace": trace})
        }
        "slicer" => {
            let average = *dice.pick(&[1, 10, 1000, 20_000]);
            let variation = dice.between(0, average);
            let delay = *dice.pick(&[0, 0, 10, 1000]);
            json!({"average_size": average, "size_variation": variation, "delay": delay})
        }
        "packet_loss" => {
            let (loss, rtt) = (*dice.pick(&[0.0, 0.01, 0.1]), *dice.pick(&[1, 20, 100]));
            json!({"loss_rate": loss, "rtt": rtt, "rto_min": 20})
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
