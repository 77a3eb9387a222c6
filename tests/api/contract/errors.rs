//! The headers of errors: a code for programs, a hint for people; bodies stay Toxiproxy's.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use aconite::http::ErrorCode;
use serde_json::{Value, json};

use super::document::Document;
use support::{Response, Server};

#[test]
fn codes_are_documented_in_openapi_and_in_the_api_page() {
    let document = Document::load();
    let listed = &document.root["components"]["headers"]["ErrorCode"]["schema"]["enum"];
    let listed: BTreeSet<&str> = listed.as_array().unwrap().iter().map(text).collect();
    let codes: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, listed);
    let document = include_str!("../../../docs/api.md");
    for code in codes {
        assert!(
            document.contains(&format!("`{code}`")),
            "docs/api.md lacks {code}"
        );
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A server with a proxy `redis` that has a toxic `slow`.
fn server() -> (Server, String) {
    let server = Server::start(&[]);
    let proxy = json!({"name": "redis", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
        "toxics": [{"type": "latency", "name": "slow"}]});
    let made = server.api("POST", "/proxies", &proxy.to_string());
    assert_eq!(made.status, 201, "{}", made.text());
    let listen = made.json()["listen"].as_str().unwrap().to_owned();
    (server, listen)
}

fn check(answer: &Response, (status, error, code): (u16, &str, &str), hints: &[&str]) {
    let what = format!("{} {:?}", answer.text(), answer.headers);
    let body = format!("{{\"error\":{},\"status\":{status}}}\n", json!(error));
    assert_eq!((answer.status, answer.text()), (status, body), "{what}");
    assert_eq!(
        answer.header("aconite-error-code").as_deref(),
        Some(code),
        "{what}"
    );
    let hint = answer.header("aconite-hint").unwrap_or_default();
    for part in hints {
        assert!(hint.contains(part), "no {part:?} in {what}");
    }
}

#[test]
fn what_is_not_found_is_named_with_its_nearest() {
    let (server, _) = server();
    let no_proxy = (404, "proxy not found", "proxy_not_found");
    let no_toxic = (404, "toxic not found", "toxic_not_found");
    let ask = |method: &str, path: &str| server.api(method, path, "{}");
    check(
        &ask("GET", "/proxies/redsi"),
        no_proxy,
        &["\"redsi\"", "\"redis\"?"],
    );
    check(
        &ask("DELETE", "/proxies/kafka"),
        no_proxy,
        &["\"kafka\"", "there are: \"redis\""],
    );
    check(
        &ask("POST", "/proxies/redis/toxics/slwo"),
        no_toxic,
        &["\"redis\"", "\"slwo\"", "\"slow\"?"],
    );
    check(
        &ask("GET", "/proxies/redis/toxics/x"),
        no_toxic,
        &["there are: \"slow\""],
    );
    check(
        &ask("DELETE", "/sessions/s"),
        (404, "session not found", "session_not_found"),
        &["\"s\"", "POST /sessions"],
    );
    check(
        &ask("GET", "/proxies/redis/connections/x"),
        (404, "connection not found", "connection_not_found"),
        &["\"redis\"", "\"x\""],
    );
}

#[test]
fn a_session_that_a_body_names_and_that_does_not_exist_has_the_code_of_a_session() {
    let (server, _) = server();
    let toxic = r#"{"type": "noop", "name": "n", "session": "s"}"#;
    let answer = server.api("POST", "/proxies/redis/toxics", toxic);
    assert_eq!(answer.status, 400);
    let code = answer.header("aconite-error-code");
    assert_eq!(code.as_deref(), Some("session_not_found"));
}

#[test]
fn a_hint_is_one_line_whatever_the_name() {
    let (server, _) = server();
    let answer = server.api("GET", "/proxies/a%0D%0AX-Evil:%201%C3%BC", "");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("x-evil"), None);
    let hint = answer.header("aconite-hint").unwrap();
    assert!(hint.is_ascii() && hint.contains("%C3%BC"), "{hint}");
    let long = server.api("GET", &format!("/proxies/{}", "n".repeat(9000)), "");
    assert!(long.header("aconite-hint").unwrap().len() <= 1024);
}

#[test]
fn a_port_in_use_is_told_with_its_holder() {
    let (server, listen) = server();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = held.local_addr().unwrap().to_string();
    let api = server.api_addr().to_string();
    for (listen, parts) in [
        (&listen, ["proxy \"redis\" listens", "another port"]),
        (&api, ["API of this server", "another port"]),
        (&elsewhere, ["another process", "ss -ltnp"]),
    ] {
        let new = json!({"name": "n", "listen": listen, "upstream": "127.0.0.1:9"});
        let answer = server.api("POST", "/proxies", &new.to_string());
        let error = format!("listen tcp {listen}: bind: address already in use");
        check(&answer, (500, &error, "address_in_use"), &parts);
    }
    drop(held);
    let new = json!({"name": "n", "listen": "192.0.2.1:0", "upstream": "127.0.0.1:9"});
    let answer = server.api("POST", "/proxies", &new.to_string());
    let code = answer.header("aconite-error-code");
    assert_eq!(code.as_deref(), Some("address_not_available"));
    let hint = answer.header("aconite-hint").unwrap();
    assert!(
        hint.contains("no interface") && !hint.contains("stop"),
        "{hint}"
    );
}

#[test]
fn a_refused_toxic_is_told_what_would_be_taken() {
    let (server, _) = server();
    let post = |body: &str| server.api("POST", "/proxies/redis/toxics", body);
    let kind = (400, "invalid toxic type", "invalid_toxic_type");
    check(
        &post(r#"{"type":"latancy"}"#),
        kind,
        &["\"latancy\"", "\"latency\"?", "slicer"],
    );
    check(&post("{}"), kind, &["\"type\" is missing", "bandwidth"]);
    let stream = "stream was invalid, can be either upstream or downstream";
    check(
        &post(r#"{"type":"noop","stream":"upsteam"}"#),
        (400, stream, "invalid_stream"),
        &["\"upsteam\"", "\"upstream\"?"],
    );
    check(
        &post(r#"{"type":"noop","name":"slow"}"#),
        (409, "toxic already exists", "toxic_exists"),
        &["\"slow\""],
    );
    let list = r#"[{"name":"a","upstream":"x:1","enabled":false,"toxics":[{"type":"nop"}]}]"#;
    let refused = server.api("POST", "/populate", list);
    let code = refused.header("aconite-error-code");
    assert_eq!(code.as_deref(), Some("invalid_toxic_type"));
    let hint = refused.header("aconite-hint").unwrap();
    assert!(hint.starts_with("entry 1: toxics[0]: \"nop\""), "{hint}");
}

#[test]
fn a_body_that_is_not_json_is_told_where() {
    let (server, _) = server();
    let post = |body: &str| server.api("POST", "/proxies", body);
    for (body, code, part) in [
        ("", "empty_body", "send an object"),
        ("{\"name\":", "invalid_json", "line 1 column"),
        ("name=redis", "invalid_json", "must be JSON"),
        (
            r#"{"enabled":"true"}"#,
            "wrong_type",
            "write true without quotes",
        ),
    ] {
        let answer = post(body);
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.header("aconite-error-code").as_deref(),
            Some(code),
            "{body}"
        );
        let hint = answer.header("aconite-hint").unwrap_or_default();
        assert!(hint.contains(part), "{body}: {hint}");
    }
}

#[test]
fn an_attribute_of_another_form_is_told_how_it_is_written() {
    let (server, _) = server();
    for (body, part) in [
        (
            r#"{"type":"latency","attributes":{"latency":"100"}}"#,
            "write 100",
        ),
        (
            r#"{"type":"latency","attributes":{"latency":"1.5s"}}"#,
            "write 1500",
        ),
        (
            r#"{"type":"latency","attributes":{"latency":100.0}}"#,
            "write 100",
        ),
        (r#"{"type":"slicer"}"#, "\"average_size\": 64"),
        // Nothing near it is a whole number of milliseconds, so nothing is proposed.
        (r#"{"type":"latency","attributes":{"latency":9.5e18}}"#, ""),
    ] {
        let answer = server.api("POST", "/proxies/redis/toxics", body);
        let code = answer.header("aconite-error-code");
        assert_eq!(
            (answer.status, code.as_deref()),
            (400, Some("invalid_value"))
        );
        let hint = answer.header("aconite-hint").unwrap_or_default();
        assert!(hint.contains(part), "{body}: {hint}");
        assert_eq!(hint.is_empty(), part.is_empty(), "{body}: {hint}");
    }
}

#[test]
fn a_failed_request_is_logged_with_its_error() {
    let (server, listen) = server();
    let new = json!({"name": "n", "listen": listen, "upstream": "127.0.0.1:9"});
    assert_eq!(server.api("POST", "/proxies", &new.to_string()).status, 500);
    let deadline = Instant::now() + Duration::from_secs(20);
    let failed = loop {
        let log = server.log_text();
        if let Some(line) = log.lines().find(|line| line.contains("request failed")) {
            break line.to_owned();
        }
        assert!(Instant::now() < deadline, "{log}");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(failed.contains("address already in use"), "{failed}");
}

#[test]
fn the_root_and_metrics_that_are_off_are_told_what_helps() {
    let (server, _) = server();
    for (path, part) in [("/", "GET /proxies"), ("/metrics", "-proxy-metrics")] {
        let answer = server.api("GET", path, "");
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, b"404 page not found\n");
        let hint = answer.header("aconite-hint").unwrap();
        assert!(hint.contains(part), "{path}: {hint}");
    }
}

#[test]
fn an_update_that_cannot_listen_is_told_what_became_of_the_proxy() {
    let (server, _) = server();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = held.local_addr().unwrap().to_string();
    let change = json!({"listen": listen}).to_string();
    let answer = server.api("POST", "/proxies/redis", &change);
    assert_eq!(answer.status, 500);
    let hint = answer.header("aconite-hint").unwrap();
    assert!(
        hint.ends_with("Proxy \"redis\" is disabled now, with that address"),
        "{hint}"
    );
}
