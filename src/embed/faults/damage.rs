//! Faults of the data itself: lost packets and changed bytes.

use std::time::Duration;

use super::fault::{Fault, IntoFault};

/// Loses packets. The stream arrives intact: a lost packet is late, and so is everything behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PacketLoss {
    loss: Loss,
    rtt: Option<Duration>,
    rto_min: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    Each { rate: f64, correlation: f64 },
    Bursts { begin: f64, end: f64 },
}

impl PacketLoss {
    /// Loses this share of packets, from 0 to 1.
    pub fn new(rate: f64) -> Self {
        PacketLoss::of(Loss::Each {
            rate,
            correlation: 0.0,
        })
    }

    /// Loses packets in bursts. After each packet, a burst begins with probability `begin`, or ends with probability
    /// `end`. Everything in a burst is lost, and nothing else.
    pub fn in_bursts(begin: f64, end: f64) -> Self {
        PacketLoss::of(Loss::Bursts { begin, end })
    }

    fn of(loss: Loss) -> Self {
        PacketLoss {
            loss,
            rtt: None,
            rto_min: None,
        }
    }

    /// Adds this to the rate after a lost packet. Has no effect on bursts.
    #[must_use]
    pub fn correlation(mut self, more: f64) -> Self {
        if let Loss::Each { correlation, .. } = &mut self.loss {
            *correlation = more;
        }
        self
    }

    /// The round trip that a fast retransmission takes, in whole milliseconds. 50 ms by default.
    #[must_use]
    pub fn round_trip(self, rtt: Duration) -> Self {
        let rtt = Some(rtt);
        PacketLoss { rtt, ..self }
    }

    /// The least retransmission timeout, in whole milliseconds. 200 ms by default.
    #[must_use]
    pub fn least_timeout(self, rto_min: Duration) -> Self {
        let rto_min = Some(rto_min);
        PacketLoss { rto_min, ..self }
    }
}

impl IntoFault for PacketLoss {
    fn into_fault(self) -> Fault {
        let fault = Fault::new("packet_loss");
        let mut fault = match self.loss {
            Loss::Each { rate, correlation } => set_share(
                set_share(fault, "loss_rate", rate),
                "correlation",
                correlation,
            ),
            Loss::Bursts { begin, end } => set_share(set_share(fault, "p", begin), "r", end),
        };
        if let Some(rtt) = self.rtt {
            fault = fault.set_millis("rtt", rtt);
        }
        match self.rto_min {
            Some(rto_min) => fault.set_millis("rto_min", rto_min),
            None => fault,
        }
    }
}

/// The API takes values outside 0 to 1, because Toxiproxy does.
fn set_share(fault: Fault, name: &str, share: f64) -> Fault {
    match (0.0..=1.0).contains(&share) {
        true => fault.set(name, share),
        false => fault.refuse(format!("{name} is {share}: give a number from 0 to 1")),
    }
}

/// Changes bytes at random positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrupt {
    rate: f64,
    mode: &'static str,
}

impl Corrupt {
    /// Inverts one bit in this many of a million bytes.
    pub fn flip(per_million: f64) -> Self {
        Corrupt::of(per_million, "flip")
    }

    /// Gives this many of a million bytes another value.
    pub fn overwrite(per_million: f64) -> Self {
        Corrupt::of(per_million, "overwrite")
    }

    /// Sets this many of a million bytes to 0.
    pub fn zero(per_million: f64) -> Self {
        Corrupt::of(per_million, "zero")
    }

    fn of(rate: f64, mode: &'static str) -> Self {
        Corrupt { rate, mode }
    }
}

impl IntoFault for Corrupt {
    fn into_fault(self) -> Fault {
        Fault::new("corrupt")
            .set("rate", self.rate)
            .set("mode", self.mode)
    }
}
