//! Returns memory to the system after many bytes have waited in queues.
//!
//! An allocator keeps freed memory that lies between blocks in use. After a burst of hundreds of
//! MiB it would keep that memory for good. So when queues have grown large and drained again, this
//! asks glibc to release free memory. Other allocators do so on their own.

use std::time::Duration;

use tokio::task::AbortHandle;

use super::budget::Budget;
use super::clock::Clock;
use super::workers::Workers;

/// How often the task checks while many bytes wait. While few bytes wait, it sleeps.
const PERIOD: Duration = Duration::from_secs(1);

/// Trims the memory counted by a budget until this is dropped. It holds the workers' clock until
/// then.
#[derive(Debug)]
pub struct TrimTask(AbortHandle);

impl Drop for TrimTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TrimTask {
    /// Starts the task on the worker threads.
    pub fn start(budget: Budget, workers: &Workers) -> Self {
        let clock = workers.clock().clone();
        TrimTask(workers.spawn(async move {
            loop {
                budget.much().await;
                trim_until_little(&budget, &clock).await;
                // Wait for memory that was still about to be freed.
                clock.wait_until(clock.now() + PERIOD).await;
                give_back();
            }
        }))
    }
}

/// Returns memory whenever half of the queued bytes have gone, until few bytes wait.
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
