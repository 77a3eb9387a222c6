//! What depends on how the server was started: `/version` and `/metrics` with their flags, the
//! token, a config file made by `/config`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::document::Document;
use support::child::Process;
use support::server::command;
use support::{Request, Response, ScratchFile, Server, free_port, http, upstream};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[test]
fn version_is_toxiproxys_and_the_server_header_names_aconite() {
    for flags in [
        [].as_slice(),
        &["-proxy-metrics", "-runtime-metrics", "-strict"],
    ] {
        let answer = Server::start(flags).api("GET", "/version", "");
        assert_eq!(answer.text(), "{\"version\": \"2.12.0\"}\n");
        let own = concat!("aconite/", env!("CARGO_PKG_VERSION"));
        assert_eq!(answer.header("server").as_deref(), Some(own));
    }
}

#[test]
fn without_flags_there_are_no_metrics() {
    let (document, server) = (Document::load(), Server::start(&[]));
    let answer = server.api("GET", "/metrics", "");
    let documented = &document.operation("/metrics", "GET")["responses"]["404"]["content"];
    let kind = answer.header("content-type").unwrap();
    assert_eq!(answer.status, 404);
    document.check(
        &documented[&kind]["schema"],
        &answer.text().into(),
        "/metrics",
    );
}

/// The metrics of a server with these flags, after five bytes were sent in each direction.
fn metrics(flags: &[&str]) -> String {
    let (server, echo) = (Server::start(flags), upstream::echo());
    let body = json!({"name": "p", "listen": "127.0.0.1:0", "upstream": echo.addr()});
    let proxy = server.api("POST", "/proxies", &body.to_string()).json();
    let listen = proxy["listen"].as_str().unwrap().to_owned();
    let mut client = TcpStream::connect(&listen).unwrap();
    client.write_all(b"bytes").unwrap();
    client.read_exact(&mut [0; 5]).unwrap();
    drop(client);
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let answer = server.api("GET", "/metrics", "");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type").as_deref(), Some(TEXT));
        let text = answer
            .text()
            .replace(&listen, "LISTEN")
            .replace(&echo.addr(), "UP");
        let counted = text.matches("} 5").count() == 4;
        let of_proxies = flags.contains(&"-proxy-metrics");
        if counted || !of_proxies || Instant::now() > deadline {
            return text;
        }
    }
}

#[test]
fn each_flag_shows_its_own_metrics() {
    let of_proxies = metrics(&["-proxy-metrics"]);
    for what in ["received", "sent"] {
        let name = format!("toxiproxy_proxy_{what}_bytes_total");
        assert!(
            of_proxies.contains(&format!("# TYPE {name} counter\n")),
            "{of_proxies}"
        );
        for direction in ["upstream", "downstream"] {
            let labels = format!(
                "{{direction=\"{direction}\",listener=\"LISTEN\",proxy=\"p\",upstream=\"UP\"}} 5\n"
            );
            assert!(
                of_proxies.contains(&format!("{name}{labels}")),
                "{of_proxies}"
            );
        }
    }
    assert!(!of_proxies.contains("process_"), "{of_proxies}");
    let of_process = metrics(&["-runtime-metrics"]);
    assert!(
        !of_process.contains("toxiproxy_proxy_received_bytes_total{"),
        "{of_process}"
    );
    let both = metrics(&["-runtime-metrics", "--proxy-metrics"]);
    assert!(both.contains("toxiproxy_proxy_sent_bytes_total{"), "{both}");
    if cfg!(target_os = "linux") {
        for text in [of_process, both] {
            assert!(text.contains("\nprocess_open_fds "), "{text}");
        }
    }
}

#[test]
fn scrapes_are_counted_under_the_names_of_promhttp() {
    let server = Server::start(&["-runtime-metrics"]);
    for scrapes in 0..3 {
        let text = server.api("GET", "/metrics", "").text();
        for line in [
            format!("promhttp_metric_handler_requests_total{{code=\"200\"}} {scrapes}"),
            "promhttp_metric_handler_requests_total{code=\"500\"} 0".to_owned(),
            "promhttp_metric_handler_requests_in_flight 1".to_owned(),
            "promhttp_metric_handler_errors_total{cause=\"gathering\"} 0".to_owned(),
        ] {
            assert!(text.contains(&format!("\n{line}\n")), "{line}: {text}");
        }
        assert!(!text.contains("\ngo_"), "there is no Go runtime: {text}");
    }
    let of_proxies = metrics(&["-proxy-metrics"]);
    assert!(!of_proxies.contains("promhttp_"), "{of_proxies}");
}

#[test]
fn what_config_shows_makes_the_same_proxies_again() {
    let server = Server::start(&[]);
    for (name, enabled) in [("a", true), ("off", false)] {
        // No other process's connection may take the port in between.
        let listen = format!("127.0.0.1:{}", free_port());
        let body = json!({"name": name, "listen": listen, "upstream": "127.0.0.1:9",
            "enabled": enabled, "toxics": [{"type": "slicer", "toxicity": 0.5, "stream": "upstream",
            "attributes": {"average_size": 5}}, {"type": "latency"}, {"type": "noop", "seed": 7,
            "duration": "24h", "start_after": "12h", "replay": {"connection": 17},
            "match": {"client": "10.0.0.0/8"}}], "seed": u64::MAX});
        assert_eq!(
            server.api("POST", "/proxies", &body.to_string()).status,
            201
        );
    }
    let (before, config) = (proxies(&server), server.api("GET", "/config", ""));
    assert!(config.text().ends_with("]\n"), "{}", config.text());
    drop(server);
    for text in [config.text(), format!("{{\"proxies\": {}}}", config.text())] {
        let file = ScratchFile::with("json", &text);
        let again = Server::start(&["-config", &file.path()]);
        assert_eq!(proxies(&again), before);
    }
}

/// All proxies, without the times that change.
fn proxies(server: &Server) -> Value {
    let mut proxies = server.api("GET", "/proxies", "").json();
    for proxy in proxies.as_object_mut().unwrap().values_mut() {
        for toxic in proxy["toxics"].as_array_mut().unwrap() {
            let passing = toxic.as_object_mut().unwrap().remove("expires_in");
            assert_eq!(passing.is_some(), toxic["type"] == "noop");
        }
    }
    proxies
}

/// A server with a token.
struct Guarded {
    _process: Process,
    address: SocketAddr,
}

impl Guarded {
    fn start(token: &str) -> Self {
        let port = free_port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut command = command();
        command
            .args(["-host", "127.0.0.1", "-port", &port.to_string()])
            .env("TOXIPROXY_AUTH_TOKEN", token)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = Process::start(&mut command);
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "no API at {address}");
            thread::sleep(Duration::from_millis(5));
        }
        Self {
            _process: process,
            address,
        }
    }

    fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Response {
        let header = authorization.map(|value| ("Authorization".to_owned(), value.to_owned()));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: header.into_iter().collect(),
            ..Request::default()
        };
        http::exchange(self.address, &request, Duration::from_secs(10)).unwrap()
    }
}

#[test]
fn a_token_is_asked_for_on_every_route() {
    let (document, server) = (Document::load(), Guarded::start("secret"));
    for (path, method) in document.operations() {
        let answers = &document.operation(&path, &method)["responses"];
        let documented = document.resolve(&answers["401"]);
        // The event stream would never end; the other routes ignore this parameter.
        let path = format!("{path}?follow=false");
        for wrong in [
            None,
            Some("Bearer secre"),
            Some("Basic secret"),
            Some("secret"),
        ] {
            let answer = server.ask(&method, &path, wrong);
            assert_eq!(answer.status, 401, "{method} {path} {wrong:?}");
            let kind = answer.header("content-type").unwrap();
            let schema = &documented["content"][&kind]["schema"];
            document.check(schema, &answer.text().into(), &path);
            document.check(&schema["contentSchema"], &answer.json(), &path);
            for (name, header) in documented["headers"].as_object().unwrap() {
                let value = answer.header(name).unwrap_or_else(|| panic!("no {name}"));
                document.check(&document.resolve(header)["schema"], &value.into(), &path);
            }
        }
        let answer = server.ask(&method, &path, Some("Bearer secret"));
        assert_ne!(answer.status, 401, "{method} {path}");
    }
}

#[test]
fn a_wrong_token_is_not_a_missing_one() {
    let server = Guarded::start("secret");
    for (token, code, part) in [
        (None, "token_missing", "has no token"),
        (Some("Bearer wrong"), "token_wrong", "not the server's"),
    ] {
        let answer = server.ask("GET", "/proxies", token);
        assert_eq!(answer.header("aconite-error-code").as_deref(), Some(code));
        let hint = answer.header("aconite-hint").unwrap();
        assert!(hint.contains(part), "{hint}");
    }
}
