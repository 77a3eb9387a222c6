//! Gives memory back to the system after many bytes have waited.
//!
//! An allocator keeps what was freed between blocks in use; after a burst of hundreds of MiB that
//! would stay for good. So when much has waited and has gone, glibc is asked to let go of it. Other
//! allocators do that by themselves.

use std::time::Duration;

use tokio::task::AbortHandle;

use super::budget::Budget;
use super::clock::Clock;
use super::workers::Workers;

/// How often it looks while much waits. While little does, it sleeps.
const PERIOD: Duration = Duration::from_secs(1);

/// Trims the memory behind a budget until this is dropped. It keeps the workers' clock as long.
#[derive(Debug)]
pub struct TrimTask(AbortHandle);

impl Drop for TrimTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TrimTask {
    /// Starts a task of the workers.
    pub fn start(budget: Budget, workers: &Workers) -> Self {
        let clock = workers.clock().clone();
        TrimTask(workers.spawn(async move {
            loop {
                budget.much().await;
                trim_until_little(&budget, &clock).await;
                // What was still on its way to being freed.
                clock.wait_until(clock.now() + PERIOD).await;
                give_back();
            }
        }))
    }
}

/// Gives memory back whenever half of what waited is gone, until little waits.
async fn trim_until_little(budget: &Budget, clock: &Clock) {
    let mut peak = 0;
    loop {
        clock.wait_until(clock.now() + PERIOD).await;
        let taken = budget.taken();
        peak = taken.max(peak);
        if taken < peak / 2 || budget.is_little() {
            give_back();
            peak = taken;
        }
        if budget.is_little() {
            return;
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "there is no safe way to ask the C library")]
fn give_back() {
    // SAFETY: malloc_trim may be called at any time from any thread; it touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}
