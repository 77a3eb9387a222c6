//! Examples for the help of every command. Must not know what the commands do.

/// A command's path, and lines that work unchanged on a server with a proxy `db`.
pub(super) const EXAMPLES: [(&[&str], &str); 32] = [
    (&["list"], "aconite list --json"),
    (&["inspect"], "aconite inspect db"),
    (
        &["create"],
        "aconite create db --listen localhost:5433 --upstream localhost:5432 --toxic latency:latency=100\n         \
         aconite create api --listen localhost:8001 --upstream http://localhost:8000 --toxic 'respond:status=429,match_path=/v1/*'",
    ),
    (&["toggle"], "aconite toggle db"),
    (&["delete"], "aconite delete db"),
    (&["wait"], "aconite wait --timeout 10s"),
    (&["health"], "aconite health --timeout 500ms"),
    (&["completions"], "source <(aconite completions bash)"),
    (&["connections"], "aconite connections db --limit 10"),
    (&["kill"], "aconite kill db 17 --rst"),
    (&["events"], "aconite events db --about toxic,connection"),
    (&["stats"], "aconite stats db"),
    (
        &["toxic", "add"],
        "aconite toxic add db --type latency --attribute latency=100,jitter=20 --for 30s\n         \
         aconite toxic add db --type respond -a status=429,retry_after=2 --match-path '/v1/*' --match-requests 1-2",
    ),
    (
        &["toxic", "update"],
        "aconite toxic update db latency_downstream --attribute latency=250",
    ),
    (
        &["toxic", "remove"],
        "aconite toxic remove db latency_downstream",
    ),
    (
        &["toxic"],
        "aconite toxic add db --type latency --attribute latency=100",
    ),
    (&["config"], "aconite config check proxies.json"),
    (&["profile"], "aconite profile set db 3g"),
    (&["profile", "list"], "aconite profile list"),
    (&["profile", "set"], "aconite profile set db 3g --for 30s"),
    (&["profile", "show"], "aconite profile show db"),
    (&["profile", "clear"], "aconite profile clear db"),
    (&["session"], "aconite session start ci-17 --ttl 1m"),
    (&["toxic", "list"], "aconite toxic list db"),
    (&["toxic", "types"], "aconite toxic types slicer"),
    (
        &["toxic", "presets"],
        "aconite toxic presets openai-rate-limit",
    ),
    (
        &["config", "check"],
        "aconite config check proxies.json --strict",
    ),
    (
        &["config", "export"],
        "aconite config export > proxies.json",
    ),
    (&["session", "list"], "aconite session list"),
    (
        &["session", "start"],
        "aconite session start ci-17 --ttl 1m",
    ),
    (&["session", "renew"], "aconite session renew ci-17"),
    (&["session", "end"], "aconite session end ci-17"),
];

/// Adds the examples to the help of the commands.
pub(super) fn add(definition: clap::Command) -> clap::Command {
    EXAMPLES
        .iter()
        .fold(definition, |definition, (path, example)| {
            put(definition, path, example)
        })
}

fn put(command: clap::Command, path: &[&str], example: &str) -> clap::Command {
    match path.split_first() {
        Some((name, rest)) => command.mut_subcommand(*name, |inner| put(inner, rest, example)),
        None => command.after_help(format!("Example: {example}")),
    }
}
