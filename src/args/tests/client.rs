//! The client's commands in both dialects.

use std::time::Duration;

use std::ffi::OsString;

use crate::args::aconite::definition;
use crate::args::client::{Action, Change, Client, Dialect, NewToxic, Stream, ToxicOptions};
use crate::args::{Command, UsageError, parse};

pub(super) fn run(line: &[&str]) -> Result<Command, UsageError> {
    parse(line.iter().map(OsString::from).collect(), 1, &|_| None)
}

pub(super) fn client(line: &[&str]) -> Client {
    match run(line) {
        Ok(Command::Client(client)) => client,
        other => panic!("{line:?}: {other:?}"),
    }
}

/// The action that both executables parse from these words, which must be the same.
pub(super) fn both(words: &[&str]) -> Action {
    let ours = client(&[&["aconite"], words].concat());
    let theirs = client(&[&["/opt/toxiproxy-cli"], words].concat());
    assert_eq!(
        (ours.dialect, theirs.dialect),
        (Dialect::Aconite, Dialect::Toxiproxy)
    );
    assert_eq!(ours.action, theirs.action, "{words:?}");
    ours.action
}

#[test]
fn commands_have_toxiproxys_aliases() {
    for (names, action) in [
        (["list", "l", "li", "ls"].as_slice(), Action::List),
        (
            &["inspect", "i", "ins"],
            Action::Inspect { proxy: "a".into() },
        ),
        (
            &["toggle", "tog"],
            Action::Toggle {
                proxy: "a".into(),
                session: None,
            },
        ),
        (&["delete", "d"], Action::Delete { proxy: "a".into() }),
        (&["reset"], Action::Reset),
    ] {
        for name in names {
            let words = if [Action::List, Action::Reset].contains(&action) {
                vec![*name]
            } else {
                vec![*name, "a"]
            };
            assert_eq!(both(&words), action);
        }
    }
    for name in ["remove", "r", "delete", "d"] {
        let action = Action::RemoveToxic {
            proxy: "a".into(),
            name: "x".into(),
        };
        assert_eq!(both(&["t", name, "-n", "x", "a"]), action);
    }
}

#[test]
fn flags_stand_before_or_behind_the_name() {
    let expected = Action::AddToxic {
        proxy: "web".into(),
        toxic: NewToxic {
            name: Some("slow".into()),
            kind: "latency".into(),
            stream: Stream::Upstream,
            toxicity: 0.5,
            attributes: vec![
                ("latency".into(), "1".into()),
                ("jitter".into(), "-2".into()),
            ],
            headers: vec![],
            body: None,
            options: ToxicOptions::default(),
        },
    };
    for line in [
        "toxic add web -t latency -n slow -u -tox 0.5 -a latency=1,jitter=-2",
        "t a --type=latency -a latency=1 -a jitter=-2 --toxicName slow --upstream --toxicity 0.5 web",
        "toxic add -t=latency --name=slow web -u --tox=0.5 --attribute latency=1 --attribute=jitter=-2",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(both(&words), expected);
    }
}

#[test]
fn create_takes_toxics() {
    let words = [
        "create",
        "web",
        "-l",
        ":1",
        "--upstream",
        ":2",
        "--toxic",
        "noop@upstream",
        "--toxic=timeout:timeout=5",
        "--disabled",
    ];
    let Action::Create(proxy) = both(&words) else {
        panic!("it creates");
    };
    assert_eq!(
        (
            proxy.name.as_str(),
            proxy.listen.as_str(),
            proxy.upstream.as_str()
        ),
        ("web", ":1", ":2")
    );
    assert!(!proxy.enabled);
    let kinds: Vec<&str> = proxy
        .toxics
        .iter()
        .map(|toxic| toxic.kind.as_str())
        .collect();
    assert_eq!(kinds, ["noop", "timeout"]);
}

#[test]
fn what_is_ours_is_taken_under_either_name() {
    assert_eq!(
        both(&["toxic", "types", "slicer"]),
        Action::Types {
            kind: Some("slicer".into())
        }
    );
    assert_eq!(
        both(&["wait", "--timeout", "5s"]),
        Action::Wait {
            timeout: Duration::from_secs(5)
        }
    );
    assert_eq!(
        both(&["wait"]),
        Action::Wait {
            timeout: Duration::from_secs(30)
        }
    );
    for (line, seconds) in [
        (["health"].as_slice(), 2),
        (&["health", "--timeout", "5s"], 5),
    ] {
        let timeout = Duration::from_secs(seconds);
        assert_eq!(both(line), Action::Health { timeout });
    }
    assert!(matches!(
        both(&["completions", "fish"]),
        Action::Completions { .. }
    ));
    for line in [
        ["aconite", "list", "--json"],
        ["toxiproxy-cli", "--json", "list"],
        ["toxiproxy-cli", "list", "--json"],
    ] {
        assert!(client(&line).json, "{line:?}");
    }
}

#[test]
fn the_host_of_the_api() {
    for line in [
        ["aconite", "-H", "h:1", "list"],
        ["aconite", "list", "--host", "h:1"],
        ["toxiproxy-cli", "-h", "h:1", "list"],
        ["toxiproxy-cli", "--host", "h:1", "list"],
    ] {
        assert_eq!(client(&line).host.as_deref(), Some("h:1"), "{line:?}");
    }
    let told = run(&["aconite", "--host", "h", "server"])
        .unwrap_err()
        .to_string();
    assert!(told.contains("aconite server --host HOST"), "{told}");
}

#[test]
fn an_update_without_toxicity_sets_1_in_toxiproxys_dialect_only() {
    let change = |name: &str| match client(&[name, "toxic", "update", "-n", "x", "a"]).action {
        Action::UpdateToxic { change, .. } => change,
        other => panic!("{other:?}"),
    };
    let expected = |toxicity| Change {
        name: "x".into(),
        toxicity,
        attributes: vec![],
        headers: vec![],
        body: None,
        options: ToxicOptions::default(),
    };
    assert_eq!(change("aconite"), expected(None));
    assert_eq!(change("toxiproxy-cli"), expected(Some(1.0)));
}

#[test]
fn faults_and_their_exit_codes() {
    for (line, code, words) in [
        (["aconite", "create", "web"].as_slice(), 1, "--listen"),
        (
            &["aconite", "toxic", "add", "a", "-t", "noop", "-u", "-d"],
            1,
            "cannot be used with",
        ),
        (
            &[
                "aconite",
                "toxic",
                "add",
                "a",
                "-t",
                "noop",
                "--toxicity",
                "-0.1",
            ],
            1,
            "a number from 0 to 1",
        ),
        (
            &[
                "aconite", "toxic", "add", "a", "-t", "noop", "-a", "latency",
            ],
            1,
            "NAME=VALUE",
        ),
        (
            &["aconite", "wait", "--timeout", "soon"],
            1,
            "as 500ms, 30s",
        ),
        (&["aconite", "inspet", "a"], 2, "'inspect'"),
        (&["toxiproxy-cli", "nope"], 3, "No help topic for 'nope'"),
        (
            &["toxiproxy-cli", "toxic", "add", "-t", "noop"],
            1,
            "Proxy name is missing.",
        ),
        (
            &["toxiproxy-cli", "wait", "--timeout", "soon"],
            1,
            "as 500ms, 30s",
        ),
    ] {
        let fault = run(line).unwrap_err();
        assert_eq!(fault.code(), code, "{line:?}");
        assert!(fault.to_string().contains(words), "{line:?}: {fault}");
    }
}

#[test]
fn help_of_toxiproxy_cli_shows_its_own_flags_only() {
    let fault = run(&["toxiproxy-cli", "create", "web"]).unwrap_err();
    assert!(
        fault
            .output()
            .contains("OPTIONS:\n   --listen value, -l value "),
        "{}",
        fault.output()
    );
    assert!(
        !fault.output().contains("json"),
        "what is ours is not shown"
    );
}

#[test]
fn every_command_and_flag_of_ours_has_help() {
    let mut commands = vec![definition::all()];
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        let name = command.get_name();
        assert!(command.get_about().is_some(), "{name} has no help");
        for argument in command.get_arguments() {
            seen += 1;
            assert!(
                argument.get_help().is_some(),
                "{name}: {} has no help",
                argument.get_id()
            );
        }
        commands.extend(command.get_subcommands().cloned());
    }
    assert!(seen > 30, "{seen}");
    definition::all().debug_assert();
}

#[test]
fn commands_that_ask_no_server_do_not_show_the_servers_flags() {
    for (line, hidden) in [
        (
            ["config", "check", "--help"].as_slice(),
            ["--host", "--json"].as_slice(),
        ),
        (&["completions", "--help"], &["--host", "--json"]),
        (&["help", "server"], &["--json"]),
    ] {
        let Ok(Command::Output(text)) = run(&[&["aconite"], line].concat()) else {
            panic!("{line:?} prints help");
        };
        for flag in hidden {
            assert!(!text.contains(flag), "{line:?}: {text}");
        }
    }
    let Ok(Command::Output(text)) = run(&["aconite", "toxic", "add", "--help"]) else {
        panic!("it prints help");
    };
    assert!(text.contains("--host") && text.contains("--json"), "{text}");
    // Hidden flags are accepted too, before and after the command.
    for line in [
        ["aconite", "-H", "x:1", "--json", "toxic", "types"],
        ["aconite", "toxic", "types", "--json", "--host", "x:1"],
    ] {
        let client = client(&line);
        assert_eq!(
            (client.host.as_deref(), client.json),
            (Some("x:1"), true),
            "{line:?}"
        );
    }
}
