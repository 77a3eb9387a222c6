//! How much a pipeline does before others have a turn.

/// Looks at stages before others get their turn: some 0.2 ms. A look moves one item at most.
const WORK: u32 = 4096;

/// How far the stages came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Nothing,
    Moved,
    /// There is more to do.
    Unfinished,
}

/// What is left of a turn, in looks at stages.
#[derive(Debug)]
pub(super) struct Turn(u32);

impl Turn {
    pub(super) fn new() -> Self {
        Turn(WORK)
    }

    /// Begins a turn that is long enough to look at each of so many stages.
    pub(super) fn begin(&mut self, stages: usize) {
        let all = u32::try_from(stages).unwrap_or(u32::MAX);
        self.0 = WORK.max(all.saturating_mul(4));
    }

    /// Takes one look off the turn. Whether there was one left.
    pub(super) fn spend(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}
