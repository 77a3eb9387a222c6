//! Values that are accepted although they are probably a mistake: a warning in a header and in the
//! log, and a 400 from a strict server.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::{Response, ScratchFile, Server};

const PROXY: &str = r#"{"name":"redis","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}"#;

fn warnings(answer: &Response) -> Vec<String> {
    let headers = answer.headers.iter();
    let named = headers.filter(|(name, _)| name.eq_ignore_ascii_case("aconite-warning"));
    named.map(|(_, value)| value.clone()).collect()
}

/// Requests that cause a warning, each with its text.
fn doubtful() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let post = "POST";
    let toxics = "/proxies/redis/toxics";
    let toxic = "/proxies/redis/toxics/slow";
    let proxy = |extra: Value| {
        let mut body = json!({"name": "n", "listen": "127.0.0.1:0", "upstream": "redis:6379"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    vec![
        (
            post,
            toxics,
            json!({"type": "latency", "latency": 100}),
            "\"attributes\": {\"latency\"",
        ),
        (
            post,
            toxics,
            json!({"type": "latency", "attributes": {"delay": 100}}),
            "attributes.delay",
        ),
        (
            post,
            toxics,
            json!({"type": "latency", "attributes": {"latncy": 1}}),
            "\"latency\"?",
        ),
        (
            post,
            toxics,
            json!({"type": "noop", "toxcity": 0.1}),
            "\"toxicity\"?",
        ),
        (
            post,
            toxics,
            json!({"type": "latency", "attributes": {"latency": -1}}),
            "-1",
        ),
        (
            "PATCH",
            toxic,
            json!({"attributes": {"delay": 100}}),
            "attributes.delay",
        ),
        (
            "PATCH",
            toxic,
            json!({"latency": 100}),
            "\"attributes\": {\"latency\"",
        ),
        (
            post,
            "/proxies",
            proxy(json!({"lisen": "127.0.0.1:1"})),
            "\"listen\"?",
        ),
        (
            post,
            "/proxies",
            proxy(json!({"listen": ""})),
            "random port on all interfaces",
        ),
        (
            post,
            "/proxies",
            proxy(json!({"upstream": "redis"})),
            "missing port",
        ),
        (
            post,
            "/proxies",
            proxy(json!({"upstream": "ftp://redis:6379"})),
            "without ftp://",
        ),
        (
            post,
            "/proxies",
            proxy(json!({"upstream": "redis:0"})),
            "port 0",
        ),
        (
            post,
            "/proxies",
            proxy(json!({"toxics": [{"type": "latency", "jiter": 1}]})),
            "toxics[0].jiter",
        ),
        (
            post,
            "/populate",
            json!([proxy(json!({"upstrem": "x:1"}))]),
            "[0].upstrem",
        ),
        (
            "PATCH",
            "/proxies/redis",
            json!({"enable": true}),
            "\"enabled\"?",
        ),
        (
            "PATCH",
            "/proxies/redis",
            json!({"upstream": "redis"}),
            "missing port",
        ),
    ]
}

fn prepared(args: &[&str]) -> Server {
    let server = Server::start(args);
    assert_eq!(server.api("POST", "/proxies", PROXY).status, 201);
    let slow = r#"{"type":"latency","name":"slow","attributes":{"latency":1}}"#;
    assert_eq!(
        server.api("POST", "/proxies/redis/toxics", slow).status,
        200
    );
    server
}

#[test]
fn doubtful_requests_are_taken_with_a_warning() {
    for (method, path, body, part) in doubtful() {
        let server = prepared(&[]);
        let answer = server.api(method, path, &body.to_string());
        assert!(answer.status < 300, "{body}: {}", answer.text());
        let told = warnings(&answer);
        assert!(
            told.len() == 1 && told[0].contains(part),
            "{body}: {told:?}"
        );
        let log = || server.log_text();
        let deadline = Instant::now() + Duration::from_secs(10);
        while !log().contains("can hardly mean") {
            assert!(Instant::now() < deadline, "{body}: {}", log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_strict_server_refuses_doubtful_requests() {
    let server = prepared(&["-strict"]);
    for (method, path, body, _) in doubtful() {
        let answer = server.api(method, path, &body.to_string());
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        let code = answer.header("aconite-error-code").unwrap();
        assert!(
            ["unknown_field", "invalid_value"].contains(&code.as_str()),
            "{body}: {code}"
        );
    }
    let listed = server.api("GET", "/proxies", "").json();
    assert_eq!(listed.as_object().unwrap().len(), 1, "{listed}");
}

#[test]
fn what_clients_send_back_and_comments_leave_no_doubt() {
    for args in [&[][..], &["-strict"]] {
        let server = prepared(args);
        let toxic = json!({"type": "noop", "duration": "1h", "start_after": "1ms", "every": "2h",
            "seed": 1, "replay": {"connection": 1}, "match": {"client": "::1"}, "_comment": "x",
            "Stream": "upstream"});
        let made = server.api("POST", "/proxies/redis/toxics", &toxic.to_string());
        assert_eq!(
            (made.status, warnings(&made)),
            (200, vec![]),
            "{}",
            made.text()
        );
        let back = server.api("PATCH", "/proxies/redis/toxics/noop_upstream", &made.text());
        assert_eq!(
            (back.status, warnings(&back)),
            (200, vec![]),
            "{}",
            back.text()
        );
        let mut shown = server.api("GET", "/proxies/redis", "").json();
        shown["Logger"] = json!({});
        for (method, path) in [("POST", "/proxies/redis"), ("PATCH", "/proxies/redis")] {
            let back = server.api(method, path, &shown.to_string());
            assert_eq!(
                (back.status, warnings(&back)),
                (200, vec![]),
                "{}",
                back.text()
            );
        }
        let back = server.api("POST", "/populate", &json!([shown]).to_string());
        assert_eq!(
            (back.status, warnings(&back)),
            (201, vec![]),
            "{}",
            back.text()
        );
    }
}

#[test]
fn a_refused_request_is_told_its_misspelt_fields_too() {
    let server = Server::start(&[]);
    let body = r#"{"name":"n","listen":"127.0.0.1:0","upstrem":"redis:6379"}"#;
    let answer = server.api("POST", "/proxies", body);
    assert_eq!(
        answer.text(),
        "{\"error\":\"missing required field: upstream\",\"status\":400}\n"
    );
    assert!(
        warnings(&answer)[0].contains("\"upstream\"?"),
        "{:?}",
        answer.headers
    );
}

#[test]
fn warnings_and_log_lines_of_one_request_are_bounded() {
    let server = Server::start(&[]);
    let toxics: Vec<Value> = (0..500)
        .map(|n| json!({"type": "noop", "name": n.to_string(), "x".repeat(5000): 1}))
        .collect();
    let body = json!({"name": "n", "listen": "127.0.0.1:0", "upstream": "x:1", "toxics": toxics});
    let answer = server.api("POST", "/proxies", &body.to_string());
    assert_eq!(answer.status, 201);
    let told = warnings(&answer);
    assert_eq!(told.len(), 8);
    assert!(told.iter().map(String::len).sum::<usize>() <= 4096);
    server.api("GET", "/version", "");
    let log = server.log_text();
    assert!(
        log.matches("can hardly mean").count() <= 1 && log.len() < 20_000,
        "{log}"
    );
}

#[test]
fn the_check_of_a_config_fails_where_listen_is_misspelt() {
    let file = ScratchFile::with(
        "json",
        r#"[{"name":"n","lisen":"127.0.0.1:1","upstream":"x:1"}]"#,
    );
    let mut check = Command::new(env!("CARGO_BIN_EXE_aconite"));
    let output = check
        .args(["config", "check", &file.path()])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("did you mean \"listen\"?"), "{told}");
    assert!(told.contains("error: [0].listen: it is missing"), "{told}");
}
