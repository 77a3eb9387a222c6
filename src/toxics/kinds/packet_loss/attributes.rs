//! The attributes of `packet_loss`, and what their values mean together.

use std::time::Duration;

use super::channel::Channel;
use super::recovery::Recovery;
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::value::Value;
use crate::toxics::values::Values;

const DEFAULT_RTT_MS: i64 = 50;
/// As in Linux (`TCP_RTO_MIN`).
const DEFAULT_RTO_MIN_MS: i64 = 200;

/// The first two have Toxiproxy's names, ranges and defaults. The others have no default, so that an
/// answer shows them only if they were given, and is Toxiproxy's otherwise.
pub(super) fn all() -> Vec<Attribute> {
    let any = || Type::number(f64::MIN..=f64::MAX);
    let share = || Type::number(0.0..=1.0);
    vec![
        Attribute::new("loss_rate", any())
            .sensible_numbers(0.0..=1.0)
            .about("the share of packets that are lost")
            .default(0.0)
            .example(0.02),
        Attribute::new("correlation", any())
            .sensible_numbers(0.0..=1.0)
            .about("added to loss_rate after a lost packet")
            .default(0.0)
            .example(0.25),
        Attribute::new("p", share())
            .about("burst loss: the probability of a change from good to bad after a packet")
            .example(0.01),
        Attribute::new("r", share())
            .about("burst loss: the probability of a change from bad to good; 1 - p if not given")
            .example(0.25),
        Attribute::new("loss_good", share())
            .about("burst loss: the share of packets lost while it is good; 0 if not given")
            .example(0.001),
        Attribute::new("loss_bad", share())
            .about("burst loss: the share of packets lost while it is bad; 1 if not given")
            .example(0.5),
        Attribute::new("rtt", Type::integer(0..=60_000))
            .unit("ms")
            .about("the round trip that a fast retransmission takes; 50 if not given")
            .example(DEFAULT_RTT_MS),
        Attribute::new("rto_min", Type::integer(1..=120_000))
            .unit("ms")
            .about("the least retransmission timeout; 200 if not given")
            .example(DEFAULT_RTO_MIN_MS),
        Attribute::new("recovery", Type::choice(&["tcp", "none"]))
            .about("whether lost packets arrive late or never; tcp if not given")
            .example("tcp"),
    ]
}

/// Returns `None` if lost data is not to be recovered.
pub(super) fn recovery(values: &Values) -> Option<Recovery> {
    let millis = |name, default| {
        let given = values.get(name).and_then(Value::as_integer);
        Duration::from_millis(u64::try_from(given.unwrap_or(default)).unwrap_or(0))
    };
    let rtt = millis("rtt", DEFAULT_RTT_MS);
    let rto_min = millis("rto_min", DEFAULT_RTO_MIN_MS);
    (values.text("recovery") != "none").then(|| Recovery::new(rtt, rto_min))
}

/// Either `loss_rate` and `correlation`, or bursts.
pub(super) fn channel(values: &Values) -> Result<Channel, AttributeError> {
    let given = |name| values.get(name).and_then(Value::as_number);
    let share = |name| values.number(name).clamp(0.0, 1.0);
    let (rate, correlation) = (share("loss_rate"), share("correlation"));
    let Some(p) = given("p") else {
        let mut rest = ["r", "loss_good", "loss_bad"].into_iter();
        return match rest.find(|name| given(name).is_some()) {
            Some(name) => Err(AttributeError::conflict(
                name,
                "describes bursts, which begin with probability p: give p as well",
            )),
            None => Ok(Channel::Rate { rate, correlation }),
        };
    };
    let loss_good = given("loss_good").unwrap_or(0.0);
    let has_bursts = p > 0.0 || loss_good > 0.0;
    match (has_bursts, rate > 0.0 || correlation > 0.0) {
        (true, true) => Err(AttributeError::conflict(
            "p",
            "loses packets in bursts, and loss_rate or correlation one by one: set either to 0",
        )),
        (false, true) => Ok(Channel::Rate { rate, correlation }),
        (_, false) => Ok(Channel::Burst {
            to_bad: p,
            to_good: given("r").unwrap_or(1.0 - p),
            loss_good,
            loss_bad: given("loss_bad").unwrap_or(1.0),
        }),
    }
}
