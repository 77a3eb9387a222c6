//! The clock of the data path: reads the time as a [`Moment`], and waits until one.
//!
//! All waiting tasks share one queue, and an [`Alarm`] is set for the earliest deadline. On Linux
//! each clock has one timerfd, which fires within about 0.1 ms. Elsewhere it uses tokio's timer, which
//! has a resolution of 1 ms. The time is tokio's, which is the system's monotonic clock. Only tests
//! can pause it, and then `Clock::in_virtual_time` waits in virtual time too. This module must not
//! know what tasks wait for.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::{Mutex, MutexGuard};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::alarm::Alarm;
use crate::engine::Moment;

/// Measures time since its start, and waits until a given moment. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    shared: Arc<Shared>,
    _driver: Arc<Driver>,
}

#[derive(Debug)]
struct Shared {
    origin: Instant,
    queue: Mutex<Queue>,
    alarm: Alarm,
}

/// Distinguishes tasks that wait for the same moment. They are woken in the order they came.
type Ticket = NonZero<u64>;

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<(Moment, Ticket), Waker>,
    last: u64,
    /// The deadline that the timer is armed for.
    rings: Option<Moment>,
}

impl Queue {
    fn next_ticket(&mut self) -> Ticket {
        self.last = self.last.wrapping_add(1);
        Ticket::new(self.last).unwrap_or(Ticket::MIN)
    }
}

/// Aborts the timer task when the last clone of the clock is dropped.
#[derive(Debug)]
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Clock {
    /// Starts a clock whose time counts from now. Must be called inside a tokio runtime, which then
    /// drives it. Errors: no file descriptor is available for the timer.
    pub fn start() -> io::Result<Self> {
        Ok(Clock::with(Alarm::of_system()?))
    }

    /// Starts a clock that follows the current runtime's paused time.
    #[cfg(test)]
    pub(super) fn in_virtual_time() -> Self {
        Clock::with(Alarm::of_tokio())
    }

    fn with(alarm: Alarm) -> Self {
        let shared = Arc::new(Shared {
            origin: Instant::now(),
            queue: Mutex::default(),
            alarm,
        });
        let driver = tokio::spawn(drive(Arc::clone(&shared)));
        Clock {
            shared,
            _driver: Arc::new(Driver(driver.abort_handle())),
        }
    }

    /// The time now.
    pub fn now(&self) -> Moment {
        self.shared.now()
    }

    /// Waits until `at`. It never returns early, and returns as soon after `at` as the system allows.
    pub fn wait_until(&self, at: Moment) -> Wait<'_> {
        Wait {
            shared: &self.shared,
            at,
            ticket: None,
        }
    }

    /// Runs `work` until the deadline `at`. Returns `None` if the deadline comes first.
    pub(super) async fn limit<T>(&self, at: Moment, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            outcome = work => Some(outcome),
            () = self.wait_until(at) => None,
        }
    }
}

impl Shared {
    fn now(&self) -> Moment {
        Moment::ORIGIN + self.origin.elapsed()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }

    /// Re-arms the timer only when the first deadline in the queue is earlier than the armed one.
    fn set_alarm(&self, queue: &mut Queue) {
        if let Some(((at, _), _)) = queue.waiting.first_key_value()
            && queue.rings.is_none_or(|rings| *at < rings)
        {
            self.alarm.set(at.since(self.now()));
            queue.rings = Some(*at);
        }
    }

    /// Removes the wakers whose deadline has passed from the queue, and returns them.
    fn take_due(&self) -> Vec<Waker> {
        let now = self.now();
        let mut queue = self.queue();
        let later = queue.waiting.split_off(&(now, Ticket::MAX));
        let due = std::mem::replace(&mut queue.waiting, later);
        queue.rings = None;
        self.set_alarm(&mut queue);
        due.into_values().collect()
    }
}

async fn drive(shared: Arc<Shared>) {
    loop {
        shared.alarm.ring().await;
        for waker in shared.take_due() {
            waker.wake();
        }
    }
}

/// The future that [`Clock::wait_until`] returns.
#[derive(Debug)]
pub struct Wait<'a> {
    shared: &'a Shared,
    at: Moment,
    ticket: Option<Ticket>,
}

impl Wait<'_> {
    /// The deadline.
    pub(super) fn moment(&self) -> Moment {
        self.at
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let now = self.shared.now();
        if now >= self.at {
            return Poll::Ready(());
        }
        let mut queue = self.shared.queue();
        let ticket = self.ticket.unwrap_or_else(|| queue.next_ticket());
        let key = (self.at, ticket);
        queue.waiting.insert(key, context.waker().clone());
        if queue.waiting.first_key_value().map(|(first, _)| *first) == Some(key) {
            self.shared.set_alarm(&mut queue);
        }
        drop(queue);
        self.ticket = Some(ticket);
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.shared.queue().waiting.remove(&(self.at, ticket));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_is_woken_early_and_all_are_in_order() {
        let clock = Clock::start().unwrap();
        let start = clock.now();
        let mut tasks = Vec::new();
        for ms in [30_u64, 10, 20, 10, 0] {
            let clock = clock.clone();
            tasks.push(tokio::spawn(async move {
                let at = start + Duration::from_millis(ms);
                clock.wait_until(at).await;
                assert!(clock.now() >= at);
                clock.now()
            }));
        }
        let mut ends = Vec::new();
        for task in tasks {
            ends.push(task.await.unwrap());
        }
        assert!(ends[0] > ends[1] && ends[2] > ends[3]);
    }

    #[tokio::test]
    async fn one_that_gives_up_leaves_no_trace_and_holds_up_nobody() {
        let clock = Clock::start().unwrap();
        let start = clock.now();
        let given_up = clock.wait_until(start + Duration::from_millis(5));
        tokio::select! {
            biased;
            () = given_up => panic!("woken early"),
            () = std::future::ready(()) => {}
        }
        clock.wait_until(start + Duration::from_millis(15)).await;
        assert!(clock.shared.queue().waiting.is_empty());
    }
}
