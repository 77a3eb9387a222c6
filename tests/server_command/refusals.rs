//! What keeps the server from starting, and how it says so; and that a good config comes first.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use super::support::{ScratchFile, Server, free_port};
use super::{aconite, text};

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

/// What is said of a config file with this text.
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
                "entry 2",
                "but there are no sessions yet when the file is read",
            ],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","toxics":[{"type":"noop","session":"s"}]}]"#,
            ["entry 1", "toxics[0]: session is"],
        ),
        ("", ["JSON array", "empty"]),
        ("[{]", ["JSON array", "1"]),
        (
            r#"[{"name":"a","upstream":"x:1","listen":80}]"#,
            [
                "listen is 80, expected a string; `aconite config check",
                "tells every fault",
            ],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","listen":"127.0.0.1:0"},{"name":"b"}]"#,
            ["entry 2", "upstream"],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","listen":"gar\u001bbage"}]"#,
            ["entry 1", r"gar\u{1b}bage"],
        ),
        (
            r#"[{"name":"a","upstream":"x:1","listen":"127.0.0.1:0",
                 "toxics":[{"type":"bandwidth","attributes":{"rate":-4}}]}]"#,
            ["rate", "-4"],
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
    let (port, other) = (free_port(), free_port());
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let told = config_refusal(&format!(
        r#"[{{"name":"a","listen":"127.0.0.1:{other}","upstream":"127.0.0.1:9"}},
            {{"name":"b","listen":"127.0.0.1:{port}","upstream":"127.0.0.1:9"}}]"#
    ));
    assert!(told.contains("entry 2"), "{told}");
    assert!(told.contains(&port.to_string()), "{told}");
    drop(taken);
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
