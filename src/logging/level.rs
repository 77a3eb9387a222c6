//! Which records are logged, from the value of `LOG_LEVEL`.

use thiserror::Error;
use tracing_subscriber::filter::LevelFilter;

/// A value of `LOG_LEVEL` that is not a level.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown LOG_LEVEL value {0:?}: logging at info; use panic, fatal, error, warn, info, debug or trace"
)]
pub struct UnknownLevel(String);

/// Parses a value of `LOG_LEVEL`, in upper or lower case. Nothing in this process logs above
/// `error`, so `fatal` and `panic` turn the log off, as they nearly do in Toxiproxy.
///
/// # Errors
///
/// The value is not a level.
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
}
