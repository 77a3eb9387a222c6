//! What is ours about the server's flags: their twins in the environment, and hints.

use super::tests::{SEED, first_line, refusal, run};
use super::*;

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
        // The line's own faults come first, and help is given all the same.
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
