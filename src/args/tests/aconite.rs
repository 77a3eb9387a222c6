//! Alternative spellings of commands that users try first, and the messages for typing errors.

use super::client::{both, client, run};
use crate::args::client::{Action, OnSession};

fn action(line: &str) -> Action {
    client(&line.split(' ').collect::<Vec<_>>()).action
}

fn fault(line: &str) -> String {
    let line: Vec<&str> = line.split(' ').collect();
    run(&line).unwrap_err().to_string()
}

#[test]
fn a_name_stands_in_its_place_or_behind_a_flag() {
    for line in ["web slow", "web -n slow", "--name slow web"] {
        let removed = Action::RemoveToxic {
            proxy: "web".into(),
            name: "slow".into(),
        };
        assert_eq!(action(&format!("aconite toxic remove {line}")), removed);
        match action(&format!("aconite toxic update {line} --toxicity 0")) {
            Action::UpdateToxic { proxy, change } => {
                assert_eq!((proxy.as_str(), change.name.as_str()), ("web", "slow"));
            }
            other => panic!("{other:?}"),
        }
    }
    for line in ["foo", "--name foo"] {
        let started = Action::Session(OnSession::Start {
            name: Some("foo".into()),
            ttl: None,
        });
        assert_eq!(action(&format!("aconite session start {line}")), started);
    }
    for line in [
        "toxic remove web",
        "toxic update web --toxicity 0",
        "toxic remove web a -n b",
        "session start a --name b",
    ] {
        fault(&format!("aconite {line}"));
    }
}

#[test]
fn the_toxics_of_a_proxy_can_be_listed() {
    let expected = Action::Inspect {
        proxy: "web".into(),
    };
    for name in ["list", "ls"] {
        assert_eq!(action(&format!("aconite toxic {name} web")), expected);
    }
}

#[test]
fn a_command_to_run_without_dashes_is_told_where_it_belongs() {
    let told = fault("aconite run --toxic web:noop redis-cli -h x");
    let words = "after --: aconite run --toxic … -- redis-cli …\n";
    assert!(told.ends_with(words), "{told}");
    for line in [
        "aconite run --toxic web:noop --tosic -- redis-cli",
        "aconite inspect web redis-cli",
    ] {
        let told = fault(line);
        assert!(!told.contains("after --"), "{told}");
    }
}

#[test]
fn a_word_that_is_no_command_is_answered_with_the_one_that_was_meant() {
    for (word, meant) in [
        ("creat", "'create'"),
        ("crate", "'create'"),
        ("start", "'server'"),
        ("sever", "'server'"),
        ("version", "'--version'"),
        ("rm", "'delete'"),
        ("inspet", "'inspect'"),
        ("toxics", "'toxic'"),
        ("config exprt", "'export', as in `aconite config export`"),
        ("toxic ad", "see aconite toxic --help"),
        ("xyzzy", "see aconite --help"),
    ] {
        let told = fault(&format!("aconite {word}"));
        assert!(told.contains(meant), "{word}: {told}");
        assert_eq!(
            told.matches("did you mean").count(),
            usize::from(meant.starts_with('\'')),
            "{told}"
        );
    }
}

#[test]
fn a_word_that_is_no_command_of_a_group_exits_with_2_as_any_other() {
    for line in ["xyzzy", "config exprt", "toxic ad", "session x"] {
        let words: Vec<&str> = line.split(' ').collect();
        let fault = run(&[&["aconite"], words.as_slice()].concat()).unwrap_err();
        assert_eq!(fault.code(), 2, "{line}");
    }
}

#[test]
fn run_without_anything_to_do_is_told_all_that_it_takes() {
    let told = fault("aconite run -- true");
    assert!(
        told.contains("one of --toxic, --profile, --proxy, --down and --server"),
        "{told}"
    );
    let told = fault("aconite run --down db");
    assert!(!told.contains("at least one of"), "{told}");
}

#[test]
fn an_address_that_is_empty_is_refused() {
    for line in [
        ["create", "web", "-l", "", "-u", "h:1"].as_slice(),
        &["create", "web", "-l", "h:1", "-u", " "],
        &["update", "web", "-l", ""],
    ] {
        let told = run(&[&["aconite"], line].concat()).unwrap_err().to_string();
        assert!(told.contains("HOST:PORT, as in localhost:6379"), "{told}");
    }
}

#[test]
fn a_flag_that_was_taken_as_a_value_is_told() {
    for name in ["toxiproxy-server", "aconite server"] {
        let told = fault(&format!("{name} -config -port 9474"));
        assert!(
            told.contains("flag -config has no value of its own: -port"),
            "{told}"
        );
    }
    let told = fault("aconite server -host -port 9474");
    assert!(
        told.contains("(-port was taken as the value of -host)"),
        "{told}"
    );
    // A value may look like an unknown flag.
    let line = ["aconite", "server", "-config", "-x"];
    assert!(run(&line).is_ok());
}

#[test]
fn proxies_are_switched_updated_and_reset_by_name() {
    let names = || vec!["a".to_owned(), "b".to_owned()];
    let switch = |enabled, session: Option<&str>| Action::Switch {
        proxies: names(),
        enabled,
        session: session.map(str::to_owned),
    };
    assert_eq!(action("aconite enable a b"), switch(true, None));
    assert_eq!(
        action("aconite disable a b --session s"),
        switch(false, Some("s"))
    );
    assert_eq!(
        action("aconite reset a b"),
        Action::ResetProxies { proxies: names() }
    );
    assert_eq!(both(&["reset", "a", "b"]), action("aconite reset a b"));
    assert_eq!(action("aconite reset"), Action::Reset);
    for line in ["enable", "disable", "reset a --session s", "update"] {
        fault(&format!("aconite {line}"));
    }
}

#[test]
fn the_help_of_every_command_has_an_example() {
    let mut commands = vec![crate::args::aconite::definition::client()];
    while let Some(command) = commands.pop() {
        let inner: Vec<_> = command.get_subcommands().cloned().collect();
        let help = command.get_after_help().map(ToString::to_string);
        let has_example = help.is_some_and(|help| help.contains("Example"));
        let name = command.get_name();
        assert!(!inner.is_empty() || has_example, "{name} has no example");
        commands.extend(inner);
    }
}

#[test]
fn an_attribute_given_as_a_flag_is_answered_with_the_flag_for_attributes() {
    for line in ["add web -t latency --latency 100", "add web --latency=100"] {
        let told = fault(&format!("aconite toxic {line}"));
        assert!(told.contains("as in -a latency="), "{told}");
        assert!(!told.contains("-- --latency"), "{told}");
    }
    // A misspelt flag stays one.
    let told = fault("aconite toxic add web -t noop --toxicty 1");
    assert!(told.contains("--toxicity"), "{told}");
}

#[test]
fn stop_is_answered_with_how_a_server_is_stopped() {
    let told = fault("aconite stop");
    assert!(told.contains("SIGTERM"), "{told}");
    assert!(told.contains("`aconite disable PROXY`"), "{told}");
}
