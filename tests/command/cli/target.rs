//! Where a command sends requests, what they carry, and the errors if no server is there.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::{Value, json};

use crate::cli::run::{Client, Seen};
use support::{Server, free_port};

/// What `toxiproxy-cli` 2.12 prints after the failed action for an invalid target.
fn objections(dead: u16) -> Vec<(String, String)> {
    let refused = |host: &str, at: &str| {
        let told = format!(
            "fail to request: Get \"http://{host}{{path}}\": dial tcp {at}: connect: connection refused"
        );
        (host.to_owned(), told)
    };
    let no_host = r#"fail to request: Get "http:///{path}": http: no Host in request URL"#;
    let mut all = vec![
        refused(&format!("127.0.0.1:{dead}"), &format!("127.0.0.1:{dead}")),
        refused(&format!(":{dead}"), &format!(":{dead}")),
        (String::new(), no_host.replace("/{path}", "{path}")),
    ];
    for (host, told) in [
        (
            ":",
            r#"fail to request: Get "http://{path}": http: no Host in request URL"#,
        ),
        (
            "http://",
            r#"fail to request: Get "http://{path}": http: no Host in request URL"#,
        ),
        (
            "a b",
            r#"parse "http://a b{path}": invalid character " " in host name"#,
        ),
        (
            "h:abc",
            r#"parse "http://h:abc{path}": invalid port ":abc" after host"#,
        ),
        (
            "h:99999",
            r#"fail to request: Get "http://h:99999{path}": dial tcp: address 99999: invalid port"#,
        ),
        ("[::1", r#"parse "http://[::1{path}": missing ']' in host"#),
        (
            "%zz",
            r#"parse "http://%zz{path}": invalid URL escape "%zz""#,
        ),
        (
            " h:1",
            r#"parse "http:// h:1{path}": invalid character " " in host name"#,
        ),
    ] {
        all.push((host.to_owned(), told.to_owned()));
    }
    all
}

#[test]
fn wrong_address_gives_the_error_of_toxiproxys_client() {
    let client = Client::new("toxiproxy-cli", free_port());
    for (host, told) in objections(free_port()) {
        for (words, before, path, after) in [
            (
                vec!["list"],
                "Failed to retrieve proxies: ",
                "/proxies",
                "\n",
            ),
            (
                vec!["delete", "x"],
                "Failed to retrieve proxy x: ",
                "/proxies/x",
                "\n\n",
            ),
            (
                vec!["toxic", "remove", "-n", "t", "x"],
                "Failed to remove toxic: failed to retrieve proxy with name `x`: ",
                "/proxies/x",
                "\n\n",
            ),
        ] {
            let expected = Seen {
                output: String::new(),
                errors: format!("{before}{}{after}", told.replace("{path}", path)),
                code: 1,
            };
            let by_variable = client.run(&words, &[("TOXIPROXY_URL", &host)], false);
            assert_eq!(by_variable, expected, "TOXIPROXY_URL={host:?} {words:?}");
            let by_flag = client.piped(&[&["-h", &host], &words[..]].concat());
            assert_eq!(by_flag, expected, "-h {host:?} {words:?}");
        }
    }
}

#[test]
fn empty_address_is_an_error_and_not_the_default() {
    let client = Client::new("aconite", 1);
    for (words, url) in [
        (["list", "--host", ""].as_slice(), "http://127.0.0.1:1"),
        (&["list", "--host", " "], "http://127.0.0.1:1"),
        (&["list"], ""),
        (&["delete", "x"], "  "),
    ] {
        let seen = client.run(words, &[("TOXIPROXY_URL", url)], false);
        assert_eq!((seen.code, seen.output.as_str()), (1, ""), "{seen:?}");
        assert!(
            seen.errors.contains(
                "\"\" is not the address of an API: it is empty\nGive the address of the API"
            ),
            "{seen:?}"
        );
    }
}

#[test]
fn host_without_a_port_means_the_default_port() {
    let client = Client::new("aconite", 1);
    for (host, url) in [
        ("host.invalid", "http://host.invalid:8474/proxies"),
        ("host.invalid:1", "http://host.invalid:1/proxies"),
        ("http://host.invalid", "http://host.invalid/proxies"),
    ] {
        let seen = client.piped(&["list", "--host", host]);
        let told = format!("no answer from {url}: there is no host host.invalid\n");
        assert!(seen.errors.contains(&told), "{seen:?}");
    }
}

/// Answers one request with this head and body, and returns the request's head.
fn answer_one(head: &str, body: &str) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}");
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(head).unwrap()
    });
    (port, asked)
}

#[test]
fn token_is_trimmed_and_the_flag_wins_over_the_variable() {
    for (name, words, variable, sent) in [
        (
            "aconite",
            ["list", "--auth-token", "flag"].as_slice(),
            "v",
            Some("flag"),
        ),
        (
            "aconite",
            &["--auth-token", " flag\n", "list"],
            "v",
            Some("flag"),
        ),
        (
            "toxiproxy-cli",
            &["--auth-token", "flag", "list"],
            "v",
            Some("flag"),
        ),
        ("toxiproxy-cli", &["list"], " v\r\n", Some("v")),
        ("aconite", &["list"], "v\n", Some("v")),
        ("aconite", &["list"], " \n", None),
        ("toxiproxy-cli", &["list"], " ", None),
        ("aconite", &["list", "--auth-token", " "], "v", None),
    ] {
        let (port, asked) = answer_one("200 OK", "{}");
        let environment = [("TOXIPROXY_AUTH_TOKEN", variable)];
        let seen = Client::new(name, port).run(words, &environment, false);
        assert_eq!(
            (seen.code, seen.errors.as_str()),
            (0, ""),
            "{words:?}: {seen:?}"
        );
        let head = asked.join().unwrap().to_lowercase();
        let header = sent.map(|token| format!("authorization: bearer {token}\r\n"));
        assert_eq!(
            head.contains("authorization:"),
            sent.is_some(),
            "{words:?}: {head}"
        );
        assert!(
            head.contains(&header.unwrap_or_default()),
            "{words:?}: {head}"
        );
    }
}

#[test]
fn hint_tells_a_wrong_token_from_a_missing_one() {
    for (words, told) in [
        (["list"].as_slice(), "The server requires a token: "),
        (
            &["list", "--auth-token", "x"],
            "The token that was sent is not the server's: ",
        ),
    ] {
        let (port, asked) = answer_one("401 Unauthorized", r#"{"error":"no","status":401}"#);
        let seen = Client::new("aconite", port).piped(words);
        asked.join().unwrap();
        assert!(seen.errors.contains(told), "{seen:?}");
    }
}

#[test]
fn hints_and_warnings_of_the_server_are_printed() {
    let refused = "404 Not Found\r\nAconite-Hint: did you mean w%C3%A9b?\r\nAconite-Error-Code: proxy_not_found";
    let body = r#"{"error":"proxy not found","status":404}"#;
    let (port, asked) = answer_one(refused, body);
    let seen = Client::new("aconite", port).piped(&["inspect", "wob"]);
    asked.join().unwrap();
    let told = "proxy not found\ndid you mean wéb?\n`aconite list` shows the proxies.\n";
    assert!(seen.errors.ends_with(told), "{seen:?}");

    let (port, asked) = answer_one(refused, body);
    let seen = Client::new("aconite", port).piped(&["inspect", "wob", "--json"]);
    asked.join().unwrap();
    let error: Value = serde_json::from_str(&seen.errors).unwrap();
    assert_eq!(
        (&error["code"], &error["status"]),
        (&json!("proxy_not_found"), &json!(404))
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .starts_with("did you mean wéb?"),
        "{error}"
    );

    let warned = "200 OK\r\nAconite-Warning: one\r\nAconite-Warning: two";
    let (port, asked) = answer_one(warned, "{}");
    let seen = Client::new("aconite", port).piped(&["list"]);
    asked.join().unwrap();
    assert_eq!(
        (seen.code, seen.errors.as_str()),
        (0, "warning: one\nwarning: two\n")
    );

    // Scripts may compare the output of Toxiproxy's client.
    let (port, asked) = answer_one(warned, "{}");
    let seen = Client::new("toxiproxy-cli", port).piped(&["list"]);
    asked.join().unwrap();
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""));
}

#[test]
fn error_of_the_server_for_a_bad_body_is_printed() {
    let server = Server::start(&[]);
    let client = Client::new("toxiproxy-cli", server.port());
    let create = ["create", "-l", "127.0.0.1:0", "-u", "127.0.0.1:9", "web"];
    assert_eq!(client.piped(&create).code, 0);
    let add = ["toxic", "add", "-t", "latency", "-a", "latency=x", "web"];
    let seen = client.piped(&add);
    let body = r#"{"type": "latency", "attributes": {"latency": "x"}}"#;
    let error = server.api("POST", "/proxies/web/toxics", body).json();
    let error = error["error"].as_str().unwrap().to_owned();
    assert!(
        seen.errors.ends_with(&format!("HTTP 400: {error}\n\n")),
        "{seen:?}"
    );
}
