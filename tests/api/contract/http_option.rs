//! The option `http` of a proxy and URLs as upstreams: what is accepted, what is shown, what restarts.

use serde_json::{Value, json};

use support::{Request, Server, free_port};

fn ask(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        body: if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        },
        ..Request::default()
    };
    let answer = server
        .request(&request, std::time::Duration::from_secs(10))
        .unwrap();
    let value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status, value)
}

fn proxy(name: &str, upstream: &str, http: Option<Value>) -> Value {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut proxy = json!({"name": name, "listen": listen, "upstream": upstream});
    if let Some(http) = http {
        proxy["http"] = http;
    }
    proxy
}

#[test]
fn http_is_shown_as_given_and_only_if_it_is_set() {
    let server = Server::start(&[]);
    let host = json!({"host": "api.internal:8080"});
    let both = json!({"host": "[::1]", "locations": false});
    for (index, (upstream, given, shown)) in [
        ("127.0.0.1:1", None, Value::Null),
        ("127.0.0.1:1", Some(Value::Null), Value::Null),
        ("127.0.0.1:1", Some(json!(false)), Value::Null),
        ("127.0.0.1:1", Some(json!(true)), json!(true)),
        ("127.0.0.1:1", Some(json!({})), json!(true)),
        ("127.0.0.1:1", Some(host.clone()), host),
        ("echo:", Some(both.clone()), both),
        ("http://127.0.0.1:1", None, Value::Null),
        ("HTTP://localhost", Some(json!(true)), json!(true)),
        ("http://[::1]:80/", None, Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("p{index}");
        let (status, made) = ask(&server, "POST", "/proxies", &proxy(&name, upstream, given));
        assert_eq!(
            (status, &made["upstream"]),
            (201, &json!(upstream)),
            "{made}"
        );
        assert_eq!(made["http"], shown, "{made}");
        assert_eq!(made.get("http").is_some(), !shown.is_null(), "{made}");
        let (_, read) = ask(&server, "GET", &format!("/proxies/{name}"), &Value::Null);
        assert_eq!(read, made);
    }
    // A server with the exported file has the same proxies.
    let (_, exported) = ask(&server, "GET", "/config", &Value::Null);
    let again = Server::start(&[]);
    let (status, _) = ask(
        &again,
        "POST",
        "/populate",
        &with_free_ports(exported.clone()),
    );
    assert_eq!(status, 201);
    let (_, twice) = ask(&again, "GET", "/config", &Value::Null);
    let settings = |list: &Value| -> Vec<(Value, Value)> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| (one["upstream"].clone(), one["http"].clone()))
            .collect()
    };
    assert_eq!(settings(&exported), settings(&twice));
}

fn with_free_ports(mut list: Value) -> Value {
    for one in list.as_array_mut().unwrap() {
        one["listen"] = format!("127.0.0.1:{}", free_port()).into();
    }
    list
}

#[test]
fn a_value_that_cannot_be_used_is_refused_with_its_key_and_changes_nothing() {
    let server = Server::start(&[]);
    let before = proxy("p", "127.0.0.1:1", Some(json!(true)));
    assert_eq!(ask(&server, "POST", "/proxies", &before).0, 201);
    let (_, before) = ask(&server, "GET", "/proxies/p", &Value::Null);
    for (key, value, part) in [
        (
            "http",
            json!(1),
            "http is 1, expected true, false, or an object",
        ),
        ("http", json!("on"), "http is \"on\", expected"),
        (
            "http",
            json!({"hots": "a"}),
            "http is {\"hots\":\"a\"}, expected",
        ),
        (
            "http",
            json!({"host": 1}),
            "http.host is 1, expected a string",
        ),
        (
            "http",
            json!({"host": ""}),
            "http.host is \"\": give a host",
        ),
        (
            "http",
            json!({"host": "a/b"}),
            "http.host is \"a/b\": give a host",
        ),
        (
            "http",
            json!({"host": "a\r\nX: y"}),
            "http.host is \"a\\r\\nX: y\": give a host",
        ),
        (
            "http",
            json!({"locations": 0}),
            "http.locations is 0, expected true or false",
        ),
        (
            "upstream",
            json!("http://a/v1"),
            "leave the path to the client: OPENAI_BASE_URL=",
        ),
        (
            "upstream",
            json!("http://a?b"),
            "upstream is \"http://a?b\": ",
        ),
        (
            "upstream",
            json!("http://u:secret@a"),
            "upstream is \"http://…@a\": ",
        ),
        (
            "upstream",
            json!("https://a"),
            "TLS to the upstream is not there yet",
        ),
        ("upstream", json!("http://a:0"), "from 1 to 65535"),
    ] {
        let mut new = proxy("n", "127.0.0.1:1", None);
        new[key] = value.clone();
        let change = json!({key: value});
        for (method, path, body) in [
            ("POST", "/proxies", new.clone()),
            ("POST", "/populate", json!([new])),
            ("PATCH", "/proxies/p", change),
        ] {
            let (status, refused) = ask(&server, method, path, &body);
            let text = refused["error"].as_str().unwrap_or_default();
            assert!(
                status == 400 && text.contains(part),
                "{method} {body}: {refused}"
            );
        }
    }
    let mut off = proxy("n", "http://a", Some(json!(false)));
    let (status, refused) = ask(&server, "POST", "/proxies", &off);
    let text = refused["error"].as_str().unwrap_or_default();
    assert!(
        status == 400 && text.contains("http is false: the upstream is a URL"),
        "{refused}"
    );
    off["http"] = Value::Null;
    assert_eq!(ask(&server, "POST", "/proxies", &off).0, 201);
    assert_eq!(
        ask(&server, "PATCH", "/proxies/n", &json!({"http": false})).0,
        400
    );
    assert_eq!(ask(&server, "GET", "/proxies/p", &Value::Null).1, before);
}

#[test]
fn an_update_sets_and_clears_it_and_a_populate_that_does_not_name_it_keeps_it() {
    let server = Server::start(&[]);
    let new = proxy("p", "127.0.0.1:1", None);
    assert_eq!(ask(&server, "POST", "/proxies", &new).0, 201);
    let toxic = json!({"type": "noop", "name": "t"});
    assert_eq!(ask(&server, "POST", "/proxies/p/toxics", &toxic).0, 200);
    let update = |change: Value| {
        let (status, shown) = ask(&server, "PATCH", "/proxies/p", &change);
        assert_eq!(status, 200, "{shown}");
        assert_eq!(shown["toxics"].as_array().unwrap().len(), 1, "{shown}");
        shown["http"].clone()
    };
    assert_eq!(update(json!({"http": true})), json!(true));
    assert_eq!(update(json!({"http": null})), json!(true));
    assert_eq!(update(json!({"enabled": true})), json!(true));
    assert_eq!(update(json!({"http": {"host": "a"}})), json!({"host": "a"}));
    let (status, kept) = ask(&server, "POST", "/populate", &json!([new]));
    assert_eq!(status, 201);
    assert_eq!(kept["proxies"][0]["http"], json!({"host": "a"}));
    assert_eq!(kept["proxies"][0]["toxics"].as_array().unwrap().len(), 1);
    assert_eq!(update(json!({"http": false})), Value::Null);
    let mut other = new.clone();
    other["http"] = json!(true);
    let (_, replaced) = ask(&server, "POST", "/populate", &json!([other]));
    assert_eq!(replaced["proxies"][0]["http"], json!(true));
}
