//! The time window in which a step must happen.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// The default time limit of an event without a window.
const DEFAULT: Duration = Duration::from_secs(5);

/// How much longer to wait after the upper bound, so that a report can say how late the event was.
const GRACE: Duration = Duration::from_millis(300);

/// `within_ms` of a step.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Bounds(f64, f64);

/// A window whose clock is running.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    start: Instant,
    low: Duration,
    latest: Instant,
}

impl Window {
    /// Five seconds from now, or `bounds` counted from `start`. Upper bounds grow by the slack
    /// factor; lower ones never change.
    pub fn new(bounds: Option<Bounds>, start: Instant) -> Self {
        let Some(Bounds(low, high)) = bounds else {
            let start = Instant::now();
            return Self {
                start,
                low: Duration::ZERO,
                latest: start + DEFAULT.mul_f64(slack()),
            };
        };
        Self {
            start,
            low: millis(low),
            latest: start + millis(high).mul_f64(slack()),
        }
    }

    /// The deadline of the wait for the event.
    pub fn deadline(&self) -> Instant {
        self.latest + GRACE
    }

    /// The time that is left until the deadline.
    pub fn left(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Judges an event that happens now.
    ///
    /// # Errors
    /// The event is too early or too late; the error has the times.
    pub fn check(&self) -> Result<(), String> {
        self.check_at(Instant::now())
    }

    fn check_at(&self, event: Instant) -> Result<(), String> {
        let took = event.saturating_duration_since(self.start);
        if took >= self.low && event <= self.latest {
            return Ok(());
        }
        let high = self.latest.saturating_duration_since(self.start);
        Err(format!(
            "expected it {} to {} ms after the clock's start, it came after {:.1} ms",
            self.low.as_millis(),
            high.as_millis(),
            took.as_secs_f64() * 1000.0
        ))
    }
}

fn millis(value: f64) -> Duration {
    Duration::from_secs_f64(value.max(0.0) / 1000.0)
}

/// The factor for upper bounds, `ACONITE_TEST_SLACK`.
pub fn slack() -> f64 {
    static SLACK: OnceLock<f64> = OnceLock::new();
    *SLACK.get_or_init(|| {
        let Ok(text) = std::env::var("ACONITE_TEST_SLACK") else {
            return 1.0;
        };
        match text.parse() {
            Ok(factor) if (1.0..=100.0).contains(&factor) => factor,
            _ => panic!("ACONITE_TEST_SLACK is {text:?}; expected a number from 1 to 100"),
        }
    })
}
