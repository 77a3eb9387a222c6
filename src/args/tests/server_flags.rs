//! Compares the parsing of the server's command lines with that of Go's `flag` package.

use std::time::Duration;

use std::ffi::OsString;

use crate::args::{Command, Limits, ServerOptions, UsageError, VERSION, parse};

pub(super) const SEED: i64 = 4711;

pub(super) fn run(line: &[&str]) -> Result<Command, UsageError> {
    parse(line.iter().map(OsString::from).collect(), SEED, &|_| None)
}

fn server(flags: &[&str]) -> ServerOptions {
    let line = [&["aconite", "server"], flags].concat();
    match run(&line).unwrap() {
        Command::Server(options) => options,
        other => panic!("{line:?}: {other:?}"),
    }
}

pub(super) fn refusal(flags: &[&str]) -> String {
    let line = [&["toxiproxy-server"], flags].concat();
    run(&line).unwrap_err().to_string()
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap()
}

#[test]
fn defaults_are_those_of_toxiproxy() {
    let expected = ServerOptions {
        host: "localhost".into(),
        port: "8474".into(),
        config: None,
        seed: SEED,
        runtime_metrics: false,
        proxy_metrics: false,
        strict: false,
        allow_hosts: vec![],
        limits: Limits {
            link_buffer: 128 << 20,
            total_buffer: 1 << 30,
            connections: 100_000,
            proxies: 10_000,
            toxics: 1000,
            api_connections: 1024,
            drain: Duration::ZERO,
        },
        ignored: vec![],
        foreign_variables: vec![],
    };
    assert_eq!(server(&[]), expected);
    for name in [
        "toxiproxy",
        "/opt/bin/toxiproxy-server",
        "./toxiproxy-server.exe",
        "toxiproxy-server-linux-amd64",
        "/usr/local/bin/toxiproxy-server-2.12.0",
        "toxiproxy-server-windows-amd64.exe",
        "Toxiproxy-Server-2.12.0-darwin-arm64",
        "toxiproxy_2.12.0_linux_amd64",
        "toxiproxy-2.12.0",
    ] {
        assert_eq!(
            run(&[name]),
            Ok(Command::Server(expected.clone())),
            "{name}"
        );
    }
}

#[test]
fn dashes_and_equals_signs_are_free() {
    for flags in [
        ["-port", "1", "-seed", "-5"].as_slice(),
        &["--port", "1", "--seed", "-5"],
        &["-port=1", "-seed=-5"],
        &["--port=1", "--seed=-5"],
    ] {
        let options = server(flags);
        assert_eq!(
            (options.port.as_str(), options.seed),
            ("1", -5),
            "{flags:?}"
        );
    }
}

#[test]
fn a_value_may_look_like_a_flag_or_be_empty() {
    assert_eq!(server(&["-host", "-port", "-port", "2"]).host, "-port");
    assert_eq!(server(&["-host", "--"]).host, "--");
    assert_eq!(server(&["-host="]).host, "");
    assert_eq!(server(&["-host", ""]).host, "");
    assert_eq!(server(&["-host=a=b"]).host, "a=b");
    assert_eq!(server(&["-config="]).config, None);
    assert_eq!(server(&["-config", "a b"]).config, Some("a b".into()));
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_utf_8() {
    use std::os::unix::ffi::OsStringExt;
    let path = OsString::from_vec(b"/x\xff=y".to_vec());
    let mut joined = OsString::from("-config=");
    joined.push(&path);
    for words in [vec!["-config".into(), path.clone()], vec![joined]] {
        let mut argv = vec![OsString::from("toxiproxy-server")];
        argv.extend(words);
        match parse(argv, SEED, &|_| None).unwrap() {
            Command::Server(options) => assert_eq!(options.config, Some(path.clone().into())),
            other => panic!("{other:?}"),
        }
    }
    let argv = vec![
        "toxiproxy-server".into(),
        OsString::from_vec(b"-\xff".to_vec()),
    ];
    assert!(parse(argv, SEED, &|_| None).is_err());
}

#[test]
fn the_last_of_a_flag_counts_and_hosts_add_up() {
    let options = server(&[
        "-port",
        "1",
        "-strict=false",
        "-port",
        "2",
        "-strict",
        "-seed=1",
        "-seed=2",
    ]);
    assert_eq!(
        (options.port.as_str(), options.strict, options.seed),
        ("2", true, 2)
    );
    let options = server(&[
        "-allow-host",
        "a.test, b.test",
        "--allow-host=c.test",
        "-allow-host=",
    ]);
    assert_eq!(options.allow_hosts, ["a.test", "b.test", "c.test"]);
}

#[test]
fn switches_take_a_value_only_after_an_equals_sign() {
    for yes in ["true", "1", "t", "T", "TRUE", "True"] {
        assert!(
            server(&[&format!("-proxy-metrics={yes}")]).proxy_metrics,
            "{yes}"
        );
    }
    for no in ["false", "0", "f", "F", "FALSE", "False"] {
        assert!(
            !server(&["-strict", &format!("--strict={no}")]).strict,
            "{no}"
        );
    }
    for bad in ["maybe", "", "tRUE", "yes"] {
        assert_eq!(
            first_line(&refusal(&[&format!("-proxy-metrics={bad}")])),
            format!("invalid boolean value {bad:?} for -proxy-metrics: parse error")
        );
    }
    let Ok(Command::Server(options)) = run(&["toxiproxy-server", "-strict", "false"]) else {
        panic!("a word behind a switch ends the flags");
    };
    assert!(options.strict);
    assert_eq!(options.ignored, ["false"]);
}

#[test]
fn seeds_are_read_as_go_reads_integers() {
    let good = [
        ("0x1F", 31),
        ("-0b11", -3),
        ("0o17", 15),
        ("017", 15),
        ("1_000", 1000),
        ("+7", 7),
        ("0", 0),
        ("0x_1", 1),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ];
    for (text, value) in good {
        assert_eq!(server(&["-seed", text]).seed, value, "{text}");
    }
    for bad in [
        "x", "", "-", "+", "0x", "1__0", "_1", "1_", "1.5", "--1", "+-1", "09", " 1", "é",
    ] {
        assert_eq!(
            first_line(&refusal(&["-seed", bad])),
            format!("invalid value {bad:?} for flag -seed: parse error")
        );
    }
    for far in [
        "9223372036854775808",
        "-9223372036854775809",
        &"9".repeat(80),
    ] {
        let message = refusal(&["-seed", far]);
        assert!(
            first_line(&message).ends_with("for flag -seed: value out of range"),
            "{message}"
        );
    }
}

#[test]
fn faults_are_worded_as_go_words_them_and_the_first_is_told() {
    for (flags, message) in [
        (["-nope"].as_slice(), "flag provided but not defined: -nope"),
        (&["--nope=3"], "flag provided but not defined: -nope"),
        (&["-port"], "flag needs an argument: -port"),
        (&["---x"], "bad flag syntax: ---x"),
        (&["-=x"], "bad flag syntax: -=x"),
        (
            &["-version", "-nope"],
            "flag provided but not defined: -nope",
        ),
        (
            &["-seed", "x", "-nope"],
            "invalid value \"x\" for flag -seed: parse error",
        ),
        (&["-nope", "-help"], "flag provided but not defined: -nope"),
    ] {
        let text = refusal(flags);
        assert_eq!(first_line(&text), message);
        assert!(
            text.contains("\nUsage of toxiproxy-server:\n  -allow-host string\n"),
            "{text}"
        );
        assert!(text.contains("  -host string\n    \tHost for toxiproxy's API to listen on (default \"localhost\")\n"), "{text}");
        assert!(text.contains("(default 4711)\n"), "{text}");
    }
}

#[test]
fn help_is_no_fault() {
    let Ok(Command::ErrorOutput(text)) =
        run(&["/x/toxiproxy-server", "-port", "1", "-h=y", "-nope"])
    else {
        panic!("-h prints the usage");
    };
    assert!(
        text.starts_with("Usage of /x/toxiproxy-server:\n"),
        "{text}"
    );
    for flag in ["-h", "-help", "--help"] {
        let Ok(Command::Output(text)) = run(&["aconite", "server", flag]) else {
            panic!("{flag} prints help");
        };
        assert!(text.contains("--runtime-metrics"), "{text}");
        let Ok(Command::Output(text)) = run(&["aconite", flag]) else {
            panic!("{flag} prints help");
        };
        assert!(text.contains("server"), "{text}");
    }
}

#[test]
fn words_behind_the_flags() {
    for line in [["-", "-nope"].as_slice(), &["--", "-nope"], &["x", "-nope"]] {
        let line = [&["toxiproxy"], line].concat();
        let Ok(Command::Server(options)) = run(&line) else {
            panic!("{line:?} is ignored");
        };
        assert_eq!(options.ignored.last().unwrap(), "-nope");
    }
    let told = run(&["aconite", "server", "extra"])
        .unwrap_err()
        .to_string();
    assert_eq!(
        first_line(&told),
        "unexpected argument \"extra\": flags only"
    );
    assert_eq!(told.lines().nth(1), Some("see aconite server --help"));
}

#[test]
fn versions() {
    let toxiproxy = Ok(Command::Output("toxiproxy-server version 2.12.0\n".into()));
    assert_eq!(run(&["/a/toxiproxy", "-port", "1", "-version"]), toxiproxy);
    assert_eq!(run(&["toxiproxy-server", "--version=true", "x"]), toxiproxy);
    let own = Ok(Command::Output(format!(
        "aconite version {VERSION} (Toxiproxy API 2.12.0)\n"
    )));
    for line in [
        ["aconite", "-version"].as_slice(),
        &["aconite", "--version"],
        &["aconite", "server", "-version"],
    ] {
        assert_eq!(run(line), own);
    }
    assert!(matches!(
        run(&["toxiproxy", "-version=0"]),
        Ok(Command::Server(_))
    ));
}

#[test]
fn without_a_command_it_says_what_to_do_next() {
    for line in [[].as_slice(), &["aconite"]] {
        let Ok(Command::Output(text)) = run(line) else {
            panic!("{line:?}");
        };
        assert!(text.contains("aconite server "), "{text}");
    }
    let told = run(&["aconite", "sever"]).unwrap_err().to_string();
    assert!(told.contains("'server'"), "{told}");
}
