//! Decides in which order and when to try an upstream's addresses, following RFC 8305 (Happy
//! Eyeballs). It is a pure function of the time and of the outcomes of attempts.
//!
//! Address families alternate, starting with the family of the first address. If an attempt has not
//! connected after [`STAGGER`], the next one starts beside it; if it fails, the next one starts at once.
//! Every attempt needs a file descriptor, so at most [`MOST_AT_ONCE`] run at a time. When no more can
//! start, the oldest attempt gets an even share of the remaining time, and is then given up for the
//! next. Must not know sockets, clocks or names.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use crate::engine::Moment;

/// The RFC's "Connection Attempt Delay".
pub(super) const STAGGER: Duration = Duration::from_millis(250);

/// The most attempts in progress at a time.
const MOST_AT_ONCE: usize = 4;

/// What the caller must do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Begin an attempt, and report the result with `began`, `failed_to_begin` or `no_descriptor`.
    Begin {
        /// The address to connect to.
        address: SocketAddr,
        /// No other attempt is in progress, so this one needs no additional descriptor.
        first: bool,
    },
    /// Give up the oldest attempt, to make room for another.
    GiveUpOldest,
    /// Wait for an attempt to end, but no longer than until this moment.
    Wait(Moment),
    /// Stop: no address is left to try, or the deadline has passed.
    Over,
}

/// The state of the attempts to reach one upstream.
#[derive(Debug)]
pub(super) struct Race {
    /// Addresses not tried yet.
    left: VecDeque<SocketAddr>,
    /// When each attempt in progress began, oldest first.
    begun: VecDeque<Moment>,
    /// When the next attempt may begin.
    next: Moment,
    /// Whether the last request for a descriptor failed.
    starved: bool,
    deadline: Moment,
}

impl Race {
    /// Creates a race without attempts. It ends at `deadline`, even if attempts are in progress.
    pub(super) fn new(addresses: Vec<SocketAddr>, now: Moment, deadline: Moment) -> Self {
        let count = addresses.len();
        Race {
            left: interleave(addresses),
            begun: VecDeque::with_capacity(count.min(MOST_AT_ONCE)),
            next: now,
            starved: false,
            deadline,
        }
    }

    /// Returns what to do at the time `now`.
    pub(super) fn step(&self, now: Moment) -> Step {
        let first = self.begun.is_empty();
        if now >= self.deadline {
            return Step::Over;
        }
        let Some(address) = self.left.front().copied() else {
            return match first {
                true => Step::Over,
                false => Step::Wait(self.deadline),
            };
        };
        if first {
            return Step::Begin { address, first };
        }
        let has_room = self.begun.len() < MOST_AT_ONCE;
        if has_room && now >= self.next {
            return Step::Begin { address, first };
        }
        let share = self.end_of_share();
        match (has_room && !self.starved, has_room) {
            (true, _) => Step::Wait(self.next),
            _ if now >= share => Step::GiveUpOldest,
            (_, true) => Step::Wait(self.next.min(share)),
            (_, false) => Step::Wait(share),
        }
    }

    /// Reports that the requested attempt is in progress.
    pub(super) fn began(&mut self, now: Moment) {
        self.left.pop_front();
        self.begun.push_back(now);
        self.starved = false;
        // With very many addresses, a shorter stagger gives each of them a chance.
        let shares = u32::try_from(self.left.len() + 1).unwrap_or(u32::MAX);
        self.next = now + STAGGER.min(self.deadline.since(now) / shares);
    }

    /// Reports that the requested attempt failed before it was in progress.
    pub(super) fn failed_to_begin(&mut self, now: Moment) {
        self.left.pop_front();
        self.next = now;
    }

    /// Reports that no descriptor was available for the requested attempt.
    pub(super) fn no_descriptor(&mut self, now: Moment) {
        self.starved = true;
        self.next = now + STAGGER;
    }

    /// Reports that an attempt failed: `index` counts those in progress from 0, oldest first.
    pub(super) fn failed(&mut self, index: usize, now: Moment) {
        self.begun.remove(index);
        self.next = now;
    }

    /// When the oldest attempt has used up its share of the time. Its time until the deadline is divided
    /// evenly between it and the addresses not tried yet.
    fn end_of_share(&self) -> Moment {
        let Some(oldest) = self.begun.front() else {
            return self.deadline;
        };
        let shares = u32::try_from(self.left.len() + 1).unwrap_or(u32::MAX);
        *oldest + self.deadline.since(*oldest) / shares
    }
}

/// Alternates address families, starting with the first address's family. The order within each
/// family is kept.
fn interleave(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv4) else {
        return VecDeque::new();
    };
    let (mut one, mut other): (VecDeque<_>, VecDeque<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == first);
    let mut order = VecDeque::with_capacity(one.len() + other.len());
    while let Some(address) = one.pop_front().or_else(|| other.pop_front()) {
        order.push_back(address);
        order.extend(other.pop_front());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn at(millis: u64) -> Moment {
        Moment::ORIGIN + Duration::from_millis(millis)
    }

    fn v4(last: u8) -> SocketAddr {
        ([192, 0, 2, last], 80).into()
    }

    fn v6(last: u16) -> SocketAddr {
        ([0x2001, 0xdb8, 0, 0, 0, 0, 0, last], 80).into()
    }

    fn race(addresses: &[SocketAddr]) -> Race {
        Race::new(addresses.to_vec(), at(0), at(0) + LIMIT)
    }

    fn begin(race: &mut Race, millis: u64) -> SocketAddr {
        match race.step(at(millis)) {
            Step::Begin { address, .. } => {
                race.began(at(millis));
                address
            }
            other => panic!("{other:?} at {millis} ms: {race:?}"),
        }
    }

    /// Runs a race in which no address answers. Returns when each attempt began, in milliseconds.
    fn in_silence(race: &mut Race, fd_limit: usize) -> Vec<(u64, SocketAddr)> {
        let (mut now, mut begun, mut used) = (at(0), Vec::new(), 0);
        loop {
            match race.step(now) {
                Step::Begin { first, .. } if !first && used >= fd_limit => race.no_descriptor(now),
                Step::Begin { address, .. } => {
                    used += 1;
                    race.began(now);
                    begun.push((now.as_nanos() / 1_000_000, address));
                }
                Step::GiveUpOldest => {
                    used -= 1;
                    race.failed(0, now);
                }
                Step::Wait(moment) => {
                    assert!(moment > now, "{race:?}");
                    now = moment;
                }
                Step::Over => return begun,
            }
        }
    }

    #[test]
    fn families_take_turns_beginning_with_the_first_address() {
        let all = [v6(1), v6(2), v6(3), v4(1), v4(2)];
        assert_eq!(
            interleave(all.to_vec()),
            [v6(1), v4(1), v6(2), v4(2), v6(3)]
        );
        let all = [v4(1), v6(1), v6(2), v6(3)];
        assert_eq!(interleave(all.to_vec()), [v4(1), v6(1), v6(2), v6(3)]);
        assert!(interleave(Vec::new()).is_empty());
    }

    #[test]
    fn silent_addresses_get_company_after_the_stagger() {
        let mut race = race(&[v6(1), v6(2), v4(1)]);
        let begun = in_silence(&mut race, usize::MAX);
        assert_eq!(begun, [(0, v6(1)), (250, v4(1)), (500, v6(2))]);
    }

    #[test]
    fn a_failure_begins_the_next_at_once() {
        let mut race = race(&[v6(1), v6(2), v4(1), v4(2)]);
        assert_eq!(begin(&mut race, 0), v6(1));
        race.failed(0, at(3));
        assert_eq!(begin(&mut race, 3), v4(1));
        assert_eq!(race.step(at(3)), Step::Wait(at(253)));
        assert_eq!(begin(&mut race, 253), v6(2));
        race.failed(1, at(260));
        assert_eq!(begin(&mut race, 260), v4(2));
        assert_eq!(race.step(at(260)), Step::Wait(at(10_000)));
        race.failed(0, at(300));
        race.failed(0, at(300));
        assert_eq!(race.step(at(300)), Step::Over);
    }

    #[test]
    fn an_attempt_that_cannot_begin_counts_as_failed() {
        let mut race = race(&[v6(1), v4(1)]);
        race.failed_to_begin(at(0));
        assert_eq!(begin(&mut race, 0), v4(1));
        assert_eq!(race.step(at(10_000)), Step::Over);
    }

    #[test]
    fn without_further_descriptors_each_address_has_an_even_share() {
        let all = [v4(1), v4(2), v4(3), v4(4)];
        let begun = in_silence(&mut race(&all), 1);
        let expected = [(0, v4(1)), (2500, v4(2)), (5000, v4(3)), (7500, v4(4))];
        assert_eq!(begun, expected);
    }

    #[test]
    fn with_descriptors_no_attempt_is_given_up_for_a_few_others() {
        let mut race = race(&[v4(1), v4(2), v4(3), v4(4)]);
        let begun = in_silence(&mut race, usize::MAX);
        assert_eq!(begun.iter().map(|(at, _)| *at).max(), Some(750));
        assert_eq!(race.begun.len(), 4);
    }

    #[test]
    fn of_many_addresses_few_are_under_way_and_all_are_tried() {
        let all: Vec<SocketAddr> = (0..100).map(v4).collect();
        let begun = in_silence(&mut race(&all), MOST_AT_ONCE);
        assert_eq!(begun.len(), 100, "{begun:?}");
        assert!(begun.iter().all(|(millis, _)| *millis < 10_000));
    }
}
