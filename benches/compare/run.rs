//! A run: the contestants, the order of their turns, and the progress messages.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use serde_json::{Value, json};

use crate::args::Args;
use crate::contestant::{Contestant, DIRECT, Kind, TOXIPROXY, on_path, server};
use crate::fault::{About, Result, fault};
use crate::plain::Plain;
use crate::results::Outcome;
use crate::scenarios::{self, Case, Env};
use crate::targets::{OWN, judge};
use crate::{payload, process, procs, report, stats, upstream};

/// Runs what the command line requests.
pub fn main() -> ExitCode {
    let args = Args::parse();
    // `cargo test --benches` runs benchmarks without --bench; it does not intend to run for an
    // hour.
    let list = !args.bench && args.scenarios.is_empty() && !args.quick;
    let outcome = match list || args.scenarios == ["list"] {
        true => list_all(),
        false => compare(&args),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")
        .and_then(|()| output.flush())
        .about("writing the report")
}

fn list_all() -> Result<bool> {
    scenarios::all()
        .iter()
        .try_for_each(|case| say(&case.name))?;
    Ok(true)
}

/// A folder that is removed when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("compare-{}", std::process::id()));
        fs::create_dir(&folder).about(folder.display())?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns whether aconite completed all of its turns. In a quick run every contestant's failure
/// counts.
fn compare(args: &Args) -> Result<bool> {
    stats::check()?;
    let cases = choose(&args.scenarios)?;
    let (contestants, absent) = contestants(args)?;
    let names: Vec<String> = contestants.iter().map(|one| one.name.clone()).collect();
    let json = args.json.as_ref();
    let json = json
        .map(|path| File::create(path).about(path.display()))
        .transpose()?;
    let files = procs::raise_file_limit()?;
    let scratch = Scratch::new()?;
    process::mind_signals(&scratch.0)?;
    let env = environment(args, &scratch.0, files)?;
    let rounds = if args.quick { 1 } else { args.rounds.into() };
    let about = about(&contestants, &absent, rounds, env.scale);
    introduce(&names, &absent, rounds, env.scale)?;
    let begin = Instant::now();
    let mut outcomes = Vec::new();
    for case in &cases {
        let outcome = take_turns(case, &contestants, rounds, &env);
        say(&report::case(&outcome, &names, rounds))?;
        outcomes.push(outcome);
    }
    let verdicts = judge(&outcomes);
    say(&report::medians(&outcomes, &names, rounds))?;
    say(&report::targets(&verdicts))?;
    let seconds = begin.elapsed().as_secs();
    say(&format!("{seconds} s, load {}", load()))?;
    if let Some(file) = json {
        let whole = report::whole(&about, &outcomes, &names, &verdicts);
        serde_json::to_writer_pretty(file, &whole).about("writing the JSON")?;
    }
    let mut failed = outcomes.iter().flat_map(|outcome| outcome.failures.keys());
    Ok(!failed.any(|name| args.quick || name == OWN))
}

fn introduce(names: &[String], absent: &[String], rounds: usize, scale: f64) -> Result<()> {
    let (names, load) = (names.join(", "), load());
    say(&format!(
        "{names}; {rounds} rounds, scale {scale}, load {load}"
    ))?;
    absent
        .iter()
        .try_for_each(|why| say(&format!("not there: {why}")))?;
    say("")
}

fn about(contestants: &[Contestant], absent: &[String], rounds: usize, scale: f64) -> Value {
    let contestants: Vec<String> = contestants.iter().map(|one| format!("{one:?}")).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "contestants": contestants, "absent": absent, "rounds": rounds, "scale": scale,
        "cores": cores, "load_at_start": load(),
    })
}

fn take_turns(case: &Case, contestants: &[Contestant], rounds: usize, env: &Env) -> Outcome {
    let mut outcome = Outcome::new(&case.name);
    for _ in 0..rounds {
        for contestant in contestants
            .iter()
            .filter(|contestant| case.includes(contestant))
        {
            let session = contestant.start(env.upstream, &env.scratch);
            let turn = session.and_then(|session| (case.run)(&session, env));
            outcome.add(&contestant.name, turn);
        }
    }
    outcome
}

fn choose(words: &[String]) -> Result<Vec<Case>> {
    let mut cases = scenarios::all();
    if let Some(word) = words
        .iter()
        .find(|word| !cases.iter().any(|case| case.is_meant_by(word)))
    {
        return Err(fault(format!(
            "no scenario {word:?}; `list` names them all"
        )));
    }
    cases.retain(|case| words.is_empty() || words.iter().any(|word| case.is_meant_by(word)));
    Ok(cases)
}

/// The contestants, and why others do not take part.
fn contestants(args: &Args) -> Result<(Vec<Contestant>, Vec<String>)> {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_aconite"));
    let own = args.aconite.clone().unwrap_or(built).display().to_string();
    let host = ["-host", "127.0.0.1", "-port", "{api_port}"];
    let mut absent = Vec::new();
    let mut all = vec![
        Contestant {
            name: DIRECT.to_owned(),
            kind: Kind::Direct,
        },
        server(OWN, &[&[own.as_str(), "server"][..], &host].concat()),
    ];
    if !args.quick {
        match on_path("toxiproxy-server") {
            Some(_) => all.push(server(
                TOXIPROXY,
                &[&["toxiproxy-server"][..], &host].concat(),
            )),
            None => absent
                .push("toxiproxy-server: not on PATH; without it there are no ratios".to_owned()),
        }
        for plain in Plain::ALL {
            plain
                .find()
                .map_or_else(|why| absent.push(why), |found| all.push(found));
        }
    }
    all.extend(args.peer.iter().cloned());
    all.retain(|contestant| !args.without.contains(&contestant.name));
    let mut seen = Vec::new();
    for Contestant { name, .. } in &all {
        if seen.contains(&name) {
            return Err(fault(format!(
                "two contestants are called {name}; use --without, or another name"
            )));
        }
        seen.push(name);
    }
    Ok((all, absent))
}

fn environment(args: &Args, scratch: &Path, files: u64) -> Result<Env> {
    let idle = if args.quick { 200 } else { 5000 };
    // Three descriptors of ours for two connections, and some for everything else.
    if files < 2 * idle + 500 {
        return Err(fault(format!(
            "{files} open files are too few; raise the hard limit (ulimit -Hn)"
        )));
    }
    // Created before anything is measured.
    let _ = payload::payload(0, 1);
    Ok(Env {
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?,
        upstream: upstream::start()?,
        scratch: scratch.to_owned(),
        scale: if args.quick { 0.02 } else { args.scale },
        idle: idle as usize,
        pushing: if args.quick { 100 } else { 1000 },
    })
}

fn load() -> String {
    fs::read_to_string("/proc/loadavg")
        .unwrap_or_default()
        .trim()
        .to_owned()
}
