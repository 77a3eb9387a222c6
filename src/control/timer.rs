//! Timers of things that go by themselves: a task that ends with its owner, and a sleep that lets
//! requests go first.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A timer that is later than this was not merely busy: the process was stopped (SIGSTOP, a frozen
/// container, a debugger), and requests have piled up in its sockets.
const PUNCTUAL: Duration = Duration::from_millis(250);
/// What such requests are given to be read and answered.
const GRACE: Duration = Duration::from_secs(1);
/// How often that is given in a row: a machine that is always late must not keep things for ever.
const MOST_GRACES: usize = 10;
/// How often the runtime looks at its sockets before a timer acts: enough for a request that has
/// arrived to be accepted, read and handled.
const LOOKS: usize = 16;

/// A task that is called off when this is dropped.
#[derive(Debug)]
pub(super) struct Timer(AbortHandle);

impl Timer {
    pub(super) fn start(runtime: &Handle, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Timer(runtime.spawn(work).abort_handle())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sleeps until `deadline`, and until requests that were there by then have been served: one of them
/// may put the deadline off. A timer that fires is otherwise acted on before a socket that became
/// readable long ago is even looked at, if the process was stopped in between.
pub(super) async fn sleep_past(deadline: Instant) {
    let mut due = deadline;
    for _ in 0..MOST_GRACES {
        tokio::time::sleep_until(due).await;
        let now = Instant::now();
        if now.saturating_duration_since(due) < PUNCTUAL {
            break;
        }
        tracing::info!(late = ?now.saturating_duration_since(due),
            "a timer is late, as if this process had been stopped: requests that wait go first");
        due = now + GRACE;
    }
    for _ in 0..LOOKS {
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long it takes when the clock jumps by `pause` before the runtime gets to look at it.
    async fn after_a_pause_of(pause: Duration) -> Duration {
        let start = Instant::now();
        let ttl = Duration::from_secs(1);
        let sleeping = tokio::spawn(sleep_past(start + ttl));
        tokio::task::yield_now().await;
        tokio::time::advance(pause).await;
        sleeping.await.expect("it does not panic");
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_on_time_acts_at_once() {
        let took = after_a_pause_of(Duration::from_millis(500)).await;
        assert!(took < Duration::from_millis(1100), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_after_a_pause_gives_requests_a_grace() {
        let pause = Duration::from_secs(20);
        let took = after_a_pause_of(pause).await;
        assert!(
            (pause + GRACE..pause + 2 * GRACE).contains(&took),
            "{took:?}"
        );
    }
}
