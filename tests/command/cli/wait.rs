//! `wait`, and what every request carries.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::cli::run::Client;
use support::{Server, free_port};

#[test]
fn wait_returns_when_the_api_answers() {
    let port = free_port();
    let client = Client::new("aconite", port);
    let waiting = thread::spawn(move || client.piped(&["wait", "--timeout", "20s"]));
    let _server = Server::try_start(port, &[]).unwrap();
    let seen = waiting.join().unwrap();
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{seen:?}");
    assert_eq!(
        seen.output,
        format!("The API at http://127.0.0.1:{port} answers\n")
    );
}

#[test]
fn wait_fails_when_nobody_answers_in_time() {
    let seen = Client::new("aconite", free_port()).piped(&["wait", "--timeout", "100ms"]);
    assert_eq!((seen.code, seen.output.as_str()), (1, ""));
    assert!(
        seen.errors.contains("no answer from http://127.0.0.1:"),
        "{seen:?}"
    );
}

/// Answers one request with this status, and returns its head in lower case.
fn answer_one(listener: TcpListener, status: &'static str) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let body = "{\"error\":\"told so\"}";
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        String::from_utf8(head).unwrap().to_lowercase()
    })
}

#[test]
fn requests_carry_a_user_agent_and_the_token() {
    for (token, shown) in [
        ("s3cret", Some("authorization: bearer s3cret\r\n")),
        ("", None),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = answer_one(listener, "401 Unauthorized");
        let environment = [
            ("TOXIPROXY_AUTH_TOKEN", token),
            ("HTTP_PROXY", "http://127.0.0.1:1"),
        ];
        let seen = Client::new("aconite", port).run(&["wait"], &environment, false);
        // A token that is wrong now will be wrong in 30 seconds.
        assert_eq!(seen.code, 1);
        assert!(seen.errors.contains("HTTP 401: told so\n"), "{seen:?}");
        assert!(seen.errors.contains("TOXIPROXY_AUTH_TOKEN"), "{seen:?}");
        let head = server.join().unwrap();
        let agent = format!("user-agent: aconite-cli/{}\r\n", env!("CARGO_PKG_VERSION"));
        assert!(head.contains(&agent), "{head}");
        assert_eq!(head.contains("authorization:"), shown.is_some(), "{head}");
        assert!(head.contains(shown.unwrap_or_default()), "{head}");
    }
}
