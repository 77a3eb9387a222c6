//! `wait`: waits until the API answers. `health`: sends it one request.

use std::thread;
use std::time::{Duration, Instant};

use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::util::duration;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends one request. An orchestrator repeats health checks itself, so one check is one request.
pub(crate) fn once(
    context: &mut CommandContext<'_>,
    timeout: Duration,
) -> Result<String, CommandError> {
    let api = context.local_api();
    let answer = api.version(timeout.max(PAUSE));
    let answer = answer.map_err(|error| error.in_doing(String::new()))?;
    Ok(context.json_or_text(&answer, || format!("The API at {} answers\n", api.base())))
}

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    timeout: Duration,
) -> Result<String, CommandError> {
    let api = context.api();
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // An attempt always gets a little time, so that `--timeout 0s` asks once.
        let error = match api.version(left.clamp(PAUSE, ATTEMPT)) {
            Ok(answer) => {
                let text = || format!("The API at {} answers\n", api.base());
                return Ok(context.json_or_text(&answer, text));
            }
            Err(error) => error,
        };
        let is_final = matches!(
            error,
            RequestError::Refused {
                status: 401 | 403,
                ..
            }
        );
        if is_final || Instant::now() + PAUSE >= deadline {
            let timeout = duration::text(timeout);
            return Err(error.in_doing(format!("gave up after {timeout}: ")));
        }
        thread::sleep(PAUSE);
    }
}
