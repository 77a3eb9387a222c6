//! What must happen on a connection before a toxic begins to act there.

use std::time::Duration;

/// The condition of a toxic's `after`. It is counted from when the toxic met the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// This many bytes have passed in the toxic's direction. The byte after them is the first that
    /// the toxic is shown.
    Bytes(u64),
    /// This much time has gone by.
    Time(Duration),
    /// No byte has come from either peer for this long.
    Idle(Duration),
    /// This many messages have passed in the toxic's direction. The first byte of the next message
    /// is the first that the toxic is shown.
    Messages(u64),
}

impl Trigger {
    /// How long the stage waits before it looks at the time; `None` if the time does not matter.
    pub(super) fn span(self) -> Option<Duration> {
        match self {
            Trigger::Time(span) | Trigger::Idle(span) => Some(span),
            Trigger::Bytes(_) | Trigger::Messages(_) => None,
        }
    }

    /// Whether it depends on the bytes that pass the stage.
    pub(super) fn counts(self) -> bool {
        self.span().is_none()
    }
}

/// What an update does to a toxic that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// There is nothing to wait for.
    No,
    /// It waits for the same as before.
    Same,
    /// It waits for something else than before, or did not wait before.
    Other,
}

impl Wait {
    pub(super) fn of(before: Option<Trigger>, now: Option<Trigger>) -> Self {
        match now {
            None => Wait::No,
            Some(_) if before == now => Wait::Same,
            Some(_) => Wait::Other,
        }
    }
}
