//! Writes whole lines to an output that may fail, and counts the lines that are lost.
//!
//! Must not know the queue that the lines come from. Invariant: after a failed write, the count of
//! missing lines and then the next text begin on new lines.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

/// The pause before retrying a write that failed at once instead of blocking.
const RETRY: Duration = Duration::from_millis(50);

/// An entry of the queue.
#[derive(Debug)]
pub(super) enum Entry {
    /// A line with its newline.
    Line(Vec<u8>),
    /// This many lines were dropped here.
    Dropped(u64),
}

/// An output for lines.
pub(super) struct Writer<W, C> {
    to: W,
    /// Formats the number of lost lines.
    count: C,
    /// Lines lost since the last count that was written.
    lost: u64,
    /// Whether the last line was written only in part.
    partial: bool,
}

impl<W: Write, C: Fn(u64) -> Vec<u8>> Writer<W, C> {
    pub(super) fn new(to: W, count: C) -> Self {
        Writer {
            to,
            count,
            lost: 0,
            partial: false,
        }
    }

    /// Whether lines were lost whose count has not been written yet.
    pub(super) fn count_is_due(&self) -> bool {
        self.lost > 0
    }

    /// Writes an entry, preceded by the count of lost lines if there is one. Lines that cannot be
    /// written are counted.
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

    /// Writes how many lines were lost, if any were. Returns whether no count is due any more.
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
        if self.partial && !text.is_empty() {
            // The rest of that line is lost, so the next text starts on a new line.
            self.write_some(b"\n")?;
            self.partial = false;
        }
        while !text.is_empty() {
            let count = self.write_some(text)?;
            text = text.get(count..).unwrap_or_default();
            self.partial = !text.is_empty();
        }
        Ok(())
    }

    /// Writes at least one byte. Waits and retries if the output fails instead of blocking.
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

    /// An output whose next writes take the given numbers of bytes, or fail; all later writes take
    /// everything.
    #[derive(Default)]
    struct Output {
        answers: VecDeque<io::Result<usize>>,
        written: Vec<u8>,
    }

    impl Write for Output {
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

    /// What such an output receives of these lines, and whether a count is due at the end.
    fn written(
        answers: impl IntoIterator<Item = io::Result<usize>>,
        lines: &[&str],
    ) -> (String, bool) {
        let output = Output {
            answers: answers.into_iter().collect(),
            written: vec![],
        };
        let mut writer = Writer::new(output, |lost| format!("{lost} lost\n").into_bytes());
        for line in lines {
            writer.write_entry(Some(Entry::Line(line.as_bytes().to_vec())));
        }
        let is_due = writer.count_is_due();
        writer.write_entry(None);
        assert!(!writer.count_is_due());
        (String::from_utf8(writer.to.written).unwrap(), is_due)
    }

    fn error(kind: ErrorKind) -> io::Result<usize> {
        Err(kind.into())
    }

    #[test]
    fn failed_lines_are_counted_and_a_partial_line_is_ended() {
        let answers = [
            Ok(4),
            error(ErrorKind::StorageFull),
            error(ErrorKind::StorageFull),
            error(ErrorKind::BrokenPipe),
        ];
        let (text, is_due) = written(answers, &["first\n", "second\n", "third\n", "fourth\n"]);
        assert_eq!(text, "firs\n3 lost\nfourth\n");
        assert!(!is_due);
    }

    #[test]
    fn a_count_is_due_until_it_is_written() {
        let (text, is_due) = written([error(ErrorKind::StorageFull)], &["only\n"]);
        assert_eq!(text, "1 lost\n");
        assert!(is_due);
    }

    #[test]
    fn busy_and_interrupted_writes_are_retried() {
        let answers = [
            error(ErrorKind::WouldBlock),
            error(ErrorKind::Interrupted),
            Ok(2),
        ];
        assert_eq!(written(answers, &["line\n"]), ("line\n".into(), false));
    }
}
