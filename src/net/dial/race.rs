//! In which order, and when, the addresses of an upstream are tried: RFC 8305 (Happy Eyeballs), as a
//! pure function of time and of what came of the attempts.
//!
//! The families take turns, beginning with that of the first address. An attempt that is not through
//! after [`STAGGER`] gets company; one that fails makes room at once. Every attempt needs a file
//! descriptor, so there are at most [`MOST_AT_ONCE`]; where no more can be had, the oldest has an
//! even share of the time that is left, and then makes room. Must not know sockets, clocks or names.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use crate::engine::Moment;

/// The RFC's "Connection Attempt Delay".
pub(super) const STAGGER: Duration = Duration::from_millis(250);

/// Attempts under way at a time.
const MOST_AT_ONCE: usize = 4;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Begin an attempt, and say what came of that.
    Begin {
        /// Where to.
        address: SocketAddr,
        /// None is under way, so that it needs no further descriptor.
        first: bool,
    },
    /// Give up the attempt that is under way for the longest time; it makes room for another.
    GiveUpOldest,
    /// Wait for an attempt to end, and no longer than this.
    Wait(Moment),
    /// Nothing is left to try.
    Over,
}

/// The attempts on one upstream.
#[derive(Debug)]
pub(super) struct Race {
    /// Not tried yet.
    left: VecDeque<SocketAddr>,
    /// When each attempt under way began, the oldest first.
    begun: VecDeque<Moment>,
    /// When the next may begin.
    next: Moment,
    /// There was no descriptor for the next.
    starved: bool,
    deadline: Moment,
}

impl Race {
    /// Nothing is begun yet. `deadline` ends it whatever is under way.
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

    /// What to do now.
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

    /// The attempt that was asked for is under way.
    pub(super) fn began(&mut self, now: Moment) {
        self.left.pop_front();
        self.begun.push_back(now);
        self.starved = false;
        // Of very many, all are to have a chance.
        let shares = u32::try_from(self.left.len() + 1).unwrap_or(u32::MAX);
        self.next = now + STAGGER.min(self.deadline.since(now) / shares);
    }

    /// The attempt that was asked for could not even begin.
    pub(super) fn failed_to_begin(&mut self, now: Moment) {
        self.left.pop_front();
        self.next = now;
    }

    /// There is no descriptor for the attempt that was asked for.
    pub(super) fn no_descriptor(&mut self, now: Moment) {
        self.starved = true;
        self.next = now + STAGGER;
    }

    /// An attempt failed, the `index`-th of those under way in order of their beginning.
    pub(super) fn failed(&mut self, index: usize, now: Moment) {
        self.begun.remove(index);
        self.next = now;
    }

    /// When the oldest attempt has had its share of the time, one of as many as there are addresses
    /// from it on.
    fn end_of_share(&self) -> Moment {
        let Some(oldest) = self.begun.front() else {
            return self.deadline;
        };
        let shares = u32::try_from(self.left.len() + 1).unwrap_or(u32::MAX);
        *oldest + self.deadline.since(*oldest) / shares
    }
}

/// The families in turns, each in its order, beginning with the first address's.
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

    /// Begins what can begin without waiting for anything but time, which nothing answers. Says when.
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
