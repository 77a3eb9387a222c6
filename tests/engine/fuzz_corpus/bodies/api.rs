//! Arbitrary requests to the router, one after another, without a socket.
//!
//! A request is what HTTP makes of it, with newlines alone: `METHOD TARGET`, headers, an empty line,
//! the body. A line `%%` is between two requests.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::Pin;

use aconite::config::{check_config, read_config};
use aconite::control::{Control, Options};
use aconite::http::{Settings, router};
use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::Value;
use tower::Service;

use super::{tame, wait};

const MOST_REQUESTS: usize = 12;
const BODY_LIMIT: usize = 4096;

struct Answer {
    status: u16,
    kind: String,
    body: Vec<u8>,
}

pub fn run(data: &[u8]) {
    wait(async {
        let control = Control::new(Options::default()).unwrap();
        let mut settings = Settings::new("127.0.0.1:8474".parse().unwrap());
        settings.proxy_metrics = true;
        settings.body_limit = BODY_LIMIT;
        let mut api = router(control.clone(), settings);
        for part in requests(data).take(MOST_REQUESTS) {
            if let Some(request) = request(part) {
                check(part, &send(&mut api, request).await);
            }
        }
        check_whole(&mut api, &control).await;
        control.shutdown().await;
    });
}

fn requests(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    const BETWEEN: &[u8] = b"\n%%\n";
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let end = text.windows(BETWEEN.len()).position(|at| at == BETWEEN);
        rest = end.map(|end| &text[end + BETWEEN.len()..]);
        Some(end.map_or(text, |end| &text[..end]))
    })
}

/// None: no HTTP server would pass it on, or it would listen where it must not.
fn request(part: &[u8]) -> Option<Request<Body>> {
    let end = part.windows(2).position(|at| at == b"\n\n");
    let head = &part[..end.unwrap_or(part.len())];
    let body = end.map_or(&b""[..], |end| &part[end + 2..]);
    if !tame::is_harmless_body(body) {
        return None;
    }
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.splitn(2, |byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let target = Uri::try_from(words.next()?).ok()?;
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = method;
    *request.uri_mut() = target;
    let headers = request.headers_mut();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        headers.append(name, value);
    }
    headers
        .entry("host")
        .or_insert(HeaderValue::from_static("localhost:8474"));
    Some(request)
}

async fn send(api: &mut Router, request: Request<Body>) -> Answer {
    let (parts, mut body) = api.call(request).await.unwrap().into_parts();
    let kind = parts.headers.get("content-type");
    let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let body = match kind.as_str() {
        // Its answer may never end.
        "text/event-stream" => {
            let first = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
            first.unwrap().unwrap().into_data().unwrap().to_vec()
        }
        _ => to_bytes(body, usize::MAX).await.unwrap().to_vec(),
    };
    Answer {
        status: parts.status.as_u16(),
        kind,
        body,
    }
}

async fn get(api: &mut Router, path: &'static str) -> Answer {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::from_static(path);
    let host = HeaderValue::from_static("localhost:8474");
    request.headers_mut().insert("host", host);
    let answer = send(api, request).await;
    assert_eq!(answer.status, 200, "{path}");
    answer
}

fn check(part: &[u8], answer: &Answer) {
    let sent = part.escape_ascii();
    let text = String::from_utf8_lossy(&answer.body);
    // Toxiproxy's answer if an address cannot be listened on.
    let listens = ["listen tcp", "address ", "lookup "];
    let is_listen = || {
        let wrong = text.strip_prefix("{\"error\":\"").unwrap_or_default();
        listens.iter().any(|start| wrong.starts_with(start))
    };
    match answer.status {
        200..500 => {}
        500 if is_listen() => {}
        status => panic!("{status} {text:?} to {sent}"),
    }
    let is_error = answer.status >= 400 && text.starts_with('{');
    if is_error || answer.kind == "application/json" {
        let value: Value = serde_json::from_slice(&answer.body)
            .unwrap_or_else(|error| panic!("{error} in {text:?} to {sent}"));
        if is_error {
            assert!(value["error"].is_string(), "{text:?} to {sent}");
            assert_eq!(value["status"], answer.status, "{text:?} to {sent}");
        }
    }
}

/// Whatever was sent, the API can list its proxies, both as a list and as a config file that its
/// own check accepts.
async fn check_whole(api: &mut Router, control: &Control) {
    let list = get(api, "/proxies").await.body;
    let list: BTreeMap<String, Value> = serde_json::from_slice(&list).unwrap();
    for toxic in list
        .values()
        .flat_map(|one| one["toxics"].as_array().unwrap())
    {
        // Clients interpret them in no other way.
        let mut attributes = toxic["attributes"].as_object().unwrap().values();
        assert!(attributes.all(Value::is_i64), "{toxic}");
    }
    let config = get(api, "/config").await.body;
    let read: BTreeSet<_> = read_config(&config)
        .unwrap()
        .proxies
        .into_iter()
        .map(|one| one.name)
        .collect();
    // What belongs to a session may be removed at any time; everything else stays.
    let views = control.list().into_iter();
    let lasting = views
        .filter(|one| !one.created_in_session)
        .map(|one| Some(one.name));
    assert_eq!(read, lasting.collect());
    let text = String::from_utf8_lossy(&config);
    let fatal = check_config(&config).into_iter().find(|fault| fault.fatal);
    assert!(fatal.is_none(), "{text}: {fatal:?}");
    for passing in ["\"session\":", "\"expires_in\":", "\"active\":"] {
        assert!(!text.contains(passing), "{text}");
    }
    get(api, "/sessions").await;
    get(api, "/metrics").await;
}
