//! When TCP's retransmission of a lost packet arrives, by RFC 5681 and RFC 6298.

use std::time::Duration;

use crate::engine::Moment;

/// How often a packet is retransmitted before TCP gives up: Linux's `tcp_retries2`.
pub(super) const MOST_RETRANSMISSIONS: u32 = 15;

/// How many packets must arrive after a lost one for a fast retransmission (RFC 5681, 3.2): each
/// makes the receiver repeat its last acknowledgement.
pub(super) const DUPLICATES: u8 = 3;

/// The longest timeout, as in Linux (`TCP_RTO_MAX`). RFC 6298 (2.5) allows any from 60 s on.
const LONGEST: Duration = Duration::from_secs(120);

/// A sender's timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recovery {
    rtt: Duration,
    /// The retransmission timeout.
    rto: Duration,
}

impl Recovery {
    /// For a round trip that takes `rtt`. RFC 6298 (2.2) sets SRTT to the first round trip and
    /// RTTVAR to half of it, so that SRTT + 4 · RTTVAR is three round trips.
    pub(super) fn new(rtt: Duration, rto_min: Duration) -> Self {
        Recovery {
            rtt,
            rto: rtt.saturating_mul(3).max(rto_min).min(LONGEST),
        }
    }

    /// When a packet arrives that would have arrived at `sent` and is retransmitted after a timeout.
    /// `lost` retransmissions are lost as well; each of them doubles the timeout (RFC 6298, 5.5).
    pub(super) fn by_timeout(&self, sent: Moment, lost: u32) -> Moment {
        sent + self.timeouts(lost + 1)
    }

    /// When it arrives if `third` is when the third packet after it arrived. Returns `None` if the
    /// timeout comes first. If the fast retransmission is lost, a timeout follows.
    pub(super) fn by_duplicates(&self, sent: Moment, third: Moment, lost: u32) -> Option<Moment> {
        let fast = third + self.rtt;
        (fast < sent + self.rto).then(|| fast + self.timeouts(lost))
    }

    /// The sum of the first `count` timeouts.
    fn timeouts(&self, count: u32) -> Duration {
        let doubled = (0..count).map(|n| self.rto.saturating_mul(1 << n.min(20)).min(LONGEST));
        doubled.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recovery(rtt: u64, rto_min: u64) -> Recovery {
        Recovery::new(Duration::from_millis(rtt), Duration::from_millis(rto_min))
    }

    fn ms(moment: Moment) -> u64 {
        moment.as_nanos() / 1_000_000
    }

    fn at(ms: u64) -> Moment {
        Moment::ORIGIN + Duration::from_millis(ms)
    }

    #[test]
    fn the_timeout_is_three_round_trips_but_not_below_its_least() {
        assert_eq!(ms(recovery(50, 200).by_timeout(at(7), 0)), 207);
        assert_eq!(ms(recovery(100, 200).by_timeout(at(7), 0)), 307);
        assert_eq!(ms(recovery(0, 1).by_timeout(at(7), 0)), 8);
    }

    #[test]
    fn each_lost_retransmission_doubles_the_timeout_up_to_two_minutes() {
        let recovery = recovery(50, 200);
        let waits = |lost| ms(recovery.by_timeout(at(0), lost));
        assert_eq!([0, 1, 2].map(waits), [200, 600, 1400]);
        assert_eq!(waits(9), 204_600);
        assert_eq!(waits(10) - waits(9), 120_000);
        assert_eq!(waits(14) - waits(13), 120_000);
    }

    #[test]
    fn a_fast_retransmission_takes_a_round_trip_from_the_third_packet() {
        let recovery = recovery(50, 200);
        assert_eq!(recovery.by_duplicates(at(0), at(10), 0), Some(at(60)));
        // One that is lost leaves the timeout, which begins when it was sent.
        assert_eq!(recovery.by_duplicates(at(0), at(10), 1), Some(at(260)));
        assert_eq!(recovery.by_duplicates(at(0), at(10), 2), Some(at(660)));
    }

    #[test]
    fn duplicates_after_the_timeout_change_nothing() {
        let recovery = recovery(50, 200);
        assert_eq!(recovery.by_duplicates(at(0), at(149), 0), Some(at(199)));
        assert_eq!(recovery.by_duplicates(at(0), at(150), 0), None);
    }
}
