//! `wait`: until the API answers; `health`: whether it does.

use std::thread;
use std::time::{Duration, Instant};

use super::context::CommandContext;
use super::failure::{Failure, Problem};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long to pause between attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks once. A health check comes again by itself, so it is one request an interval.
pub(super) fn once(session: &mut CommandContext<'_>, timeout: Duration) -> Result<String, Problem> {
    let api = session.api_beside();
    let answer = api.version(timeout.max(PAUSE));
    let answer = answer.map_err(|failure| failure.in_doing(String::new()))?;
    Ok(session.json_or(&answer, || format!("The API at {} answers\n", api.base())))
}

pub(super) fn run(session: &mut CommandContext<'_>, timeout: Duration) -> Result<String, Problem> {
    let api = session.api();
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // An attempt always gets a little time, so that `--timeout 0s` asks once.
        let failure = match api.version(left.clamp(PAUSE, ATTEMPT)) {
            Ok(answer) => {
                let told = || format!("The API at {} answers\n", api.base());
                return Ok(session.json_or(&answer, told));
            }
            Err(failure) => failure,
        };
        let is_final = matches!(
            failure,
            Failure::Refused {
                status: 401 | 403,
                ..
            }
        );
        if is_final || Instant::now() + PAUSE >= deadline {
            return Err(failure.in_doing(format!("Waited {timeout:?} at most: ")));
        }
        thread::sleep(PAUSE);
    }
}
