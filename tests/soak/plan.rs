//! What a peer will do, decided before it begins.

use std::time::Duration;

use super::side::Leave;
use super::stream::HEAD;
use crate::dice::Dice;

/// Longer than a server waits for a peer to read what a vanished peer has sent.
const SLEEP: Duration = Duration::from_secs(13);

#[derive(Clone, Debug)]
pub struct PeerPlan {
    /// Bytes to write, including the head.
    pub total: u64,
    /// The size of the largest write.
    pub piece: u64,
    /// How many of the first writes are followed by a pause.
    pub pauses: u64,
    /// The offset at which reading stops, for this long or until all faults end.
    pub stall: Option<(u64, Duration)>,
    /// Whether to end the stream only after the other side's end has arrived.
    pub ends_last: bool,
    pub leave: Option<(Leave, Trigger)>,
    pub small_buffers: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Trigger {
    Sent(u64),
    Received(u64),
}

impl PeerPlan {
    pub fn throw(dice: &mut Dice, is_client: bool) -> Self {
        let highest = [
            0, 1, 10, 1000, 1000, 20_000, 300_000, 300_000, 3_000_000, 12_000_000,
        ];
        let total = HEAD as u64 + dice.up_to_one_of(&highest);
        let piece = if total < 30_000 {
            *dice.pick(&[1, 16, 1000, 1 << 20])
        } else {
            *dice.pick(&[3000, 64 << 10, 1 << 20, 1 << 20, 16 << 20])
        };
        Self {
            total,
            piece,
            pauses: *dice.pick(&[0, 0, 5, 40]),
            stall: dice.one_in(4).then(|| stall(dice)),
            ends_last: is_client && dice.one_in(3),
            leave: dice.one_in(3).then(|| leave(dice, total)),
            small_buffers: dice.one_in(4),
        }
    }
}

fn stall(dice: &mut Dice) -> (u64, Duration) {
    let at = dice.up_to_one_of(&[0, 100, 100_000, 3_000_000]);
    let span = Duration::from_millis(dice.up_to_one_of(&[10, 200, 1500]));
    (at, if dice.one_in(100) { SLEEP } else { span })
}

fn leave(dice: &mut Dice, total: u64) -> (Leave, Trigger) {
    let how = *dice.pick(&[Leave::Reset, Leave::Reset, Leave::Close]);
    let trigger = if dice.one_in(2) {
        Trigger::Sent(dice.up_to_one_of(&[0, 30, total]))
    } else {
        Trigger::Received(dice.up_to_one_of(&[0, 30, 10_000, 1_000_000]))
    };
    (how, trigger)
}
