//! The arguments of `run`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::args::client::{NewToxic, Run, RunProxy};
use crate::args::{toxic_word, values};

/// The arguments of `run`.
#[derive(Debug, Args)]
#[command(
    override_usage = "aconite run --toxic PROXY:TYPE[@STREAM][:NAME=VALUE,...] [OPTIONS] -- COMMAND [ARG]...\n       aconite run --server --proxy NAME=UPSTREAM [OPTIONS] -- COMMAND [ARG]...",
    after_help = "Example: aconite run --server --proxy db=localhost:5432 --toxic db:latency:latency=200 -- sh -c 'psql -h ${ACONITE_DB_ADDRESS%:*} -p ${ACONITE_DB_ADDRESS##*:}'\n         aconite run --server --proxy api=http://localhost:8000 --toxic 'api:respond:status=429,match_requests=1-2' --expect-hit -- sh -c 'curl http://$ACONITE_API_ADDRESS/'\n\nProxies, toxics and what is disabled belong to a session, which is ended when the command has ended, and which ends by itself within 10 s if aconite run itself is killed. SIGTERM and SIGHUP are passed on to the command, and so is SIGINT unless the terminal has told the command already.\n\nExit codes: the command's own, or 128 + N if signal N ended it; with --expect-hit, if the command succeeded, 86 if a toxic touched nothing and 85 if that is unknown because the server could not be reached any more; 125 if the command line is wrong or the proxies and toxics cannot be made; 126 if the command cannot be run; 127 if there is none of that name.\n\nA toxic without a name is called run-TYPE_STREAM, or run-TYPE_STREAM-2 if there is one already: random choices depend on the name, so they are the same each time."
)]
pub(super) struct RunArgs {
    /// Toxic to add during the run; may be repeated. The settings are those of create --toxic; a
    /// colon in the proxy's name is written \:
    #[arg(long, required_unless_present_any = ["server", "proxy", "down", "profile"], value_name = "PROXY:TYPE[@STREAM][:NAME=VALUE,...]", value_parser = toxic_word::target)]
    toxic: Vec<(String, NewToxic)>,
    /// Proxy to create during the run; may be repeated. Without LISTEN it takes a free port of 127.0.0.1. The
    /// command finds its address in ACONITE_NAME_ADDRESS, with NAME in capitals and _ for all but
    /// letters and digits
    #[arg(long, value_name = "NAME=[LISTEN,]UPSTREAM", value_parser = toxic_word::proxy)]
    proxy: Vec<RunProxy>,
    /// Network profile to put on during the run; may be repeated. Its toxics count like those of --toxic
    #[arg(long, value_name = "PROXY=NAME", value_parser = toxic_word::profile)]
    profile: Vec<(String, String)>,
    /// Proxy to disable during the run; may be repeated
    #[arg(long, value_name = "PROXY")]
    down: Vec<String>,
    /// Run a server during the run, on a free port of 127.0.0.1; TOXIPROXY_URL has its address
    #[arg(long, conflicts_with = "host")]
    server: bool,
    /// How long toxics and profiles act, such as 30s; the command goes on after that
    #[arg(long = "for", value_name = "TIME", value_parser = values::duration)]
    duration: Option<Duration>,
    /// Exit with code 86 if the command succeeds but one of the toxics touched nothing; with 85 if
    /// that is not known
    #[arg(long)]
    expect_hit: bool,
    /// Write what the toxics touched to this file, as JSON; with --json it is one line of standard
    /// error, too
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl From<RunArgs> for Run {
    fn from(args: RunArgs) -> Self {
        let mut toxics = args.toxic;
        for (_, toxic) in &mut toxics {
            toxic.options.duration = toxic.options.duration.or(args.duration);
        }
        Run {
            server: args.server,
            proxies: args.proxy,
            down: args.down,
            profiles: args.profile,
            duration: args.duration,
            toxics,
            expect_hit: args.expect_hit,
            report: args.report,
            command: args.command,
        }
    }
}
