//! Where the log goes and what it looks like.
//!
//! To standard output, as the reference's: lines for people on a terminal, JSON lines otherwise.
//! Names and addresses in it come from whoever can reach the API, so no control character of
//! theirs gets through. May know: nothing of the crate.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal, Stdout};

use thiserror::Error;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{self, Writer};

/// The environment's variable that says what is logged.
const VARIABLE: &str = "LOG_LEVEL";

/// A `LOG_LEVEL` that names no level.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown LOG_LEVEL value {0:?}: logging at info; use panic, fatal, error, warn, info, debug or trace"
)]
pub struct UnknownLevel(String);

/// Starts logging for the rest of the process, as the environment asks.
///
/// An unknown level is logged as an error and means `info`: the reference goes on as well, and a
/// log setting is no reason to leave a test suite without its proxy.
pub fn start() {
    let value = std::env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let level = level(value.as_deref());
    let filter = *level.as_ref().unwrap_or(&LevelFilter::INFO);
    let builder = tracing_subscriber::fmt()
        .with_writer(io::stdout)
        .with_max_level(filter)
        .log_internal_errors(false);
    // A second start changes nothing, which only a test would notice.
    let _ = if io::stdout().is_terminal() {
        let fields = format::debug_fn(escaped).delimited(" ");
        builder.fmt_fields(fields).with_target(false).try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_writer(|| JsonLines(io::stdout()))
            .try_init()
    };
    if let Err(unknown) = level {
        tracing::error!("{unknown}");
    }
    log_panics();
}

/// A defect is told of in the log as well: standard error may go nowhere.
fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let why = text.unwrap_or("no message");
        tracing::error!(place, why, "a defect of aconite; please report this");
        usual(panic);
    }));
}

/// Reads a `LOG_LEVEL`, in any case. Nothing in this process logs above `error`, so `fatal` and
/// `panic` silence it, as they all but do in the reference.
///
/// # Errors
///
/// When the value names no level.
pub fn level(value: Option<&str>) -> Result<LevelFilter, UnknownLevel> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(LevelFilter::INFO);
    };
    Ok(match value.to_ascii_lowercase().as_str() {
        "panic" | "fatal" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" | "warning" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return Err(UnknownLevel(value.to_owned())),
    })
}

/// Writes one field for people.
fn escaped(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{field}=")?;
    }
    write!(Escaper(writer), "{value:?}")
}

/// Passes text on with what a terminal would obey, or what would fake a line, escaped.
struct Escaper<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&escape(text))
    }
}

/// The text with what a terminal would obey, or what would fake a line, escaped.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hostile(letter) {
            escaped.extend(letter.escape_default());
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// Standard output for JSON, whose writer leaves the upper control characters as they are. They
/// can only stand in strings, where JSON has an escape for each.
struct JsonLines(Stdout);

impl io::Write for JsonLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let mut safe = String::with_capacity(text.len());
        for letter in text.chars() {
            if letter != '\n' && is_hostile(letter) {
                safe.push_str(&format!("\\u{:04x}", u32::from(letter)));
            } else {
                safe.push(letter);
            }
        }
        self.0.write_all(safe.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Control characters, line separators, and those that turn the direction of text.
fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_in_any_case() {
        assert_eq!(level(None), Ok(LevelFilter::INFO));
        assert_eq!(level(Some("")), Ok(LevelFilter::INFO));
        assert_eq!(level(Some("WARNING")), level(Some("warn")));
        assert_eq!(level(Some("Trace")), Ok(LevelFilter::TRACE));
        assert_eq!(level(Some("fatal")), Ok(LevelFilter::OFF));
        let unknown = level(Some("bogus")).unwrap_err().to_string();
        assert!(unknown.contains("\"bogus\""), "{unknown}");
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let mut text = String::new();
        let mut writer = Writer::new(&mut text);
        let name = "a\u{1b}[2J\r\nb\u{9b}\u{202e}é";
        write!(Escaper(&mut writer), "{name}\t.").unwrap();
        assert_eq!(text, "a\\u{1b}[2J\\r\\nb\\u{9b}\\u{202e}é\\t.");
    }
}
