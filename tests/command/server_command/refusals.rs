//! What keeps the server from starting, and how it reports that; and that the config is checked
//! first.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use super::{aconite, text};
use support::{ScratchFile, Server, free_port};

/// Runs a server that cannot start; it must say why, both in the log and on standard error.
fn refusal(args: &[&str]) -> String {
    let seen = aconite(&[&["server", "-host", "127.0.0.1"], args].concat());
    assert_eq!(seen.status.code(), Some(1), "{args:?}: {seen:?}");
    let log = text(&seen.stdout);
    assert!(log.contains("\"level\":\"ERROR\""), "{args:?}: {log}");
    text(&seen.stderr)
}

#[test]
fn a_busy_or_bad_api_port_is_fatal() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = refusal(&["-port", &port]);
    assert!(told.contains(&format!("127.0.0.1:{port}")), "{told}");
    for port in ["nosuchport", "99999", "-1"] {
        let told = refusal(&["-port", port]);
        assert!(told.contains(port), "{told}");
    }
}

/// The error for a config file with this text.
fn config_refusal(config: &str) -> String {
    let file = ScratchFile::with("json", config);
    let told = refusal(&["-port", &free_port().to_string(), "-config", &file.path()]);
    assert!(
        told.contains(&format!("{:?}", PathBuf::from(file.path()))),
        "{told}"
    );
    told
}

#[test]
fn a_bad_config_file_is_fatal_and_the_entry_is_named() {
    let gone = ScratchFile::absent("json").path();
    let told = refusal(&["-port", &free_port().to_string(), "-config", &gone]);
    assert!(
        told.contains(&format!("{:?}", PathBuf::from(&gone))),
        "{told}"
    );
    for (config, words) in [
        (
            r#"[{"name":"a","upstream":"x:1"},{"name":"b","upstream":"x:1","session":"s"}]"#,
            [
                ":1:71: error: [1].session: ",
                "there are no sessions yet when the file is read",
            ],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","toxics":[{"type":"noop","session":"s"}]}]"#,
            ["[0].toxics[0].session: ", "there are no sessions"],
        ),
        ("", [":1:1: error: ", "empty"]),
        ("[{]", [":1:3: error: ", "not valid JSON"]),
        ("[// x\n]", [":1:2: error: ", "no comments; remove"]),
        ("[{},\n]", [":1:4: error: ", "a trailing comma before ']'"]),
        (
            r#"[{"name":"a","upstream":"x:1","listen":80}]"#,
            [":1:40: error: [0].listen: ", "expected a string"],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","listen":"127.0.0.1:0"},{"name":"b"}]"#,
            [":1:55: error: [1]: ", "upstream"],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","listen":"gar\u001bbage"}]"#,
            ["[0].listen", r"gar\u{1b}bage"],
        ),
        (
            r#"{"proxies": [{"name":"a","upstream":"x:1","listen":"127.0.0.1:0",
                 "toxics":[{"type":"bandwidth","attributes":{"rate":-4}}]}]}"#,
            [":2:69: error: proxies[0].toxics[0].attributes", "-4"],
        ),
    ] {
        let told = config_refusal(config);
        for word in words {
            assert!(told.contains(word), "{config}: {word} is not in {told}");
        }
    }
}

#[test]
fn a_config_that_cannot_listen_starts_nothing() {
    let other = free_port();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let told = config_refusal(&format!(
        r#"[{{"name":"a","listen":"127.0.0.1:{other}","upstream":"127.0.0.1:9"}},
            {{"name":"b","listen":"127.0.0.1:{port}","upstream":"127.0.0.1:9"}}]"#
    ));
    assert!(told.contains("[1].listen: "), "{told}");
    assert!(told.contains(&port.to_string()), "{told}");
    drop(taken);
}

#[test]
fn every_fault_of_a_config_is_told_once_and_as_the_check_tells_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let file = ScratchFile::with(
        "json",
        &format!(
            r#"[{{"name":"a","listen":"127.0.0.1:{port}","upstream":"127.0.0.1:9"}},
{{"name":"b","listen":"nonsense","upstream":"127.0.0.1:9"}},
{{"name":"c","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[{{"type":"latncy"}}]}},
{{"name":"d","listen":"127.0.0.1:0"}}]"#
        ),
    );
    let args = ["server", "-port", "0", "-config", &file.path()];
    let seen = aconite(&args);
    assert_eq!(seen.status.code(), Some(1));
    let (log, told) = (text(&seen.stdout), text(&seen.stderr));
    let both = format!("{log}{told}");
    let checked = text(&aconite(&["config", "check", &file.path()]).stderr);
    assert_eq!(checked.lines().count(), 3, "{checked}");
    for line in checked.lines() {
        assert_eq!(both.matches(line).count(), 1, "{line} in {both}");
    }
    for place in [
        "[0].listen: ",
        "[1].listen: ",
        "[2].toxics[0].type: ",
        "[3]: ",
    ] {
        assert_eq!(both.matches(place).count(), 1, "{place} in {both}");
    }
    assert!(
        told.contains("address already in use; stop what is there"),
        "{told}"
    );
    assert_eq!(log.matches("ERROR").count(), 1, "{log}");
    assert!(log.contains("4 errors"), "{log}");
    // Only once, also if both go to the same place.
    let one = ScratchFile::with("log", "");
    let output = std::fs::File::create(one.path()).unwrap();
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_aconite"))
        .args(args)
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    assert_eq!(super::wait(&mut server).code(), Some(1));
    let both = std::fs::read_to_string(one.path()).unwrap();
    assert_eq!(both.matches("4 errors").count(), 1, "{both}");
    assert_eq!(both.matches("[2].toxics[0].type").count(), 1, "{both}");
    drop(taken);
}

#[test]
fn an_address_that_two_entries_want_is_told_with_both() {
    let port = free_port();
    let told = config_refusal(&format!(
        r#"[{{"name":"a","listen":"0.0.0.0:{port}","upstream":"127.0.0.1:9"}},
            {{"name":"b","listen":"127.0.0.1:{port}","upstream":"127.0.0.1:9"}}]"#
    ));
    assert!(
        told.contains("[1].listen: ") && told.contains("already in use by [0] (\"a\")"),
        "{told}"
    );
}

#[test]
fn a_proxy_on_the_port_of_the_api_is_named_and_the_check_warns() {
    let port = free_port();
    let config = |port: u16| {
        let list = format!(r#"[{{"name":"web","listen":"127.0.0.1:{port}","upstream":"x:1"}}]"#);
        ScratchFile::with("json", &list)
    };
    let file = config(port);
    let told = refusal(&["-port", &port.to_string(), "-config", &file.path()]);
    for words in [
        "the proxy \"web\"",
        "the port is the API's",
        &port.to_string(),
    ] {
        assert!(told.contains(words), "{told}");
    }
    let check = |file: &ScratchFile, variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aconite"));
        let command = command.args(["config", "check", &file.path()]);
        let seen = super::run(command.envs(variables.iter().copied()));
        assert_eq!(seen.status.code(), Some(0), "{seen:?}");
        text(&seen.stderr)
    };
    let warning = "warning: [0].listen: port";
    assert!(check(&config(8474), &[]).contains(warning));
    assert_eq!(check(&file, &[]), "");
    let port = port.to_string();
    assert!(check(&file, &[("ACONITE_PORT", &port)]).contains(warning));
    assert_eq!(check(&config(8474), &[("ACONITE_PORT", &port)]), "");
}

#[test]
fn a_config_with_the_mark_of_utf8_is_taken_and_utf16_is_named() {
    let list = r#"[{"name":"a","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}]"#;
    let file = ScratchFile::with("json", &format!("\u{feff}{list}"));
    let server = Server::start(&["-config", &file.path()]);
    assert_eq!(server.api("GET", "/proxies/a", "").status, 200);
    let utf16: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(file.path(), [&[0xff, 0xfe], &utf16[..]].concat()).unwrap();
    let told = refusal(&["-port", "0", "-config", &file.path()]);
    assert!(
        told.contains("UTF-16 (little endian)") && told.contains("save it as UTF-8"),
        "{told}"
    );
}

#[test]
fn proxies_of_the_config_listen_before_the_api_does() {
    let port = free_port();
    let file = ScratchFile::with(
        "json",
        &format!(r#"[{{"name":"a","listen":"127.0.0.1:{port}","upstream":"127.0.0.1:9"}}]"#),
    );
    let server = Server::start(&["-config", &file.path()]);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    let answer = server.api("GET", "/proxies/a", "");
    assert_eq!(answer.status, 200, "{}", server.log_text());
}
