//! The flags for options of a toxic that only aconite has.

use std::time::Duration;

use clap::Args;

use crate::args::client::ToxicOptions;
use crate::args::values;

/// When a toxic acts, and by which choices.
#[derive(Debug, Args)]
pub(super) struct Timing {
    /// How long the toxic acts before it is removed, such as 30s or 1m30s; 0s in an update: no end
    #[arg(long = "for", value_name = "TIME", value_parser = values::duration)]
    duration: Option<Duration>,
    /// How long the toxic waits before it acts, such as 500ms
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    start_after: Option<Duration>,
    /// How often it acts again, from start to start; each time for as long as --for says
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    every: Option<Duration>,
    /// The seed of its random choices [default: the proxy's, else the server's]
    #[arg(long, value_name = "N", value_parser = values::seed)]
    seed: Option<u64>,
    /// Choose on every connection as on the Nth one
    #[arg(long, value_name = "N", value_parser = values::connection)]
    replay: Option<u64>,
}

/// Which connections a toxic may touch.
#[derive(Debug, Args)]
pub(super) struct Scope {
    /// Touch connections from this network only, such as 10.0.0.0/8; may be repeated
    #[arg(long, value_name = "NETWORK", value_delimiter = ',', value_parser = values::network)]
    match_client: Option<Vec<String>>,
    /// Touch these connections of the proxy only, counted from 1, such as 1-3,7,10-
    #[arg(long, value_name = "RANGES", value_delimiter = ',')]
    match_connections: Option<Vec<String>>,
}

/// All of it.
pub(super) fn of(session: Option<String>, timing: Timing, scope: Scope) -> ToxicOptions {
    let present = |list: Option<Vec<String>>| {
        list.map(|list| list.into_iter().filter(|part| !part.is_empty()).collect())
    };
    ToxicOptions {
        duration: timing.duration,
        start_after: timing.start_after,
        every: timing.every,
        session,
        seed: timing.seed,
        replay: timing.replay,
        clients: present(scope.match_client),
        connections: present(scope.match_connections),
    }
}
