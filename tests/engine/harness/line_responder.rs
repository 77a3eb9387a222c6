//! A small interceptor: it answers a line `PING` itself and lets other lines through.
//!
//! The upstream half reads lines. The downstream half takes one line from the upstream as the
//! answer to each line that was forwarded, so that its own answers are sent in order. Answers to
//! lines that end in `!` are marked for one toxic. When the upstream cannot be reached, it answers
//! all other lines with `DOWN` and the reason.

use std::collections::VecDeque;
use std::sync::Arc;

use aconite::engine::{
    Chunk, DrawKey, Ending, Interceptor, Marks, Note, Outlet, PlannedToxic, Toxic,
    UpstreamUnreachable,
};

/// How many exchanges may be under way before the client has to wait.
const OUTSTANDING: u64 = 4;
/// The longest line that is kept together.
const LONGEST: usize = 64;
/// The id of both halves.
pub const INTERCEPTOR: u64 = 1000;

/// The interceptor; answers are marked for the toxic with the id `marked`.
pub fn line_responder(proxy: DrawKey, marked: u64) -> Interceptor {
    let half = |toxic| PlannedToxic::new(INTERCEPTOR, "line responder", proxy, toxic).into();
    Interceptor {
        upstream: half(Arc::new(Requests)),
        downstream: half(Arc::new(Answers { marked })),
    }
}

/// A note from the upstream half: a line has arrived.
struct Asked {
    is_marked: bool,
    /// The answer; `None` if the upstream will answer.
    answer: Option<String>,
}

/// A note from the upstream half: the upstream will answer nothing, and this is answered instead.
struct Down(String);

/// A note from the downstream half: this many exchanges are over.
struct Over(u64);

/// A note from the downstream half: nothing can be answered any more.
struct Closed;

#[derive(Debug)]
struct Requests;

#[derive(Debug, Default)]
struct Asking {
    outstanding: u64,
    /// In the middle of a line that is too long to be kept together.
    in_long_line: bool,
    closed: bool,
    /// The answer in place of an upstream that cannot be reached.
    down: Option<String>,
}

impl Toxic for Requests {
    type Memory = Asking;

    fn on_data(&self, asking: &mut Asking, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let end = chunk.bytes.iter().position(|byte| *byte == b'\n');
        if end.is_none() && chunk.bytes.len() <= LONGEST && !asking.in_long_line {
            return out.gather(chunk);
        }
        let Some(end) = end else {
            asking.in_long_line = true;
            return out.send(chunk);
        };
        if asking.outstanding >= OUTSTANDING && !asking.closed {
            return out.wait_for_note(chunk);
        }
        let line = chunk.split_to(end + 1);
        let is_ping = line.bytes.starts_with(b"PING") && !asking.in_long_line && !asking.closed;
        let text = String::from_utf8_lossy(&line.bytes).replacen("PING", "PONG", 1);
        let asked = Asked {
            is_marked: line.bytes.ends_with(b"!\n"),
            answer: is_ping.then_some(text).or_else(|| asking.down.clone()),
        };
        let is_answered = asked.answer.is_some();
        asking.in_long_line = false;
        asking.outstanding += 1;
        if is_answered {
            out.swallow(line);
            out.tell_or_cut(Note::new(asked));
        } else {
            out.tell(Note::new(asked));
            out.send(line);
        }
        if !chunk.bytes.is_empty() {
            out.put_back(chunk);
        }
    }

    fn on_note(&self, asking: &mut Asking, note: Note, out: &mut Outlet<'_>) {
        let note = match note.open::<UpstreamUnreachable>() {
            Ok(failure) => {
                let answer = format!("DOWN {}\n", failure.reason);
                asking.down = Some(answer.clone());
                return out.tell_or_cut(Note::new(Down(answer)));
            }
            Err(note) => note,
        };
        match note.open::<Over>() {
            Ok(Over(count)) => asking.outstanding -= count,
            Err(note) => asking.closed |= note.open::<Closed>().is_ok(),
        }
    }
}

#[derive(Debug)]
struct Answers {
    marked: u64,
}

#[derive(Default)]
struct Answering {
    /// The number of the exchange that is being answered, from 1.
    number: u64,
    expected: VecDeque<Asked>,
    /// Exchanges that were answered but have not left yet.
    leaving: u64,
}

impl Answers {
    fn marks(&self, answering: &Answering) -> Option<Arc<Marks>> {
        let asked = answering.expected.front()?;
        let toxics = asked.is_marked.then_some(self.marked);
        let marks = Marks {
            exchange: answering.number + 1,
            toxics: toxics.into_iter().collect(),
        };
        Some(Arc::new(marks))
    }

    /// Sends all answers whose turn it is.
    fn answer(&self, answering: &mut Answering, out: &mut Outlet<'_>) {
        while let Some(asked) = answering.expected.front_mut() {
            let Some(answer) = asked.answer.take() else {
                break;
            };
            out.insert(answer.into(), self.marks(answering));
            self.close(answering, out);
        }
    }

    fn close(&self, answering: &mut Answering, out: &mut Outlet<'_>) {
        answering.expected.pop_front();
        answering.number += 1;
        answering.leaving += 1;
        out.report_sent();
    }
}

impl Toxic for Answers {
    type Memory = Answering;

    fn on_data(&self, answering: &mut Answering, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let end = chunk.bytes.iter().position(|byte| *byte == b'\n');
        let end = end.filter(|_| !answering.expected.is_empty());
        let mut part = chunk.split_to(end.map_or(usize::MAX, |end| end + 1));
        part.marks = self.marks(answering);
        out.send(part);
        if end.is_some() {
            self.close(answering, out);
            self.answer(answering, out);
        }
        if !chunk.bytes.is_empty() {
            out.put_back(chunk);
        }
    }

    fn on_note(&self, answering: &mut Answering, note: Note, out: &mut Outlet<'_>) {
        match note.open::<Down>() {
            Ok(Down(answer)) => answering.expected.iter_mut().for_each(|asked| {
                asked.answer.get_or_insert_with(|| answer.clone());
            }),
            Err(note) => answering.expected.extend(note.open::<Asked>()),
        }
        self.answer(answering, out);
    }

    fn on_sent(&self, answering: &mut Answering, out: &mut Outlet<'_>) {
        out.tell(Note::new(Over(std::mem::take(&mut answering.leaving))));
    }

    fn on_end(&self, answering: &mut Answering, ending: Ending, out: &mut Outlet<'_>) {
        // The upstream's outstanding answers will not come; ours are sent nevertheless.
        answering.expected.retain(|asked| asked.answer.is_some());
        self.answer(answering, out);
        out.end(ending);
        out.tell(Note::new(Closed));
    }

    fn owes(&self, answering: &Answering) -> bool {
        answering
            .expected
            .iter()
            .any(|asked| asked.answer.is_some())
    }
}
