//! A queue of lines, and the thread that writes them.
//!
//! Logging only queues a line. A pipe that nobody reads, a stopped terminal or a full disk then
//! costs lines, which are counted, but never delays a connection or a request. `tracing-appender` has
//! a similar writer, but it limits its queue by lines and not by bytes, does not log how many lines
//! it dropped, and prints to the blocked standard output on its last flush.
//!
//! Invariants: no lock is held during a write. Lines keep their order, and the count of dropped
//! lines appears where they are missing. Must not log, except through the function that formats the
//! count.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::writer::{Entry, Writer};

/// The most bytes that may wait to be written.
const QUEUE_LIMIT: usize = 1 << 20;

/// What a waiting line costs in addition to its bytes, so that the number of short lines is limited
/// too.
const LINE_COST: usize = 64;

/// How often writing the count of lost lines is retried while no line follows.
const COUNT_RETRY: Duration = Duration::from_secs(1);

/// The lines that wait to be written by a dedicated thread.
#[derive(Debug, Default)]
pub(super) struct Lines {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// What the lines cost, [`LINE_COST`] included.
    cost: usize,
    /// Whether lines are dropped until half of the queue is free. Without that hysteresis, a slow
    /// reader would get a count after each line.
    full: bool,
    /// Whether the thread is writing an entry that it took.
    writing: bool,
}

impl Lines {
    /// Starts the thread `name`, which writes to `to`. `count` formats the number of lost lines; if
    /// it returns nothing, nothing is written.
    ///
    /// # Errors
    ///
    /// The system cannot start the thread.
    pub(super) fn start(
        name: &str,
        to: impl Write + Send + 'static,
        count: impl Fn(u64) -> Vec<u8> + Send + 'static,
    ) -> io::Result<Arc<Self>> {
        let lines = Arc::new(Lines::default());
        let mut writer = Writer::new(to, count);
        let source = Arc::clone(&lines);
        let thread = thread::Builder::new().name(name.to_owned());
        // The thread runs until the process ends.
        thread.spawn(move || {
            loop {
                let limit = writer.count_is_due().then_some(COUNT_RETRY);
                writer.write_entry(source.next(limit));
            }
        })?;
        Ok(lines)
    }

    /// Queues a line that includes its newline, or drops it if the queue is full.
    pub(super) fn push(&self, line: &[u8]) {
        let mut queue = self.lock();
        let was_empty = queue.entries.is_empty();
        queue.push(line);
        drop(queue);
        if was_empty {
            self.changed.notify_all();
        }
    }

    /// Waits until everything has been written, at most until `deadline`. Returns whether it has.
    pub(super) fn finish(&self, deadline: Instant) -> bool {
        let mut queue = self.lock();
        while queue.writing || !queue.entries.is_empty() {
            if self.changed.wait_until(&mut queue, deadline).timed_out() {
                return !queue.writing && queue.entries.is_empty();
            }
        }
        true
    }

    /// The next entry, or `None` if there is none within `limit`. The previous entry then counts as
    /// written.
    fn next(&self, limit: Option<Duration>) -> Option<Entry> {
        let mut queue = self.lock();
        queue.writing = false;
        if queue.entries.is_empty() {
            self.changed.notify_all();
            let is_empty = |queue: &mut Queue| queue.entries.is_empty();
            match limit {
                None => self.changed.wait_while(&mut queue, is_empty),
                Some(limit) => {
                    self.changed.wait_while_for(&mut queue, is_empty, limit);
                }
            }
        }
        queue.take()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }
}

impl Queue {
    fn push(&mut self, line: &[u8]) {
        let cost = line.len().saturating_add(LINE_COST);
        let limit = match self.full {
            true => QUEUE_LIMIT / 2,
            false => QUEUE_LIMIT,
        };
        self.full = self.cost.saturating_add(cost) > limit;
        if !self.full {
            self.cost += cost;
            self.entries.push_back(Entry::Line(line.to_vec()));
        } else if let Some(Entry::Dropped(count)) = self.entries.back_mut() {
            *count = count.saturating_add(1);
        } else {
            self.entries.push_back(Entry::Dropped(1));
        }
    }

    fn take(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        if let Entry::Line(line) = &entry {
            self.cost = self.cost.saturating_sub(line.len() + LINE_COST);
        }
        if self.entries.is_empty() {
            // Give back memory that a burst has used.
            self.entries.shrink_to(QUEUE_LIMIT / LINE_COST / 64);
        }
        self.writing = true;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// An output that takes nothing until the test drops the sender.
    struct Blocked {
        until: mpsc::Receiver<()>,
        written: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Blocked {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            let _ = self.until.recv();
            let _ = self.written.send(text.to_vec());
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_blocked_output_delays_no_caller_and_the_count_stands_where_lines_are_missing() {
        let (release, until) = mpsc::channel();
        let (sender, written) = mpsc::channel();
        let place = Blocked {
            until,
            written: sender,
        };
        let count = |lost| format!("{lost} lost\n").into_bytes();
        let lines = Lines::start("test", place, count).unwrap();
        let line = format!("{}\n", "x".repeat(1023));
        let fits = QUEUE_LIMIT / (line.len() + LINE_COST);
        // Nothing has been written yet, but none of these calls blocks.
        for _ in 0..fits + 500 {
            lines.push(line.as_bytes());
        }
        assert!(!lines.finish(Instant::now() + Duration::from_millis(20)));
        let cost = lines.lock().cost;
        assert!(cost <= QUEUE_LIMIT, "{cost}");
        drop(release);
        assert!(lines.finish(Instant::now() + LONG));
        let text: Vec<Vec<u8>> = written.try_iter().collect();
        let text = String::from_utf8(text.concat()).unwrap();
        let place = text.lines().position(|line| line.ends_with(" lost"));
        let place = place.expect("a count");
        // The thread may have taken one line before the queue was full.
        assert!((fits..=fits + 1).contains(&place), "{place} of {fits}");
        let lost = fits + 500 - place;
        assert_eq!(text.lines().nth(place), Some(&*format!("{lost} lost")));
        assert_eq!(text.lines().count(), place + 1, "nothing follows");
    }

    #[test]
    fn lines_flow_again_once_half_of_the_queue_is_free() {
        let mut queue = Queue::default();
        let line = vec![b'x'; 1024 - LINE_COST];
        for _ in 0..2000 {
            queue.push(&line);
        }
        assert_eq!(queue.entries.len(), 1024 + 1);
        for _ in 0..500 {
            assert!(matches!(queue.take(), Some(Entry::Line(_))));
        }
        queue.push(&line);
        assert_eq!(queue.entries.len(), 524 + 1, "there is still a gap");
        for _ in 0..13 {
            queue.take();
        }
        queue.push(&line);
        assert_eq!(queue.entries.len(), 511 + 2);
        assert!(matches!(queue.entries.back(), Some(Entry::Line(_))));
        assert!(matches!(queue.entries.get(511), Some(Entry::Dropped(977))));
    }
}
