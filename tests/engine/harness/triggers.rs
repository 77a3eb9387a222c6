//! Random triggers and framings.

use std::time::Duration;

use aconite::engine::Trigger;
use aconite::engine::framing::{Delimiter, Framing, LengthField, Preset};

use super::dice::Dice;

/// One that a round may reach, or none.
pub fn trigger(dice: &mut Dice) -> Option<Trigger> {
    let count = dice.up_to_one_of(&[0, 3, 100, 5000]);
    let span = Duration::from_millis(dice.up_to_one_of(&[0, 5, 300, 5000]));
    match dice.below(5) {
        0 => Some(Trigger::Bytes(count)),
        1 => Some(Trigger::Messages(count)),
        2 => Some(Trigger::Time(span)),
        3 => Some(Trigger::Idle(span)),
        _ => None,
    }
}

/// A framing of random bytes: a delimiter is found in them, a length soon makes no sense.
pub fn framing(dice: &mut Dice) -> Option<Framing> {
    match dice.below(4) {
        0 => Delimiter::new(&[7]).map(Framing::Delimiter),
        1 => Some(Framing::Length(LengthField::new(0, 1))),
        2 => Some(Framing::Preset(*dice.pick(&Preset::ALL))),
        _ => None,
    }
}
