//! Deterministic random choices for the tests, drawn from the engine's own mixing function.

use aconite::engine::DrawKey;

/// A sequence of choices from a seed.
pub struct Dice {
    draw_key: DrawKey,
    thrown: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice {
            draw_key: DrawKey::of_seed(seed).named("dice"),
            thrown: 0,
        }
    }

    /// Uniform in `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.thrown += 1;
        self.draw_key.numbered(self.thrown).below(bound)
    }

    /// Uniform in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Uniform from 0 to one of `highest`.
    pub fn up_to_one_of(&mut self, highest: &[u64]) -> u64 {
        let highest = *self.pick(highest);
        self.between(0, highest)
    }

    /// True once in this many calls on average.
    pub fn one_in(&mut self, throws: u64) -> bool {
        self.below(throws) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }
}
