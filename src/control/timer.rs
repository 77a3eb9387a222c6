//! Expiry timers: a task that is aborted with its owner, and a sleep that lets pending requests be served
//! first.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A timer that fires later than this was not delayed by load. The process was stopped (SIGSTOP, a frozen
/// container, a debugger), and requests wait in its sockets.
const PUNCTUAL: Duration = Duration::from_millis(250);
/// How long the timer then waits for such requests to be read and answered.
const GRACE: Duration = Duration::from_secs(1);
/// How many times in a row it waits. On a machine that is always late, toxics and sessions must expire too.
const MOST_GRACES: usize = 10;
/// How many times the timer yields before it acts. A request that has arrived can be accepted, read and
/// handled meanwhile.
const YIELDS: usize = 16;

/// A task that is aborted when this is dropped.
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

/// Sleeps until `deadline`, and until requests that had arrived by then have been served, because one of
/// them may extend the deadline. If the process was stopped, the runtime would otherwise fire the timer
/// before it polls a socket that became readable long ago.
pub(super) async fn sleep_past(deadline: Instant) {
    let mut due = deadline;
    for _ in 0..MOST_GRACES {
        tokio::time::sleep_until(due).await;
        let now = Instant::now();
        if now.saturating_duration_since(due) < PUNCTUAL {
            break;
        }
        tracing::info!(late = ?now.saturating_duration_since(due),
            "a timer is late, as if this process had been stopped; pending requests go first");
        due = now + GRACE;
    }
    for _ in 0..YIELDS {
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long the sleep takes if the clock jumps by `pause` before the runtime polls it.
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
    async fn a_punctual_timer_acts_at_once() {
        let took = after_a_pause_of(Duration::from_millis(500)).await;
        assert!(took < Duration::from_millis(1100), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_after_a_pause_gives_requests_a_second() {
        let pause = Duration::from_secs(20);
        let took = after_a_pause_of(pause).await;
        assert!(
            (pause + GRACE..pause + 2 * GRACE).contains(&took),
            "{took:?}"
        );
    }
}
