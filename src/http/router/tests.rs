//! The router as a whole, without a socket.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::Service;

use super::*;
use crate::control::Options;

mod access;

struct Answer {
    status: u16,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

fn settings() -> Settings {
    let listen = "127.0.0.1:8474".parse().unwrap();
    Settings {
        proxy_metrics: true,
        body_limit: 2000,
        ..Settings::new(listen)
    }
}

fn api() -> Router {
    api_with(settings())
}

fn api_with(settings: Settings) -> Router {
    router(Control::new(Options::default()).unwrap(), settings)
}

async fn send(router: &mut Router, mut request: Request<Body>) -> Answer {
    let host = axum::http::HeaderValue::from_static("localhost:8474");
    request.headers_mut().entry("host").or_insert(host);
    let (parts, body) = router.call(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn call(router: &mut Router, method: &str, target: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(target);
    let answer = send(router, request.body(Body::from(body.to_owned())).unwrap()).await;
    let server = format!("aconite/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.header("server"), Some(server.as_str()));
    answer
}

#[tokio::test]
async fn what_go_refuses_before_it_looks_is_refused() {
    let mut api = api();
    let bare = Request::builder().uri("/version").body(Body::empty());
    let answer = api.call(bare.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    for (name, value, status) in [
        ("host", "a b", 400),
        ("host", "a/b", 400),
        ("expect", "100-Continue", 200),
        ("expect", "miracles", 417),
    ] {
        let request = Request::builder().uri("/version").header(name, value);
        let answer = send(&mut api, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

const DISABLED: &str = r#"{"name":"w/b","upstream":"127.0.0.1:9","enabled":false}"#;

#[tokio::test]
async fn every_route_takes_its_methods_and_no_other() {
    let mut api = api();
    for Route {
        path: template,
        methods,
        is_toxiproxys,
        ..
    } in ROUTES
    {
        // A stream of events would not end; the other routes ignore the parameter.
        let path = template.replace(['{', '}'], "") + "?follow=false";
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
        ] {
            let answer = call(&mut api, method, &path, "").await;
            if methods.contains(&method) || *template == METRICS {
                assert_ne!(answer.status, 405, "{method} {path}");
                assert_ne!(answer.body, "404 page not found\n", "{method} {path}");
                assert_eq!(answer.header("x-toxiproxy-request-id").unwrap().len(), 20);
            } else if !is_toxiproxys {
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), Some(methods.join(", ").as_str()));
                let says = answer.body.contains(&methods.join(", "));
                assert!(says || method == "HEAD", "{method} {path}: {}", answer.body);
            } else {
                assert_eq!(
                    (answer.status, answer.body.as_str()),
                    (405, ""),
                    "{method} {path}"
                );
                for header in ["allow", "content-type", "x-toxiproxy-request-id"] {
                    assert_eq!(answer.header(header), None, "{method} {path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn unknown_paths_get_toxiproxys_404() {
    let mut api = api();
    for path in [
        "/",
        "/nope",
        "/Proxies",
        "/proxies/",
        "/proxies/a/",
        "/proxies/a/toxics/b/c",
    ] {
        let answer = call(&mut api, "POST", path, "{}").await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, "404 page not found\n"),
            "{path}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-toxiproxy-request-id"), None);
    }
    let mut off = api_with(Settings {
        proxy_metrics: false,
        ..settings()
    });
    assert_eq!(
        call(&mut off, "GET", "/metrics", "").await.body,
        "404 page not found\n"
    );
}

#[tokio::test]
async fn paths_are_read_before_they_are_matched() {
    let mut api = api();
    let answer = call(&mut api, "POST", "//proxies/./a%20b?c=d", "").await;
    assert_eq!((answer.status, answer.body.as_str()), (301, ""));
    assert_eq!(answer.header("location"), Some("/proxies/a%20b?c=d"));
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(call(&mut api, "GET", "/proxies/%zz", "").await.status, 400);
    assert_eq!(
        call(&mut api, "GET", "/%76ersion", "").await.body,
        "{\"version\": \"2.12.0\"}\n"
    );
}

#[tokio::test]
async fn a_proxy_from_birth_to_death() {
    let mut api = api();
    let body = r#"{"name":"a b","upstream":"u:1","listen":"l","enabled":false,"toxics":[]} junk"#;
    let answer = call(&mut api, "POST", "/proxies", body).await;
    let proxy = r#"{"name":"a b","listen":"l","upstream":"u:1","enabled":false,"toxics":[]}"#;
    assert_eq!((answer.status, answer.body.as_str()), (201, proxy));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-content-type-options"), None);
    assert_eq!(
        call(&mut api, "GET", "/proxies/a%20b", "").await.body,
        proxy
    );
    let answer = call(&mut api, "GET", "/proxies", "").await;
    assert_eq!(answer.body, format!("{{\"a b\":{proxy}}}"));
    let answer = call(&mut api, "DELETE", "/proxies/a%20b", "junk").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(call(&mut api, "GET", "/proxies", "").await.body, "{}");
}

#[tokio::test]
async fn a_toxic_from_birth_to_death() {
    let mut api = api();
    call(&mut api, "POST", "/proxies", &DISABLED.replace('/', "")).await;
    let toxic = |latency| {
        let attributes = format!("{{\"latency\":{latency},\"jitter\":0}}");
        let rest = r#""name":"t","type":"latency","stream":"downstream","toxicity":0.5"#;
        format!("{{\"attributes\":{attributes},{rest}}}")
    };
    let body = r#"{"type":"latency","name":"t","toxicity":0.5,"attributes":{"Latency":7}}"#;
    let answer = call(&mut api, "POST", "/proxies/wb/toxics", body).await;
    assert_eq!((answer.status, answer.body), (200, toxic(7)));
    let path = "/proxies/wb/toxics/t";
    for (method, latency) in [("PATCH", 8), ("POST", 9)] {
        let body = format!("{{\"attributes\":{{\"latency\":{latency}}},\"name\":5}}");
        let answer = call(&mut api, method, path, &body).await;
        assert_eq!((answer.status, answer.body), (200, toxic(latency)));
    }
    assert_eq!(call(&mut api, "GET", path, "").await.body, toxic(9));
    let answer = call(&mut api, "GET", "/proxies/wb/toxics", "").await;
    assert_eq!(answer.body, format!("[{}]", toxic(9)));
    assert_eq!(call(&mut api, "DELETE", path, "").await.status, 204);
    assert_eq!(
        call(&mut api, "GET", "/proxies/wb/toxics", "").await.body,
        "[]"
    );
}

#[tokio::test]
async fn bad_bodies_say_what_is_wrong() {
    let mut api = api();
    let answer = call(&mut api, "POST", "/proxies", "{\"enabled\":1}").await;
    assert_eq!(
        answer.body,
        "{\"error\":\"bad request body: enabled is 1, expected true or \
         false\",\"status\":400}\n"
    );
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let answer = call(&mut api, "POST", "/populate", "{}").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(
        answer.body.ends_with(",\"status\":400,\"proxies\":null}"),
        "{}",
        answer.body
    );
    let answer = call(&mut api, "POST", "/populate", "[]").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (201, "{\"proxies\":null}")
    );
}

#[tokio::test]
async fn what_is_missing_is_said_before_the_body_is_read() {
    let mut api = api();
    let large = " ".repeat(2001);
    for path in [
        "/proxies/none",
        "/proxies/none/toxics",
        "/proxies/none/toxics/t",
    ] {
        let answer = call(&mut api, "POST", path, &large).await;
        assert_eq!(
            answer.body, "{\"error\":\"proxy not found\",\"status\":404}\n",
            "{path}"
        );
    }
    call(&mut api, "POST", "/proxies", &DISABLED.replace('/', "")).await;
    let answer = call(&mut api, "PATCH", "/proxies/wb/toxics/t", "junk").await;
    assert_eq!(
        answer.body,
        "{\"error\":\"toxic not found\",\"status\":404}\n"
    );
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let mut api = api();
    let body = format!("{}{DISABLED}", " ".repeat(2000 - DISABLED.len()));
    assert_eq!(call(&mut api, "POST", "/proxies", &body).await.status, 201);
    let answer = call(&mut api, "POST", "/proxies", &format!(" {body}")).await;
    assert_eq!(answer.status, 413);
    assert!(
        answer.body.starts_with("{\"error\":\"bad request body: ") && answer.body.ends_with("}\n")
    );
}

#[tokio::test]
async fn browsers_and_foreign_hosts_are_refused() {
    let mut api = api();
    let mut ask = async |path: &str, name: &str, value: &str| {
        let request = Request::builder().uri(path).header(name, value);
        send(&mut api, request.body(Body::empty()).unwrap()).await
    };
    let answer = ask("/proxies/none", "user-agent", "Mozilla/5.0").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (403, "User agent not allowed\n")
    );
    assert!(answer.header("x-toxiproxy-request-id").is_some());
    assert_eq!(ask("/nope", "user-agent", "Mozilla/5.0").await.status, 404);
    assert_eq!(
        ask("/version", "user-agent", "mozilla/5.0").await.status,
        200
    );
    for path in ["/version", "/nope", "//"] {
        let answer = ask(path, "host", "evil.example:8474").await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("evil.example"), "{}", answer.body);
    }
    assert_eq!(ask("/version", "host", "toxiproxy:8474").await.status, 200);
}

#[tokio::test]
async fn metrics_and_the_contract_are_served() {
    let mut api = api();
    let answer = call(&mut api, "PUT", "/metrics", "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("text/plain; version=0.0.4; charset=utf-8"));
    let answer = call(&mut api, "GET", "/openapi.json", "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_ok());
}
