//! Limits how much a pipeline does before it yields.

/// Visits to stages before a pipeline yields: about 0.2 ms. A visit moves at most one item.
const WORK: u32 = 4096;

/// The result of advancing the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Nothing,
    Moved,
    /// The quota was used up; there is more to do.
    Unfinished,
}

/// What is left of a quota, counted in visits to stages.
#[derive(Debug)]
pub(super) struct Quota(u32);

impl Quota {
    pub(super) fn new() -> Self {
        Quota(WORK)
    }

    /// Starts a quota that is large enough to visit each of this many stages several times.
    pub(super) fn begin(&mut self, stages: usize) {
        let all = u32::try_from(stages).unwrap_or(u32::MAX);
        self.0 = WORK.max(all.saturating_mul(4));
    }

    /// Uses up the quota, so that other tasks run.
    pub(super) fn end(&mut self) {
        self.0 = 0;
    }

    /// Uses one visit. Returns whether one was left.
    pub(super) fn spend(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}
