//! What a direction knows of the other one, for toxics that look at the conversation.

/// Where in its direction's stream, and in the conversation, a toxic begins to act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamPosition {
    /// Nothing has moved on the connection.
    Start,
    /// Perhaps at the start of a turn: the last bytes that moved went the other way, and none of this
    /// direction's are still on their way to the toxic.
    TurnStart,
    /// Anywhere else.
    #[default]
    Within,
}

/// The conversation as one direction of a connection follows it.
#[derive(Debug)]
pub(super) struct Conversation {
    /// Bytes that have entered the other direction; `None` before it was asked for the first time.
    other: Option<u64>,
    /// Bytes have gone the other way since the last ones entered here.
    other_spoke: bool,
    turn: u64,
}

impl Conversation {
    /// `is_first` says that no bytes have entered either direction.
    pub(super) fn new(is_first: bool) -> Self {
        Conversation {
            other: is_first.then_some(0),
            other_spoke: false,
            turn: 0,
        }
    }

    /// This many bytes have entered the other direction so far. Returns whether some of them are
    /// new.
    pub(super) fn learn(&mut self, entered: u64) -> bool {
        let before = self.other.replace(entered);
        let spoke = before.is_some_and(|before| before != entered);
        self.other_spoke |= spoke;
        spoke
    }

    /// Bytes enter this direction. Returns the turn that they belong to.
    pub(super) fn enter_turn(&mut self) -> u64 {
        self.turn += u64::from(std::mem::take(&mut self.other_spoke));
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::StreamPosition;
    use crate::engine::sim::Duplex;
    use crate::engine::{Chunk, Direction, DrawKey, Moment, Outlet, Plan, PlannedToxic, Toxic};
    use Direction::{Downstream, Upstream};

    /// Publishes where it attaches, and holds chunks for so many ms.
    #[derive(Debug)]
    struct Probe(u64);

    impl Toxic for Probe {
        type Memory = ();

        fn on_attach(&self, (): &mut (), out: &mut Outlet<'_>) {
            out.publish(1 + out.position() as u64);
        }

        fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
            out.send_at(Moment::ORIGIN + Duration::from_millis(self.0), chunk);
        }
    }

    fn plan(probes: &[(u64, u64)]) -> Plan {
        let probe = |(id, ms): &(u64, u64)| {
            let toxic = Arc::new(Probe(*ms));
            PlannedToxic::new(*id, "probe", DrawKey::of_seed(1), toxic).into()
        };
        Plan {
            upstream: probes.iter().map(probe).collect(),
            ..Plan::default()
        }
    }

    /// Where the last toxic of the plan attached.
    fn position(duplex: &Duplex) -> u64 {
        let tallies = duplex.up.pipeline.tallies();
        let (_, tally) = tallies.last().unwrap();
        tally.published() - 1
    }

    fn expect(duplex: &Duplex, expected: StreamPosition) {
        assert_eq!(position(duplex), expected as u64, "{expected:?}");
    }

    #[test]
    fn a_toxic_is_told_whether_it_attaches_where_a_turn_may_begin() {
        let mut duplex = Duplex::new(&plan(&[(1, 0)]));
        expect(&duplex, StreamPosition::Start);
        for (direction, expected) in [
            (Upstream, StreamPosition::Within),
            (Downstream, StreamPosition::TurnStart),
            (Upstream, StreamPosition::Within),
        ] {
            for probes in [&[][..], &[(1, 0)]] {
                duplex.adopt(&Plan::default());
                for (id, ms) in probes {
                    duplex.adopt(&plan(&[(*id, *ms)]));
                }
                duplex.push(direction, "x");
            }
            duplex.adopt(&plan(&[(2, 0)]));
            expect(&duplex, expected);
        }
    }

    #[test]
    fn no_turn_begins_while_earlier_bytes_of_the_direction_are_on_their_way() {
        let mut duplex = Duplex::new(&plan(&[(1, 100)]));
        duplex.push(Upstream, "x").push(Downstream, "y");
        duplex.adopt(&plan(&[(1, 100), (2, 0)]));
        expect(&duplex, StreamPosition::Within);
        duplex.run_ms(200).push(Upstream, "x").push(Downstream, "y");
        duplex.run_ms(200);
        duplex.adopt(&plan(&[(1, 100), (3, 0)]));
        expect(&duplex, StreamPosition::TurnStart);
    }
}
