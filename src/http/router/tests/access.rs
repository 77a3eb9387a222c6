//! Tests of who may use the API, and which hosts it answers.

use super::*;

#[tokio::test]
async fn a_proxy_with_any_name_can_be_shown_and_deleted() {
    let mut api = api();
    for (name, path) in [
        ("a/b", "a%2Fb"),
        ("a/b/", "a%2fb%2F"),
        ("/", "%2F"),
        ("//", "%2F%2f"),
        (".", "%2E"),
        ("..", "%2e%2E"),
        ("../..", "..%2F.."),
        ("a/toxics", "a%2Ftoxics"),
        ("%2F", "%252F"),
        ("...", "..."),
    ] {
        let body = format!(r#"{{"name":"{name}","upstream":"u:1","enabled":false}}"#);
        let answer = call(&mut api, "POST", "/proxies", &body).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.body);
        let path = format!("/proxies/{path}");
        let answer = call(&mut api, "GET", &path, "").await;
        let shown = format!("{{\"name\":\"{name}\",");
        assert!(answer.body.starts_with(&shown), "{path}: {}", answer.body);
        let toxic = r#"{"type":"noop","name":"t/.."}"#;
        let answer = call(&mut api, "POST", &format!("{path}/toxics"), toxic).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let answer = call(&mut api, "DELETE", &format!("{path}/toxics/t%2F.."), "").await;
        assert_eq!(answer.status, 204, "{path}: {}", answer.body);
        assert_eq!(call(&mut api, "DELETE", &path, "").await.status, 204);
    }
    assert_eq!(call(&mut api, "GET", "/proxies", "").await.body, "{}");
}

#[tokio::test]
async fn the_token_is_asked_for_behind_what_gives_nothing_away() {
    let mut api = api_with(Settings {
        token: Some("secret".into()),
        ..settings()
    });
    let mut ask = async |method: &str, path: &str, header: (&str, &str)| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header.0, header.1);
        send(&mut api, request.body(Body::empty()).unwrap()).await
    };
    let nothing = ("accept", "*/*");
    assert_eq!(ask("GET", "/nope", nothing).await.status, 404);
    assert_eq!(ask("PUT", "/proxies", nothing).await.status, 405);
    let browser = ("user-agent", "Mozilla/5.0");
    assert_eq!(ask("GET", "/proxies", browser).await.status, 403);
    // Existing paths must not be revealed.
    for path in [
        "/proxies",
        "/proxies/none",
        "/version",
        "/metrics",
        "/events",
    ] {
        for header in [nothing, ("authorization", "Bearer secrets")] {
            let answer = ask("GET", path, header).await;
            let expected = "{\"error\":\"missing or invalid auth token\",\"status\":401}\n";
            assert_eq!((answer.status, answer.body.as_str()), (401, expected));
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    let token = ("authorization", "Bearer secret");
    // Without metrics the answer is the same, so that nobody learns whether they are enabled.
    let mut off = api_with(Settings {
        token: Some("secret".into()),
        proxy_metrics: false,
        ..settings()
    });
    let answer = call(&mut off, "GET", "/metrics", "").await;
    assert_eq!(answer.status, 401);
    assert_eq!(ask("GET", "/proxies/none", token).await.status, 404);
}

#[tokio::test]
async fn a_page_whose_name_is_rebound_is_refused_beyond_loopback() {
    let settings = |token: Option<&str>| Settings {
        allow_hosts: vec!["ui.example".into()],
        token: token.map(str::to_owned),
        ..Settings::new("0.0.0.0:8474".parse().unwrap())
    };
    let mut open = api_with(settings(None));
    let mut guarded = api_with(settings(Some("secret")));
    let request = |host: &str| {
        let request = Request::builder().method("POST").uri("/reset");
        let request = request.header("host", host).header("user-agent", "Other/1");
        let origin = format!("http://{host}");
        let request = request.header("origin", origin);
        let request = request.header("authorization", "Bearer secret");
        request.body(Body::empty()).unwrap()
    };
    for (host, status) in [
        ("evil.example", 403),
        ("ui.example:8474", 204),
        ("127.0.0.1:8474", 204),
        ("localhost", 204),
    ] {
        assert_eq!(
            send(&mut open, request(host)).await.status,
            status,
            "{host}"
        );
    }
    let answer = send(&mut open, request("evil.example")).await;
    assert!(answer.body.contains("--allow-host"), "{}", answer.body);
    let answer = send(&mut guarded, request("evil.example")).await;
    assert_eq!(answer.status, 204);
    // Programs send no `Origin`, and may use any host name.
    let plain = Request::builder()
        .uri("/version")
        .header("host", "toxi.example");
    let answer = send(&mut open, plain.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
}
