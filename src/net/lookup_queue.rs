//! Decides which name look-ups run and which wait, from what was asked and how long it took. The
//! decision is a pure function.
//!
//! A look-up holds a thread until the system gives up on its name server, which takes tens of
//! seconds. The number of threads is therefore limited, and some are reserved by class of name. A
//! name that has answered promptly never waits behind names that did not. A local name waits only
//! behind other local names. Must not know threads, clocks or sockets.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// A look-up that took longer than this was slow. A name server on the other side of the world
/// takes less; a query that is lost takes 5 s.
const PROMPT: Duration = Duration::from_secs(1);

/// How many names' last look-ups are remembered. Beyond that, all are forgotten, which costs a name
/// only its precedence.
const REMEMBERED: usize = 16_384;

/// Threads for local names, in addition to all others.
pub(super) const LOCAL: usize = 16;

/// What is known of a name. Earlier variants take precedence over later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// It can be resolved without a name server.
    Local,
    /// Its last look-up was prompt.
    Prompt,
    /// It was never looked up, or its look-up has been forgotten.
    Unknown,
    /// Its last look-up was slow.
    Slow,
}

/// The look-ups in progress and those that wait for a thread. Each name is in it at most once.
#[derive(Debug)]
pub(super) struct LookupQueue {
    /// How many look-ups may run, not counting local ones.
    most: usize,
    running: HashMap<Arc<str>, Class>,
    waiting: BTreeMap<Class, VecDeque<Arc<str>>>,
    /// Whether the last look-up of a name was prompt.
    history: HashMap<Arc<str>, bool>,
}

impl LookupQueue {
    /// Allows at most `most` concurrent look-ups of names that are not local.
    pub(super) fn new(most: usize) -> Self {
        LookupQueue {
            most,
            running: HashMap::new(),
            waiting: BTreeMap::new(),
            history: HashMap::new(),
        }
    }

    /// Requests a look-up and returns whether it starts now; otherwise it waits for
    /// [`next`](Self::next). `is_local` is called only if the name would have to wait.
    pub(super) fn ask(&mut self, name: &Arc<str>, is_local: impl FnOnce() -> bool) -> bool {
        let mut class = match self.history.get(name) {
            _ if is_localhost(name) => Class::Local,
            Some(true) => Class::Prompt,
            Some(false) => Class::Slow,
            None => Class::Unknown,
        };
        if class != Class::Local && !self.has_room(class) && is_local() {
            class = Class::Local;
        }
        let begins = self.has_room(class);
        if begins {
            self.running.insert(Arc::clone(name), class);
        } else {
            let waiting = self.waiting.entry(class).or_default();
            waiting.push_back(Arc::clone(name));
        }
        begins
    }

    /// Records that a look-up ended after `took`.
    pub(super) fn end(&mut self, name: &Arc<str>, took: Duration) {
        self.running.remove(name);
        if self.history.len() >= REMEMBERED && !self.history.contains_key(name) {
            self.history.clear();
        }
        self.history.insert(Arc::clone(name), took <= PROMPT);
    }

    /// The next look-up that may start. Names for which `is_wanted` is false are dropped.
    pub(super) fn next(&mut self, mut is_wanted: impl FnMut(&str) -> bool) -> Option<Arc<str>> {
        for class in [Class::Local, Class::Prompt, Class::Unknown, Class::Slow] {
            while self.has_room(class) {
                let waiting = self.waiting.get_mut(&class);
                let Some(name) = waiting.and_then(VecDeque::pop_front) else {
                    break;
                };
                if is_wanted(&name) {
                    self.running.insert(Arc::clone(&name), class);
                    return Some(name);
                }
            }
        }
        None
    }

    /// Whether a look-up of this class may start. Each class leaves a quarter of the threads to the
    /// classes that precede it.
    fn has_room(&self, class: Class) -> bool {
        let local = self.running.values().filter(|one| **one == Class::Local);
        let local = local.count();
        let others = self.running.len() - local;
        match class {
            Class::Local => local < LOCAL,
            Class::Prompt => others < self.most,
            Class::Unknown => others < self.most - self.most / 4,
            Class::Slow => others < self.most / 2,
        }
    }
}

/// Whether this is `localhost` or a name below it, which needs no name server (RFC 6761, section
/// 6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

/// Whether a file in the format of hosts(5) contains the name.
pub(super) fn has_host(hosts: &str, name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    hosts.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut names = line.split_ascii_whitespace().skip(1);
        names.any(|one| one.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Duration = Duration::from_secs(20);

    fn name(text: &str) -> Arc<str> {
        text.into()
    }

    fn dead(number: usize) -> Arc<str> {
        format!("dead{number}.example").into()
    }

    fn ask(queue: &mut LookupQueue, text: &str) -> bool {
        queue.ask(&name(text), || false)
    }

    #[test]
    fn dead_names_leave_threads_to_names_that_answered() {
        let mut queue = LookupQueue::new(64);
        assert!(ask(&mut queue, "good.example"));
        queue.end(&name("good.example"), Duration::from_millis(3));
        let begun = (0..10_000).filter(|number| queue.ask(&dead(*number), || false));
        assert_eq!(begun.count(), 48);
        assert!(ask(&mut queue, "good.example"));
    }

    #[test]
    fn names_known_to_be_slow_leave_threads_to_new_names() {
        let mut queue = LookupQueue::new(64);
        for number in 0..1_000 {
            if queue.ask(&dead(number), || false) {
                queue.end(&dead(number), SLOW);
            }
        }
        let begun = (0..1_000).filter(|number| queue.ask(&dead(*number), || false));
        assert_eq!(begun.count(), 32);
        assert!(ask(&mut queue, "new.example"));
    }

    #[test]
    fn local_names_begin_whatever_else_runs() {
        let mut queue = LookupQueue::new(16);
        for number in 0..1_000 {
            queue.end(&dead(number), Duration::ZERO);
        }
        let begun = (0..1_000).filter(|number| queue.ask(&dead(*number), || false));
        assert_eq!(begun.count(), 16);
        assert!(ask(&mut queue, "localhost"));
        assert!(ask(&mut queue, "db.LOCALHOST."));
        assert!(queue.ask(&name("of-hosts-file"), || true));
        assert!(!ask(&mut queue, "another.example"));
    }

    #[test]
    fn waiting_names_begin_by_class_and_in_order_and_only_if_wanted() {
        let mut queue = LookupQueue::new(4);
        queue.end(&name("slow"), SLOW);
        queue.end(&name("prompt"), Duration::ZERO);
        for number in 0..3 {
            assert!(queue.ask(&dead(number), || false));
        }
        for text in ["slow", "one", "gone", "two"] {
            assert!(!ask(&mut queue, text));
        }
        assert!(ask(&mut queue, "prompt"));
        assert_eq!(queue.next(|_| true), None);
        for number in 0..3 {
            queue.end(&dead(number), SLOW);
        }
        let wanted = |text: &str| text != "gone";
        assert_eq!(queue.next(wanted), Some(name("one")));
        assert_eq!(queue.next(wanted), Some(name("two")));
        assert_eq!(queue.next(wanted), None);
        queue.end(&name("one"), Duration::ZERO);
        queue.end(&name("two"), Duration::ZERO);
        assert_eq!(queue.next(wanted), Some(name("slow")));
    }

    #[test]
    fn history_is_bounded() {
        let mut queue = LookupQueue::new(4);
        for number in 0..3 * REMEMBERED {
            queue.end(&dead(number), Duration::ZERO);
        }
        assert!(queue.history.len() <= REMEMBERED);
    }

    #[test]
    fn hosts_are_found_in_any_column_and_case() {
        let file = "127.0.0.1 one Two # three\n# four\n::1\tfive.example\n";
        for known in ["one", "two", "five.example."] {
            assert!(has_host(file, known), "{known}");
        }
        for unknown in ["three", "four", "127.0.0.1", "five", ""] {
            assert!(!has_host(file, unknown), "{unknown}");
        }
    }
}
