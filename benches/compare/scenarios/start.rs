//! From `exec` to the first answer of the API, what is resident then, and the executable's size.

use super::{Case, Metrics, Who};
use crate::contestant::CommandContext;
use crate::fault::{Result, fault};

pub const TIME: &str = "first answer ms";
pub const RESIDENT: &str = "resident KiB";
pub const SIZE: &str = "executable MB";

pub fn cases() -> Vec<Case> {
    vec![Case::new(
        "start/first-answer",
        Who::Servers,
        |session, _| run(session),
    )]
}

fn run(session: &CommandContext) -> Result<Metrics> {
    let startup = session
        .startup
        .ok_or_else(|| fault("its start was not seen"))?;
    Ok(vec![
        (TIME, startup.milliseconds),
        (RESIDENT, startup.resident as f64),
        (SIZE, startup.executable as f64 / 1e6),
    ])
}
