//! Byte and connection counts since the server's start, by proxy and pair of addresses.
//!
//! Counters must not decrease, so the counts of deleted proxies are kept. Clients choose names and
//! addresses, so the number of entries must be bounded: only the most recent keep their own entry, and
//! older ones are added to one sum. The sum over all entries never decreases.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::view::{ConnectionCounts, TrafficView};
use crate::engine::Direction;
use crate::net::{EndKind, Traffic};

/// How many deleted proxies, and earlier addresses of existing proxies, keep their own entry.
const MAX_DELETED: usize = 1000;
/// The maximum total bytes of the names and addresses of those entries.
const MAX_TEXT: usize = 1 << 20;
/// How many entries are added between two sweeps, so that the cost of a sweep per added entry is small.
const SWEEP_AFTER: usize = 1000;
/// The proxy name of the sum's entry. Its addresses are empty, unlike any bound address.
pub(super) const REMOVED: &str = "(removed)";

/// A proxy's name, its bound address and its upstream.
type Key = (String, String, String);

#[derive(Debug, Default)]
pub(super) struct TrafficTotals(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    by_key: BTreeMap<Key, Entry>,
    /// The sum of removed entries.
    removed: Traffic,
    /// How many times entries were opened.
    opened: u64,
    /// The number of entries at which the next sweep is due.
    sweep_at: usize,
}

#[derive(Debug, Default)]
struct Entry {
    /// The proxy also holds the counters for as long as it exists.
    traffic: Arc<Traffic>,
    /// The value of `Entries::opened` when it was last opened.
    opened: u64,
}

impl TrafficTotals {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock()
    }

    /// The counters for a proxy that begins to listen. The entry stays while they are held.
    pub(super) fn open(&self, proxy: &str, listener: &str, upstream: &str) -> Arc<Traffic> {
        let mut entries = self.entries();
        if entries.by_key.len() >= entries.sweep_at {
            entries.sweep();
            entries.sweep_at = entries.by_key.len() + SWEEP_AFTER;
        }
        entries.opened += 1;
        let opened = entries.opened;
        let key = (proxy.to_owned(), listener.to_owned(), upstream.to_owned());
        let entry = entries.by_key.entry(key).or_default();
        entry.opened = opened;
        Arc::clone(&entry.traffic)
    }

    /// The connections of each entry. Ended connections are read before accepted ones, so that a concurrent
    /// reader never sees more ended than accepted.
    pub(super) fn counts(&self) -> Vec<ConnectionCounts> {
        let mut entries = self.entries();
        entries.sweep();
        let of_all = (REMOVED.to_owned(), String::new(), String::new());
        let removed = std::iter::once((&of_all, &entries.removed));
        let by_key = entries.by_key.iter();
        let all = removed.chain(by_key.map(|(key, entry)| (key, &*entry.traffic)));
        let used = all.filter(|(_, traffic)| traffic.accepted() > 0);
        used.map(|((proxy, listener, upstream), traffic)| {
            let ended = EndKind::ALL.map(|kind| (kind, traffic.ended(kind)));
            let accepted = traffic.accepted();
            let over: u64 = ended.iter().map(|(_, count)| count).sum();
            ConnectionCounts {
                proxy: proxy.clone(),
                listener: listener.clone(),
                upstream: upstream.clone(),
                accepted,
                open: accepted.saturating_sub(over),
                ended,
            }
        })
        .collect()
    }

    pub(super) fn views(&self) -> Vec<TrafficView> {
        let mut entries = self.entries();
        entries.sweep();
        let mut views = Vec::new();
        let of_all = (REMOVED.to_owned(), String::new(), String::new());
        let removed = std::iter::once((&of_all, &entries.removed));
        let by_key = entries.by_key.iter();
        let all = removed.chain(by_key.map(|(key, entry)| (key, &*entry.traffic)));
        for ((proxy, listener, upstream), traffic) in all {
            if traffic.connections() == 0 {
                continue;
            }
            for direction in Direction::ALL {
                let flow = traffic.towards(direction);
                views.push(TrafficView {
                    direction: direction.name(),
                    proxy: proxy.clone(),
                    listener: listener.clone(),
                    upstream: upstream.clone(),
                    received: flow.received(),
                    sent: flow.sent(),
                    breakdowns: traffic.breakdowns(),
                });
            }
        }
        views
    }
}

impl Entries {
    /// Removes entries that no proxy holds: those that never had a connection, and the oldest of the
    /// others if there are too many.
    fn sweep(&mut self) {
        let is_held = |entry: &Entry| Arc::strong_count(&entry.traffic) > 1;
        self.by_key
            .retain(|_, entry| is_held(entry) || entry.traffic.accepted() > 0);
        let deleted = self.by_key.iter().filter(|(_, entry)| !is_held(entry));
        let mut deleted: Vec<(u64, usize)> = deleted
            .map(|((proxy, listener, upstream), entry)| {
                let text = proxy.len() + listener.len() + upstream.len();
                (entry.opened, text)
            })
            .collect();
        deleted.sort_unstable_by(|a, b| b.cmp(a));
        let mut text = 0;
        let kept = deleted.iter().take(MAX_DELETED).take_while(|(_, length)| {
            text += length;
            text <= MAX_TEXT
        });
        let kept = kept.count();
        let Some((newest_to_go, _)) = deleted.get(kept) else {
            return;
        };
        let removed = &self.removed;
        self.by_key.retain(|_, entry| {
            let goes = !is_held(entry) && entry.opened <= *newest_to_go;
            if goes {
                removed.absorb(&entry.traffic);
            }
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proxy that carried so many bytes and was deleted.
    fn used(totals: &TrafficTotals, proxy: &str, bytes: u64) {
        let counted = Traffic::of(bytes);
        totals.open(proxy, "127.0.0.1:1", "u:1").absorb(&counted);
    }

    fn received(views: &[TrafficView]) -> u64 {
        views.iter().map(|view| view.received).sum()
    }

    #[test]
    fn counts_of_the_oldest_deleted_proxies_are_summed_without_loss() {
        let totals = TrafficTotals::default();
        let held = totals.open("held", "127.0.0.1:1", "u:1");
        held.absorb(&Traffic::of(5));
        let mut sum = 10;
        for number in 0..3 * MAX_DELETED {
            used(&totals, &format!("p{number}"), 1);
            sum += 2;
            if number % 500 == 0 {
                assert_eq!(received(&totals.views()), sum);
            }
        }
        let views = totals.views();
        assert_eq!(received(&views), sum);
        assert_eq!(views.len(), 2 * (MAX_DELETED + 2));
        let [first, ..] = views.as_slice() else {
            panic!("no views")
        };
        assert_eq!(
            (first.proxy.as_str(), first.listener.as_str()),
            (REMOVED, "")
        );
        let newest = format!("p{}", 3 * MAX_DELETED - 1);
        for name in [newest.as_str(), "held"] {
            assert!(views.iter().any(|view| view.proxy == name), "{name}");
        }
    }

    #[test]
    fn entries_with_long_names_are_summed_sooner() {
        let totals = TrafficTotals::default();
        for number in 0..600 {
            used(&totals, &format!("{number:04096}"), 1);
        }
        let views = totals.views();
        let text: usize = views.iter().map(|view| view.proxy.len()).sum();
        assert!(text <= 2 * (MAX_TEXT + REMOVED.len()), "{text}");
        assert_eq!(received(&views), 1200);
    }

    #[test]
    fn proxies_without_connections_have_no_entries() {
        let totals = TrafficTotals::default();
        for number in 0..10 * SWEEP_AFTER {
            totals.open("p", &format!("127.0.0.1:{number}"), "u:1");
        }
        assert!(totals.entries().by_key.len() <= SWEEP_AFTER);
        assert!(totals.views().is_empty());
    }
}
