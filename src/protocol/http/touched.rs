//! Which connections a rule has acted on, so that each counts once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Connections that are remembered, each in the place that its ordinal names. A connection that is
/// acted on again after one whose ordinal differs by a multiple of this counts again.
const REMEMBERED: u64 = 1024;

/// The connections that were acted on most recently.
#[derive(Debug, Default)]
pub(super) struct Touched(OnceLock<Box<[AtomicU64]>>);

impl Touched {
    /// Whether the connection is touched for the first time.
    pub(super) fn is_new(&self, connection: u64) -> bool {
        let all = self
            .0
            .get_or_init(|| (0..REMEMBERED).map(|_| AtomicU64::new(0)).collect());
        let slot = all.get((connection % REMEMBERED) as usize);
        // Ordinals are counted from 1.
        slot.is_some_and(|slot| slot.swap(connection, Ordering::Relaxed) != connection)
    }
}
