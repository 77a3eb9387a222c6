//! Arbitrary bytes as a stream of any protocol: what is found in it does not depend on the chunks,
//! and everything leaves a toxic that counts messages.

use std::sync::Arc;

use aconite::engine::framing::{Delimiter, Framing, LengthField, Preset};
use aconite::engine::{Direction, DrawKey, Moment, Plan, PlannedToxic, Trigger};
use aconite::toxics::Catalogue;

use super::take::Take;
use crate::harness::driver::Driver;
use crate::harness::scan::scan_with;

pub fn run(data: &[u8]) {
    let mut take = Take(data);
    let framing = framing(take.byte());
    let direction = take.pick(&Direction::ALL);
    let size = 1 + usize::from(take.byte() % 16);
    let after = u64::from(take.byte() % 8);
    let bytes = take.0;
    let whole = scan_with(framing.framer(direction), std::iter::once(bytes.to_vec()));
    let chunks = || bytes.chunks(size).map(<[u8]>::to_vec);
    assert_eq!(scan_with(framing.framer(direction), chunks()), whole);
    assert!(whole.ends.is_sorted_by(|one, next| one < next));

    let noop = Catalogue::default().find("noop").expect("a kind").clone();
    let toxic = noop.make::<i64>(&[]).expect("no values");
    let planned = PlannedToxic {
        after: Some(Trigger::Messages(after)),
        framing: Some(Arc::new(framing)),
        ..PlannedToxic::new(1, "noop", DrawKey::of_seed(1), toxic)
    };
    let stats = Arc::clone(&planned.stats);
    let mut plan = Plan::default();
    plan.towards_mut(direction).push(planned.into());
    let mut driver = Driver::towards(direction, &plan);
    for chunk in chunks() {
        driver.push(chunk.into());
    }
    driver.run_until(Moment::from_nanos(1));
    assert_eq!(driver.bytes_out, bytes.len() as u64);
    let known = whole.lost.unwrap_or(bytes.len());
    let fired = whole.ends.len() as u64 >= after && fires_in(&whole.ends, after, known);
    let unframed = (bytes.len() - known) as u64;
    assert_eq!(stats.hits().unframed, if fired { 0 } else { unframed });
}

/// Whether a byte follows the message before the trigger.
fn fires_in(ends: &[usize], after: u64, known: usize) -> bool {
    let before = usize::try_from(after)
        .ok()
        .and_then(|after| after.checked_sub(1));
    let end = before.map_or(Some(0), |before| ends.get(before).copied());
    end.is_some_and(|end| end < known)
}

fn framing(choice: u8) -> Framing {
    let lines = Delimiter::new(b"\r\n").expect("a delimiter");
    match choice % 9 {
        6 => Framing::Delimiter(lines),
        7 => Framing::Length(LengthField::new(0, 1)),
        8 => Framing::Length(LengthField {
            header: 1,
            little_endian: true,
            ..LengthField::new(1, 4)
        }),
        preset => Framing::Preset(Preset::ALL[usize::from(preset)]),
    }
}
