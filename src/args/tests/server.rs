//! What aconite adds to the server's flags: environment variables, and hints.

use std::ffi::OsString;

use super::server_flags::{SEED, first_line, refusal, run};
use crate::args::client::Dialect;
use crate::args::{Command, parse};

#[test]
fn the_environment_sets_what_the_line_does_not() {
    let environment = |name: &str| match name {
        "ACONITE_HOST" => Some(OsString::from("0.0.0.0")),
        "ACONITE_PORT" => Some("1".into()),
        "ACONITE_STRICT" => Some("true".into()),
        "ACONITE_ALLOW_HOST" => Some("a.example,b.example".into()),
        "ACONITE_SEED" => Some("".into()),
        _ => None,
    };
    let line = ["toxiproxy", "-port", "2"];
    let argv = line.iter().map(OsString::from).collect();
    let Ok(Command::Server(options)) = parse(argv, SEED, &environment) else {
        panic!("no server");
    };
    assert_eq!(
        (options.host.as_str(), options.port.as_str()),
        ("0.0.0.0", "2")
    );
    assert!(options.strict);
    assert_eq!(options.allow_hosts, ["a.example", "b.example"]);
    assert_eq!(options.seed, SEED);
}

#[test]
fn a_fault_of_the_environment_names_the_variable() {
    for (variable, value, told) in [
        (
            "ACONITE_SEED",
            "x",
            "parse error, expected a 64-bit integer",
        ),
        (
            "ACONITE_PROXY_METRICS",
            "yes",
            "parse error, expected true or false",
        ),
    ] {
        let wrong = |name: &str| (name == variable).then(|| value.into());
        for (line, next) in [
            (["toxiproxy"].as_slice(), "Usage of toxiproxy:"),
            (
                &["aconite", "server", "-seed", "1"],
                "see aconite server --help",
            ),
        ] {
            let argv = line.iter().map(OsString::from).collect();
            let fault = parse(argv, SEED, &wrong).unwrap_err().to_string();
            let lines: Vec<&str> = fault.lines().take(2).collect();
            assert_eq!(lines, [&format!("{variable} is {value:?}: {told}"), next]);
        }
        // Errors in the command line are reported first, and help is shown in any case.
        let argv = |flag: &str| ["toxiproxy", flag].map(OsString::from).to_vec();
        let fault = parse(argv("-nope"), SEED, &wrong).unwrap_err().to_string();
        assert_eq!(first_line(&fault), "flag provided but not defined: -nope");
        assert!(parse(argv("-h"), SEED, &wrong).is_ok());
    }
}

#[test]
fn a_misspelt_flag_is_told_with_the_one_that_was_meant() {
    for (flag, told) in [
        (
            "-prot=1",
            "flag provided but not defined: -prot; did you mean --port?\n",
        ),
        (
            "--allow-hosts",
            "flag provided but not defined: -allow-hosts; did you mean --allow-host?\n",
        ),
        ("-nope", "flag provided but not defined: -nope\n"),
    ] {
        let fault = run(&["aconite", "server", flag]).unwrap_err().to_string();
        assert_eq!(fault, format!("{told}see aconite server --help\n"));
    }
    let theirs = refusal(&["-prot=1"]);
    assert_eq!(first_line(&theirs), "flag provided but not defined: -prot");
}

#[test]
fn what_an_orchestrator_puts_into_the_environment_is_no_setting() {
    for value in [
        "tcp://10.0.0.1:8474",
        "udp://10.0.0.1:53",
        "sctp://[fd00::1]:1",
    ] {
        let environment = |name: &str| match name {
            "ACONITE_PORT" => Some(OsString::from(value)),
            "ACONITE_SERVICE_HOST" => Some("10.0.0.1".into()),
            "ACONITE_SERVICE_PORT" => Some("8474".into()),
            "ACONITE_PORT_8474_TCP" => Some(value.into()),
            _ => None,
        };
        for name in ["toxiproxy", "toxiproxy-server-2.12.0"] {
            let Ok(Command::Server(options)) = parse(vec![name.into()], SEED, &environment) else {
                panic!("no server");
            };
            assert_eq!(options.port, "8474");
            assert_eq!(options.host, "localhost");
            assert_eq!(options.foreign_variables, ["ACONITE_PORT"]);
        }
    }
}

#[test]
fn blanks_around_a_setting_are_not_part_of_it_and_a_blank_one_is_none() {
    let environment = |name: &str| match name {
        "ACONITE_PORT" => Some(OsString::from(" 9474\n")),
        "ACONITE_STRICT" => Some("true\r\n".into()),
        "ACONITE_HOST" | "ACONITE_SEED" => Some(" \n".into()),
        _ => None,
    };
    let Ok(Command::Server(options)) = parse(vec!["toxiproxy".into()], SEED, &environment) else {
        panic!("no server");
    };
    assert_eq!(
        (options.host.as_str(), options.port.as_str()),
        ("localhost", "9474")
    );
    assert!(options.strict && options.foreign_variables.is_empty());
    assert_eq!(options.seed, SEED);
}

#[test]
fn a_command_of_ours_behind_the_servers_name_is_told_where_it_belongs() {
    for (line, told) in [
        (["stats", "redis"].as_slice(), "run `aconite stats`"),
        (&["-port", "1", "list"], "run `aconite list`"),
        (&["events"], "/aconite"),
        (&["help"], "run `aconite help`"),
        (&["server", "-port", "1"], "the server's flags without it"),
    ] {
        let fault = refusal(line);
        assert!(fault.contains(told), "{line:?}: {fault}");
        assert_eq!(fault.lines().count(), 1, "{fault}");
    }
    for word in ["foo", "serve", "-"] {
        let line = ["toxiproxy", "-port", "1", word, "-host"];
        let Ok(Command::Server(options)) = run(&line) else {
            panic!("{word} is ignored, as by Toxiproxy");
        };
        assert_eq!(options.ignored, [word, "-host"]);
    }
    for word in ["stats", "connections", "session", "config"] {
        let fault = run(&["toxiproxy-cli", word, "redis"]).unwrap_err();
        let told =
            format!("No help topic for '{word}'\nIt is a command of aconite: run `aconite {word}`");
        assert!(fault.to_string().starts_with(&told), "{fault}");
        assert_eq!(fault.code(), 3);
    }
    let fault = run(&["toxiproxy-cli", "nope"]).unwrap_err().to_string();
    assert_eq!(fault, "No help topic for 'nope'\n");
}

#[test]
fn a_flag_of_the_server_without_its_command_is_told_where_it_belongs() {
    for flag in ["--port", "-port", "--config"] {
        let fault = run(&["aconite", flag, "1"]).unwrap_err().to_string();
        let told = "aconite server --";
        assert!(fault.contains(told), "{fault}");
    }
}

#[test]
fn an_executable_named_like_a_toxiproxy_release_speaks_its_dialect() {
    for name in [
        "toxiproxy-cli-linux-amd64",
        "./toxiproxy-cli-2.12.0-linux-arm64",
        "toxiproxy-cli-windows-amd64.exe",
        "Toxiproxy-CLI.EXE",
    ] {
        let Ok(Command::Client(client)) = run(&[name, "list"]) else {
            panic!("{name} is no client");
        };
        assert_eq!(client.dialect, Dialect::Toxiproxy, "{name}");
    }
    let Ok(Command::Client(client)) = run(&["aconite-linux-amd64", "list"]) else {
        panic!("no client");
    };
    assert_eq!(client.dialect, Dialect::Aconite);
}
