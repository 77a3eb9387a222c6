//! Other ways to write a command, which people try first, and what is said of a slip.

use super::client::{Action, OnSession};
use super::client_tests::{client, run};

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
    let words = "two dashes: aconite run --toxic … -- redis-cli …\n";
    assert!(told.ends_with(words), "{told}");
    for line in [
        "aconite run --toxic web:noop --tosic -- redis-cli",
        "aconite inspect web redis-cli",
    ] {
        let told = fault(line);
        assert!(!told.contains("two dashes"), "{told}");
    }
}
