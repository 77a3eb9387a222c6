//! The pure rooms of aconite, compiled without the rest, and one function that runs them.

#[path = "../../src/engine/mod.rs"]
pub mod engine;
#[path = "../../src/protocol/mod.rs"]
pub mod protocol;
#[path = "../../src/toxics/mod.rs"]
pub mod toxics;
pub mod util;

use engine::sim::Sim;
use engine::{DrawKey, Plan, PlannedToxic};

/// Sends one chunk through a latency of so many milliseconds, in virtual time. Returns the
/// millisecond at which it left, or -1 if it did not.
#[unsafe(no_mangle)]
pub extern "C" fn leaves_after(latency: i64) -> i64 {
    let values = [("latency", latency.into()), ("jitter", 0.into())];
    let catalogue = toxics::Catalogue::default();
    let kind = catalogue.find("latency");
    let toxic = kind.map(|kind| kind.build(&values.into_iter().collect()));
    let Some(Ok(toxic)) = toxic else {
        return -1;
    };
    let mut plan = Plan::default();
    let planned = PlannedToxic::new(1, "slow", DrawKey::of_seed(1), toxic);
    plan.downstream.push(planned.into());
    let mut sim = Sim::new(&plan);
    sim.push("a chunk").run_ms(3_600_000);
    let left = sim.log.first().map(|(at, _)| at.as_nanos() / 1_000_000);
    left.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
}
