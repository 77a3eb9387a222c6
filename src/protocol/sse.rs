//! Finds the ends of server-sent events (HTML Living Standard, section 9.2.6).

/// Finds the ends of server-sent events in a stream of bytes, whatever chunks it comes in.
///
/// An event ends behind the empty line that follows at least one `data` field, because only then does
/// a client dispatch it. So comments that keep a connection alive are part of the event behind them. Lines
/// end in LF, CR or CR LF. It keeps no bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventScanner {
    line: Line,
    /// How many bytes of a byte order mark have come; 3 once there is none any more.
    mark: u8,
    /// The event has a `data` field.
    has_data: bool,
    /// The last byte was a CR: a LF belongs to the same end of line.
    after_cr: bool,
    /// The empty line that ends an event ended in a CR.
    ends: bool,
}

/// What of the current line has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Empty,
    /// So many bytes of `data`, and nothing else.
    Name(u8),
    /// Anything else.
    Other,
}

const MARK: &[u8; 3] = b"\xef\xbb\xbf";

impl EventScanner {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for the end of the current event in bytes that follow those of earlier calls.
    ///
    /// Returns how many of them belong to the event, and has looked at no more than those; `None` if
    /// all do and it goes on. The number is 0 if the event ended with a CR before these bytes: only the
    /// byte behind a CR tells whether the end of the line is complete.
    pub fn next(&mut self, bytes: &[u8]) -> Option<usize> {
        for (place, byte) in bytes.iter().enumerate() {
            if std::mem::take(&mut self.after_cr) {
                let ends = std::mem::take(&mut self.ends);
                match (*byte == b'\n', ends) {
                    (true, true) => return Some(place + 1),
                    (true, false) => continue,
                    (false, true) => return Some(place),
                    (false, false) => {}
                }
            }
            match byte {
                b'\n' if self.end_line() => return Some(place + 1),
                b'\n' => {}
                b'\r' => {
                    self.after_cr = true;
                    self.ends = self.end_line();
                }
                _ => self.add(*byte),
            }
        }
        None
    }

    /// Whether an event ended with the last byte of the stream, a CR.
    pub fn finish(&mut self) -> bool {
        std::mem::take(&mut self.ends)
    }

    /// Whether an event ends with this line.
    fn end_line(&mut self) -> bool {
        self.mark = 3;
        match std::mem::take(&mut self.line) {
            // A field may do without a colon and a value.
            Line::Name(4) => self.has_data = true,
            Line::Name(_) | Line::Other => {}
            Line::Empty => return std::mem::take(&mut self.has_data),
        }
        false
    }

    fn add(&mut self, byte: u8) {
        if self.mark < 3 {
            // A stream may begin with a byte order mark, which belongs to no line.
            if MARK.get(usize::from(self.mark)) == Some(&byte) {
                self.mark += 1;
                return;
            }
            if self.mark > 0 {
                self.line = Line::Other;
            }
            self.mark = 3;
        }
        self.line = match (self.line, byte) {
            (Line::Empty, b'd') => Line::Name(1),
            (Line::Name(1), b'a') => Line::Name(2),
            (Line::Name(2), b't') => Line::Name(3),
            (Line::Name(3), b'a') => Line::Name(4),
            (Line::Name(4), b':') => {
                self.has_data = true;
                Line::Other
            }
            _ => Line::Other,
        };
    }
}
