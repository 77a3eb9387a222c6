//! Writing to a place that may fail, in whole lines and with a count of those that were lost.
//!
//! Knows nothing of the queue that the lines come from. Invariant: whatever the place refuses, what it
//! takes later begins on a line of its own, behind the count of lines that are missing.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

/// How often a place that takes nothing is tried again, if it fails at once instead of blocking.
const RETRY: Duration = Duration::from_millis(50);

/// What waits to be written.
#[derive(Debug)]
pub(super) enum Entry {
    /// A line with its end.
    Line(Vec<u8>),
    /// So many lines found no room here.
    Dropped(u64),
}

/// A place for lines.
pub(super) struct Writer<W, C> {
    to: W,
    /// Words the number of lines that were lost.
    count: C,
    /// Lines that were lost since the last count that could be written.
    lost: u64,
    /// Whether a line was written in part.
    torn: bool,
}

impl<W: Write, C: Fn(u64) -> Vec<u8>> Writer<W, C> {
    pub(super) fn new(to: W, count: C) -> Self {
        Writer {
            to,
            count,
            lost: 0,
            torn: false,
        }
    }

    /// Whether lines were lost of which nobody was told.
    pub(super) fn owes_count(&self) -> bool {
        self.lost > 0
    }

    /// Writes an entry, or only what is owed. What cannot be written is counted.
    pub(super) fn write_entry(&mut self, entry: Option<Entry>) {
        if let Some(Entry::Dropped(count)) = entry {
            self.lost = self.lost.saturating_add(count);
        }
        let counted = self.write_count();
        if let Some(Entry::Line(line)) = entry
            && !(counted && self.put(&line).is_ok())
        {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Writes how many lines were lost, if any were. Whether nothing is owed any more.
    fn write_count(&mut self) -> bool {
        if self.lost > 0 {
            let count = (self.count)(self.lost);
            if self.put(&count).is_err() {
                return false;
            }
            self.lost = 0;
        }
        true
    }

    fn put(&mut self, mut text: &[u8]) -> io::Result<()> {
        if self.torn && !text.is_empty() {
            // The rest of that line is lost; what follows stands on a line of its own.
            self.write_some(b"\n")?;
            self.torn = false;
        }
        while !text.is_empty() {
            let count = self.write_some(text)?;
            text = text.get(count..).unwrap_or_default();
            self.torn = !text.is_empty();
        }
        Ok(())
    }

    /// Writes a part, at least a byte; waits where the place would rather not block.
    fn write_some(&mut self, text: &[u8]) -> io::Result<usize> {
        loop {
            match self.to.write(text) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
                result => return result,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A place whose next writes take so many bytes, or fail; all further ones take everything.
    #[derive(Default)]
    struct Place {
        answers: VecDeque<io::Result<usize>>,
        written: Vec<u8>,
    }

    impl Write for Place {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            let count = self.answers.pop_front().unwrap_or(Ok(usize::MAX))?;
            let taken = &text[..text.len().min(count)];
            self.written.extend(taken);
            Ok(taken.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What arrives of these lines at a place that answers like this.
    fn written(
        answers: impl IntoIterator<Item = io::Result<usize>>,
        lines: &[&str],
    ) -> (String, bool) {
        let place = Place {
            answers: answers.into_iter().collect(),
            written: vec![],
        };
        let mut writer = Writer::new(place, |lost| format!("{lost} lost\n").into_bytes());
        for line in lines {
            writer.write_entry(Some(Entry::Line(line.as_bytes().to_vec())));
        }
        let owes = writer.owes_count();
        writer.write_entry(None);
        assert!(!writer.owes_count());
        (String::from_utf8(writer.to.written).unwrap(), owes)
    }

    fn error(kind: ErrorKind) -> io::Result<usize> {
        Err(kind.into())
    }

    #[test]
    fn lines_that_fail_are_counted_and_a_torn_one_gets_an_end() {
        let answers = [
            Ok(4),
            error(ErrorKind::StorageFull),
            error(ErrorKind::StorageFull),
            error(ErrorKind::BrokenPipe),
        ];
        let (text, owes) = written(answers, &["first\n", "second\n", "third\n", "fourth\n"]);
        assert_eq!(text, "firs\n3 lost\nfourth\n");
        assert!(!owes);
    }

    #[test]
    fn a_count_is_owed_until_it_could_be_written() {
        let (text, owes) = written([error(ErrorKind::StorageFull)], &["only\n"]);
        assert_eq!(text, "1 lost\n");
        assert!(owes);
    }

    #[test]
    fn places_that_are_busy_or_interrupted_are_asked_again() {
        let answers = [
            error(ErrorKind::WouldBlock),
            error(ErrorKind::Interrupted),
            Ok(2),
        ];
        assert_eq!(written(answers, &["line\n"]), ("line\n".into(), false));
    }
}
