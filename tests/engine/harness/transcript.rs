//! Timed transcripts: what comes in and when, and exactly what must leave and when.
//!
//! The format is described in `testdata/transcripts/README.md`.

use std::path::Path;
use std::time::Duration;

use aconite::engine::sim::{Out, Sim};
use aconite::engine::{Direction, Ending, Moment, Pipeline};
use aconite::toxics::Value;

use super::book::Book;
use super::json;

/// Runs a file; the error names the line and what was wrong.
pub fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut run = Run::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or("").trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        run.line(line)
            .map_err(|error| format!("line {}: `{line}`: {error}", index + 1))?;
    }
    run.close()
}

#[derive(PartialEq)]
enum Section {
    Given,
    When,
    Then,
}

struct Run {
    book: Book,
    section: Section,
    connection: u64,
    lateness: Duration,
    sim: Option<Sim>,
    /// Bytes of the pattern that have come in and left.
    pattern_in: usize,
    pattern_out: usize,
    /// Lines of the log that were compared.
    read: usize,
}

impl Run {
    fn new() -> Self {
        Run {
            book: Book::new(1),
            section: Section::Given,
            connection: 1,
            lateness: Duration::ZERO,
            sim: None,
            pattern_in: 0,
            pattern_out: 0,
            read: 0,
        }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        match line {
            "when" => self.section = Section::When,
            "then" => {
                let far = self.sim().now + Duration::from_secs(3600);
                self.sim().run_until(far);
                self.section = Section::Then;
            }
            _ => match self.section {
                Section::Given => self.given(line)?,
                Section::When => self.input(line)?,
                Section::Then => self.output(line)?,
            },
        }
        Ok(())
    }

    fn given(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "seed" => self.book = Book::new(number(rest)?),
            "connection" => self.connection = number(rest)?,
            "late" => self.lateness = Duration::from_nanos(nanos(rest)?),
            _ => self.toxic(line)?,
        }
        Ok(())
    }

    fn sim(&mut self) -> &mut Sim {
        let (plan, connection) = (self.book.plan(), self.connection);
        let lateness = self.lateness;
        self.sim.get_or_insert_with(|| Sim {
            pipeline: Pipeline::new(plan, Direction::Downstream, connection, Moment::ORIGIN),
            lateness,
            ..Sim::new(plan)
        })
    }

    fn input(&mut self, line: &str) -> Result<(), String> {
        let (at, what) = timed(line)?;
        let at = Moment::from_nanos(nanos(at)?);
        if at < self.sim().now {
            return Err("goes back in time".to_owned());
        }
        self.sim().run_until(at);
        let (word, rest) = what.split_once(' ').unwrap_or((what, ""));
        match (word, rest) {
            ("push", _) => self.push(rest)?,
            ("hear", _) => drop(self.sim().hear(count(rest)?)),
            ("end", _) => drop(self.sim().finish(Ending::Eof)),
            ("reset", _) => drop(self.sim().finish(Ending::Reset)),
            ("room", "on") => drop(self.sim().set_room(true)),
            ("room", "off") => drop(self.sim().set_room(false)),
            ("check", _) => self.check(rest)?,
            ("also", _) => self.change(rest)?,
            _ => {
                self.change(what)?;
                self.adopt();
            }
        }
        Ok(())
    }

    fn adopt(&mut self) {
        self.sim();
        if let Some(sim) = &mut self.sim {
            sim.adopt(self.book.plan());
        }
    }

    fn push(&mut self, what: &str) -> Result<(), String> {
        let bytes = if let Some(text) = quoted(what) {
            text.as_bytes().to_vec()
        } else {
            let count = count(what)?;
            let bytes = pattern(self.pattern_in, count);
            self.pattern_in += count;
            bytes
        };
        self.sim().push(bytes);
        Ok(())
    }

    /// `add TOXIC`, `update NAME ATTRIBUTES`, `remove NAME` or `clear`.
    fn change(&mut self, what: &str) -> Result<(), String> {
        let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
        match verb {
            "add" => self.toxic(rest)?,
            "remove" => self.book.remove(rest),
            "clear" => self.book.clear(),
            "update" => {
                let (name, rest) = rest.split_once(' ').ok_or("update what?")?;
                let (attributes, toxicity) = attributes(rest)?;
                if !attributes.is_empty() {
                    self.book.update_with(name, &attributes);
                }
                if let Some(toxicity) = toxicity {
                    self.book.set_toxicity(name, toxicity);
                }
            }
            _ => return Err("no such input".to_owned()),
        }
        Ok(())
    }

    /// `NAME KIND ATTRIBUTE=VALUE …`
    fn toxic(&mut self, line: &str) -> Result<(), String> {
        let (name, rest) = line
            .split_once(' ')
            .ok_or("a toxic has a name and a kind")?;
        let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (attributes, toxicity) = attributes(rest)?;
        self.book
            .add_with(name, kind, &attributes, toxicity.unwrap_or(1.0));
        Ok(())
    }

    fn check(&mut self, what: &str) -> Result<(), String> {
        let pipeline = &self.sim().pipeline;
        let holds = match what {
            "room" => pipeline.has_room(),
            "no room" => !pipeline.has_room(),
            "clear" => pipeline.is_clear() && pipeline.queued() == 0,
            "not clear" => !pipeline.is_clear(),
            _ => return Err("no such check".to_owned()),
        };
        if holds {
            Ok(())
        } else {
            Err(format!("does not hold: {pipeline:?}"))
        }
    }

    fn output(&mut self, line: &str) -> Result<(), String> {
        let (at, what) = timed(line)?;
        let next = self.read;
        let (moment, out) = (self.sim().log.get(next))
            .cloned()
            .ok_or_else(|| format!("nothing more left; the log is\n{}", self.log()))?;
        self.read += 1;
        let in_time = match at.split_once("..") {
            Some((low, high)) => (nanos(low)?..nanos(high)?).contains(&moment.as_nanos()),
            None => moment.as_nanos() == nanos(at)?,
        };
        let as_said = match (&out, quoted(what)) {
            (Out::Data(bytes), Some(text)) => {
                bytes == text.as_bytes() || bytes.escape_ascii().to_string() == text
            }
            (Out::Data(bytes), None) => self.is_pattern(bytes, what)?,
            (Out::End(ending), _) => format!("{ending:?}") == what,
        };
        if in_time && as_said {
            Ok(())
        } else {
            Err(format!("not so; the log is\n{}", self.log()))
        }
    }

    fn is_pattern(&mut self, bytes: &[u8], what: &str) -> Result<bool, String> {
        if count(what).is_err() {
            return Ok(false);
        }
        let start = self.pattern_out;
        self.pattern_out += bytes.len();
        Ok(bytes.len() == count(what)? && bytes == pattern(start, bytes.len()))
    }

    fn close(mut self) -> Result<(), String> {
        if self.section != Section::Then {
            return Err("no `then`".to_owned());
        }
        if self.sim().log.len() == self.read {
            return Ok(());
        }
        Err(format!("more left than was said:\n{}", self.log()))
    }

    /// What left, in the format of transcripts.
    fn log(&mut self) -> String {
        let lines = self.sim().log.iter().map(|(at, out)| {
            let ms = at.as_nanos() as f64 / 1e6;
            match out {
                Out::Data(bytes) if bytes.len() <= 40 => {
                    format!("  {ms}: \"{}\"\n", bytes.escape_ascii())
                }
                Out::Data(bytes) => format!("  {ms}: {} bytes\n", bytes.len()),
                Out::End(ending) => format!("  {ms}: {ending:?}\n"),
            }
        });
        lines.collect()
    }
}

fn timed(line: &str) -> Result<(&str, &str), String> {
    line.split_once(": ")
        .ok_or_else(|| "should read `MS: what`".to_owned())
}

fn quoted(what: &str) -> Option<&str> {
    what.strip_prefix('"')?.strip_suffix('"')
}

fn count(what: &str) -> Result<usize, String> {
    let number = what.strip_suffix(" bytes").or(what.strip_suffix(" byte"));
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| "should read `\"text\"` or `N bytes`".to_owned())
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("no number: {text}"))
}

/// Milliseconds with up to six digits after the point, in nanoseconds.
fn nanos(text: &str) -> Result<u64, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Ok(number(whole)? * 1_000_000 + number(&format!("{fraction:0<6}"))?)
}

/// `NAME=VALUE …`, including the toxicity if it is given. A value is JSON without spaces.
#[allow(clippy::type_complexity)]
fn attributes(text: &str) -> Result<(Vec<(&str, Value)>, Option<f64>), String> {
    let (mut attributes, mut toxicity) = (Vec::new(), None);
    for pair in text.split_whitespace() {
        let (name, value) = pair.split_once('=').ok_or("should read NAME=VALUE")?;
        if name == "toxicity" {
            toxicity = Some(value.parse().map_err(|_| "toxicity is a number")?);
        } else {
            let value = json::read(value).map_err(|error| format!("{name}: {error}"))?;
            attributes.push((name, value));
        }
    }
    Ok((attributes, toxicity))
}

fn pattern(start: usize, count: usize) -> Vec<u8> {
    let bytes = (start..start + count).map(|index| (index % 251) as u8);
    bytes.collect()
}
