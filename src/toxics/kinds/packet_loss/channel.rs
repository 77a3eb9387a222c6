//! Which packets are lost.
//!
//! Each decision is a draw keyed by the packet's stream offset. Only the one bit of state is carried
//! from packet to packet.

use crate::engine::DrawKey;

/// How packets are lost. All numbers are probabilities from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Channel {
    /// Each packet with probability `rate`, or `rate` + `correlation` (at most 1) after a lost one,
    /// as in Toxiproxy 2.13.
    Rate { rate: f64, correlation: f64 },
    /// In bursts (Gilbert 1960, Elliott 1963), as netem's `loss gemodel`. The channel is good or
    /// bad. It begins as good, and each packet changes it for the next one.
    Burst {
        /// From good to bad.
        to_bad: f64,
        /// From bad to good.
        to_good: f64,
        /// A loss while it is good.
        loss_good: f64,
        /// A loss while it is bad.
        loss_bad: f64,
    },
}

/// The draws of one packet, by what they decide.
const LOSS: u64 = 0;
const CHANGE: u64 = 1;
const RETRANSMISSIONS: u64 = 2;

impl Channel {
    /// Whether the next packet, whose draws have this key, is lost. `bad` is the state: the last
    /// packet was lost, or the channel is bad.
    pub(super) fn loses(&self, bad: &mut bool, key: DrawKey) -> bool {
        let draw = |what| key.numbered(what).unit();
        match *self {
            Channel::Rate { rate, correlation } => {
                let rate = if *bad { rate + correlation } else { rate };
                *bad = draw(LOSS) < rate;
                *bad
            }
            Channel::Burst {
                to_bad,
                to_good,
                loss_good,
                loss_bad,
            } => {
                let (loss, change) = match *bad {
                    true => (loss_bad, to_good),
                    false => (loss_good, to_bad),
                };
                *bad ^= draw(CHANGE) < change;
                draw(LOSS) < loss
            }
        }
    }

    /// How many retransmissions of a packet are lost, up to `most`. They are a round trip or more
    /// apart, so each is lost with the average probability.
    pub(super) fn lost_retransmissions(&self, key: DrawKey, most: u32) -> u32 {
        let average = self.average();
        let draw = |attempt: &u32| key.numbered(RETRANSMISSIONS + u64::from(*attempt)).unit();
        let lost = (0..most).take_while(|attempt| draw(attempt) < average);
        u32::try_from(lost.count()).unwrap_or(most)
    }

    /// The probability of a loss where nothing is known of earlier packets.
    fn average(&self) -> f64 {
        match *self {
            Channel::Rate { rate, .. } => rate,
            Channel::Burst {
                to_bad,
                to_good,
                loss_good,
                loss_bad,
            } => match to_bad + to_good {
                0.0 => loss_good,
                changes => (loss_good * to_good + loss_bad * to_bad) / changes,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fates of `count` packets.
    fn fates(channel: Channel, count: u64) -> Vec<bool> {
        let mut bad = false;
        let key = DrawKey::of_seed(5);
        (0..count)
            .map(|packet| channel.loses(&mut bad, key.numbered(packet)))
            .collect()
    }

    fn share(fates: &[bool]) -> f64 {
        fates.iter().filter(|lost| **lost).count() as f64 / fates.len() as f64
    }

    /// The share of lost packets among those after a lost one.
    fn share_after_loss(fates: &[bool]) -> f64 {
        let after = fates.windows(2).filter(|pair| pair[0]).map(|pair| pair[1]);
        share(&after.collect::<Vec<_>>())
    }

    fn assert_near(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found}, expected {expected}"
        );
    }

    const PACKETS: u64 = if cfg!(miri) { 500 } else { 200_000 };
    /// Five standard deviations of a share at the worst probability, and more for bursts.
    const NEAR: f64 = if cfg!(miri) { 0.3 } else { 0.01 };

    #[test]
    fn without_correlation_losses_are_independent() {
        for rate in [0.0, 0.001, 0.02, 0.2, 1.0] {
            let fates = fates(
                Channel::Rate {
                    rate,
                    correlation: 0.0,
                },
                PACKETS,
            );
            assert_near(share(&fates), rate, NEAR / 2.0);
            if rate >= 0.02 {
                assert_near(share_after_loss(&fates), rate, 2.0 * NEAR);
            }
        }
    }

    /// The stationary share s of losses satisfies s = rate + correlation · s.
    #[test]
    fn correlation_adds_to_the_rate_after_a_loss() {
        let channel = Channel::Rate {
            rate: 0.1,
            correlation: 0.5,
        };
        let fates = fates(channel, PACKETS);
        assert_near(share(&fates), 0.2, NEAR);
        assert_near(share_after_loss(&fates), 0.6, 2.0 * NEAR);
    }

    #[test]
    fn correlation_of_one_never_ends_a_burst() {
        let channel = Channel::Rate {
            rate: 0.01,
            correlation: 1.0,
        };
        let fates = fates(channel, 5000);
        let first = fates.iter().position(|lost| *lost).unwrap();
        assert!(fates[first..].iter().all(|lost| *lost));
    }

    #[test]
    fn bursts_have_the_length_and_share_of_the_gilbert_model() {
        let channel = Channel::Burst {
            to_bad: 0.02,
            to_good: 0.25,
            loss_good: 0.0,
            loss_bad: 1.0,
        };
        let fates = fates(channel, PACKETS);
        let bursts = fates.chunk_by(|a, b| a == b).filter(|run| run[0]);
        let lengths: Vec<f64> = bursts.map(|run| run.len() as f64).collect();
        let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
        assert_near(mean, 4.0, 30.0 * NEAR);
        assert_near(share(&fates), 0.02 / 0.27, NEAR);
    }

    #[test]
    fn both_states_of_the_elliott_model_have_their_own_losses() {
        let channel = Channel::Burst {
            to_bad: 0.1,
            to_good: 0.3,
            loss_good: 0.04,
            loss_bad: 0.5,
        };
        let average = (0.04 * 0.3 + 0.5 * 0.1) / 0.4;
        assert_near(channel.average(), average, 1e-12);
        assert_near(share(&fates(channel, PACKETS)), average, NEAR);
    }

    #[test]
    fn retransmissions_are_lost_with_the_average_probability() {
        let channel = Channel::Rate {
            rate: 0.5,
            correlation: 0.5,
        };
        let lost = |seed| channel.lost_retransmissions(DrawKey::of_seed(seed), 15);
        let mean = (0..PACKETS / 10).map(lost).sum::<u32>() as f64 / (PACKETS / 10) as f64;
        assert_near(mean, 1.0, 10.0 * NEAR);
        let dead = Channel::Rate {
            rate: 1.0,
            correlation: 0.0,
        };
        assert_eq!(dead.lost_retransmissions(DrawKey::of_seed(1), 15), 15);
        let stuck = Channel::Burst {
            to_bad: 0.0,
            to_good: 0.0,
            loss_good: 0.0,
            loss_bad: 1.0,
        };
        assert_eq!(stuck.lost_retransmissions(DrawKey::of_seed(1), 15), 0);
    }
}
