//! The groups of toxics that share one rate, by name. A group exists as long as a toxic is in it.
//!
//! Must not know proxies. Its lock is a leaf.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::toxics::TokenBucket;

/// Names without toxics are dropped when there are twice as many names as after the last time, and
/// at least this many.
const FEW: usize = 64;

/// The state of each group's rate.
#[derive(Debug, Default)]
pub(super) struct RateGroups(Mutex<Groups>);

#[derive(Debug, Default)]
struct Groups {
    by_name: HashMap<String, Weak<TokenBucket>>,
    /// How many names there were after the last clean-up.
    kept: usize,
}

impl RateGroups {
    /// The bucket of a group, a new one if nobody is in it.
    pub(super) fn join(&self, name: &str) -> Arc<TokenBucket> {
        let mut groups = self.0.lock();
        if let Some(bucket) = groups.by_name.get(name).and_then(Weak::upgrade) {
            return bucket;
        }
        groups.drop_empty();
        let bucket = Arc::default();
        let weak = Arc::downgrade(&bucket);
        groups.by_name.insert(name.to_owned(), weak);
        bucket
    }
}

impl Groups {
    fn drop_empty(&mut self) {
        if self.by_name.len() >= FEW.max(2 * self.kept) {
            self.by_name.retain(|_, bucket| bucket.strong_count() > 0);
            self.kept = self.by_name.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_lasts_as_long_as_somebody_is_in_it() {
        let groups = RateGroups::default();
        let one = groups.join("uplink");
        assert!(Arc::ptr_eq(&one, &groups.join("uplink")));
        assert!(!Arc::ptr_eq(&one, &groups.join("Uplink")));
        let before = Arc::downgrade(&one);
        drop(one);
        let _again = groups.join("uplink");
        assert!(before.upgrade().is_none());
    }

    #[test]
    fn names_of_empty_groups_do_not_accumulate() {
        let groups = RateGroups::default();
        let kept: Vec<_> = (0..100)
            .map(|index| groups.join(&index.to_string()))
            .collect();
        for index in 0..10_000 {
            drop(groups.join(&format!("brief {index}")));
        }
        assert!(groups.0.lock().by_name.len() <= 2 * kept.len());
        assert!(Arc::ptr_eq(&kept[7], &groups.join("7")));
    }
}
