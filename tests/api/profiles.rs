//! Network profiles over the API: putting one on, replacing it, what takes it off, and config files.

mod files;
mod switching;
mod table;

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Response, Server};

/// A server with a disabled proxy `p`.
fn with_proxy() -> Server {
    let server = Server::start(&[]);
    let proxy = json!({"name": "p", "upstream": "127.0.0.1:9", "enabled": false});
    done(&server, "POST", "/proxies", &proxy);
    server
}

fn call(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    server.api(method, path, &body)
}

/// Sends a request that must succeed.
fn done(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let answer = call(server, method, path, body);
    assert!(answer.status < 300, "{method} {path}: {}", answer.text());
    answer
}

fn put(server: &Server, body: &Value) -> Value {
    done(server, "PUT", "/proxies/p/profile", body).json()
}

fn shown(server: &Server) -> Value {
    server.api("GET", "/proxies/p", "").json()
}

fn names(toxics: &Value) -> Vec<&str> {
    let toxics = toxics.as_array().unwrap().iter();
    toxics
        .map(|toxic| toxic["name"].as_str().unwrap())
        .collect()
}

const OF_3G: [&str; 4] = [
    "profile_bandwidth_upstream",
    "profile_latency_upstream",
    "profile_bandwidth_downstream",
    "profile_latency_downstream",
];

/// Whether the proxy has no profile and no toxic of one.
fn is_off(server: &Server) -> bool {
    let proxy = shown(server);
    let none = !names(&proxy["toxics"])
        .iter()
        .any(|name| name.starts_with("profile_"));
    let status = server.api("GET", "/proxies/p/profile", "").status;
    assert_eq!(proxy["profile"].is_null(), status == 404, "{proxy}");
    none && status == 404
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "it does not happen");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_profile_is_ordinary_toxics_with_its_name_beside_them() {
    let server = with_proxy();
    assert!(is_off(&server));
    done(
        &server,
        "POST",
        "/proxies/p/toxics",
        &json!({"type": "noop", "name": "mine"}),
    );
    let put = put(&server, &json!({"name": "3g"}));
    assert_eq!(put["name"], "3g");
    assert_eq!(put["missing"], json!([]));
    assert_eq!(put["changed"], json!([]));
    assert!(put["source"].as_str().unwrap().contains("WebPageTest"));
    let proxy = shown(&server);
    assert_eq!(proxy["profile"], "3g");
    assert_eq!(names(&put["toxics"]), OF_3G);
    let all = [
        "profile_bandwidth_upstream",
        "profile_latency_upstream",
        "mine",
        "profile_bandwidth_downstream",
        "profile_latency_downstream",
    ];
    assert_eq!(names(&proxy["toxics"]), all);
    assert_eq!(proxy["toxics"][4], put["toxics"][3]);
    assert_eq!(
        put["toxics"][3]["attributes"],
        json!({"latency": 150, "jitter": 50})
    );
    assert_eq!(server.api("GET", "/proxies/p/profile", "").json(), put);
    done(&server, "DELETE", "/proxies/p/profile", &Value::Null);
    assert!(is_off(&server));
    assert_eq!(names(&shown(&server)["toxics"]), ["mine"]);
    assert_eq!(server.api("DELETE", "/proxies/p/profile", "").status, 404);
}

#[test]
fn the_list_shows_what_a_proxy_gets() {
    let server = with_proxy();
    let list = server.api("GET", "/profiles", "").json();
    let list = list["profiles"].as_array().unwrap();
    assert!(list.len() >= 11);
    for profile in list {
        let put = put(&server, &json!({"name": profile["name"]}));
        let sides = ["upstream", "downstream"].map(|side| profile[side].as_array().unwrap());
        let listed: Vec<&Value> = sides.into_iter().flatten().collect();
        let toxics = put["toxics"].as_array().unwrap();
        assert_eq!(toxics.len(), listed.len());
        for (toxic, listed) in toxics.iter().zip(listed) {
            for field in ["type", "toxicity", "attributes"] {
                assert_eq!(toxic[field], listed[field], "{profile}");
            }
            // Clients that list toxics know these kinds, and read whole numbers.
            let is_known = ["latency", "bandwidth"].contains(&toxic["type"].as_str().unwrap());
            assert!(
                is_known,
                "{profile}: say in docs/profiles.md which clients fail"
            );
        }
    }
}

#[test]
fn a_name_that_is_taken_is_a_conflict_that_names_it_and_changes_nothing() {
    let server = with_proxy();
    put(&server, &json!({"name": "4g"}));
    let taken = json!({"type": "noop", "name": "profile_bandwidth_upstream", "stream": "upstream"});
    assert_eq!(
        call(&server, "POST", "/proxies/p/toxics", &taken).status,
        409
    );
    done(&server, "DELETE", "/proxies/p/profile", &Value::Null);
    done(&server, "POST", "/proxies/p/toxics", &taken);
    let before = shown(&server);
    let answer = call(&server, "PUT", "/proxies/p/profile", &json!({"name": "3g"}));
    assert_eq!(answer.status, 409);
    assert_eq!(
        answer.header("aconite-error-code").as_deref(),
        Some("toxic_exists")
    );
    assert!(
        answer.text().contains("profile_bandwidth_upstream"),
        "{}",
        answer.text()
    );
    assert_eq!(shown(&server), before);
    // A profile without that toxic has no need of the name.
    put(&server, &json!({"name": "cross-region-near"}));
    assert_eq!(
        call(&server, "PUT", "/proxies/p/profile", &json!({"name": "3g"})).status,
        409
    );
    assert_eq!(shown(&server)["profile"], "cross-region-near");
}

#[test]
fn what_was_changed_by_hand_is_told_and_the_last_toxic_takes_the_profile_with_it() {
    let server = with_proxy();
    put(&server, &json!({"name": "3g"}));
    let change = json!({"attributes": {"latency": 500}});
    done(
        &server,
        "POST",
        "/proxies/p/toxics/profile_latency_upstream",
        &change,
    );
    done(
        &server,
        "DELETE",
        "/proxies/p/toxics/profile_bandwidth_upstream",
        &Value::Null,
    );
    // A toxic that gets the name of a removed one does not belong to the profile.
    let other = json!({"type": "noop", "name": "profile_bandwidth_upstream"});
    done(&server, "POST", "/proxies/p/toxics", &other);
    let left = server.api("GET", "/proxies/p/profile", "").json();
    assert_eq!(names(&left["toxics"]), OF_3G[1..]);
    assert_eq!(left["missing"], json!(["profile_bandwidth_upstream"]));
    assert_eq!(left["changed"], json!(["profile_latency_upstream"]));
    for name in &OF_3G[1..] {
        assert_eq!(shown(&server)["profile"], "3g");
        done(
            &server,
            "DELETE",
            &format!("/proxies/p/toxics/{name}"),
            &Value::Null,
        );
    }
    assert!(shown(&server)["profile"].is_null());
    assert_eq!(server.api("GET", "/proxies/p/profile", "").status, 404);
    assert_eq!(
        names(&shown(&server)["toxics"]),
        ["profile_bandwidth_upstream"]
    );
}

#[test]
fn a_reset_a_session_and_a_duration_take_a_profile_off() {
    let server = with_proxy();
    for reset in ["/reset?proxy=p", "/reset"] {
        put(&server, &json!({"name": "3g"}));
        assert!(!is_off(&server));
        // The proxy is disabled, and its upstream does not matter.
        done(&server, "POST", reset, &Value::Null);
        assert!(is_off(&server));
        assert_eq!(server.api("DELETE", "/proxies/p/profile", "").status, 404);
    }
    done(
        &server,
        "POST",
        "/sessions",
        &json!({"name": "s", "ttl": "1h"}),
    );
    let put_on = put(&server, &json!({"name": "3g", "session": "s"}));
    for toxic in put_on["toxics"].as_array().unwrap() {
        assert_eq!(toxic["session"], "s");
    }
    done(&server, "DELETE", "/sessions/s", &Value::Null);
    assert!(is_off(&server));
    let put_on = put(&server, &json!({"name": "dsl", "duration": "100ms"}));
    assert_eq!(put_on["toxics"][0]["duration"], "100ms");
    wait_until(|| server.api("GET", "/proxies/p/profile", "").status == 404);
    assert!(is_off(&server));
    // Who put it on cannot know that it has expired.
    assert_eq!(server.api("DELETE", "/proxies/p/profile", "").status, 204);
}

#[test]
fn a_session_replaces_no_profile_that_it_did_not_put_on() {
    let server = with_proxy();
    for name in ["s", "other"] {
        done(
            &server,
            "POST",
            "/sessions",
            &json!({"name": name, "ttl": "1h"}),
        );
    }
    for before in [
        json!({"name": "3g"}),
        json!({"name": "3g", "session": "other"}),
    ] {
        let _ = server.api("DELETE", "/proxies/p/profile", "");
        put(&server, &before);
        let in_session = json!({"name": "4g", "session": "s"});
        let answer = call(&server, "PUT", "/proxies/p/profile", &in_session);
        assert_eq!(answer.status, 409);
        assert_eq!(
            answer.header("aconite-error-code").as_deref(),
            Some("not_in_session")
        );
        assert_eq!(shown(&server)["profile"], "3g");
    }
    // Its own it may replace, and without a session every one can be replaced.
    put(&server, &json!({"name": "4g", "session": "other"}));
    put(&server, &json!({"name": "2g"}));
    done(&server, "DELETE", "/sessions/other", &Value::Null);
    assert_eq!(shown(&server)["profile"], "2g");
}

#[test]
fn events_name_who_put_a_profile_on() {
    let server = with_proxy();
    let before = server.api("GET", "/events?after=0&follow=false", "").text();
    put(&server, &json!({"name": "dsl"}));
    put(&server, &json!({"name": "cross-region-far"}));
    let all = server.api("GET", "/events?after=0&follow=false", "").text();
    let new = all.strip_prefix(&before).unwrap_or(&all);
    let count = |name: &str| new.matches(&format!("event: {name}\n")).count();
    assert_eq!(
        (count("toxic.added"), count("toxic.removed")),
        (6, 4),
        "{new}"
    );
    let data = new.lines().filter_map(|line| line.strip_prefix("data: "));
    for data in data.filter(|data| data.contains("profile_")) {
        let data: Value = serde_json::from_str(data).unwrap();
        assert!(data["by"].is_object(), "{data}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let server = with_proxy();
    put(&server, &json!({"name": "5g"}));
    let before = shown(&server);
    for (body, part, code) in [
        (
            r#"{"name": "3gg"}"#,
            "no profile is named \\\"3gg\\\"",
            "profile_not_found",
        ),
        (
            r#"{"name": "3G"}"#,
            "no profile is named",
            "profile_not_found",
        ),
        ("{}", "missing required field: name", "missing_field"),
        (
            r#"{"name": null}"#,
            "missing required field: name",
            "missing_field",
        ),
        (
            r#"{"name": 3}"#,
            "name is 3, expected a string",
            "wrong_type",
        ),
        (
            r#"{"name": "3g", "duration": "soon"}"#,
            "duration is",
            "wrong_type",
        ),
        (
            r#"{"name": "3g", "duration": 0}"#,
            "duration is 0s",
            "invalid_value",
        ),
        (
            r#"{"name": "3g", "every": 5}"#,
            "every is 5ms",
            "invalid_value",
        ),
        (
            r#"{"name": "3g", "session": "none"}"#,
            "session is",
            "session_not_found",
        ),
        ("[]", "expected an object", "wrong_type"),
        ("", "it is empty", "empty_body"),
    ] {
        let answer = server.api("PUT", "/proxies/p/profile", body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert!(answer.text().contains(part), "{body}: {}", answer.text());
        assert_eq!(
            answer.header("aconite-error-code").as_deref(),
            Some(code),
            "{body}"
        );
        assert_eq!(shown(&server), before, "{body}");
    }
    let answer = server.api("PUT", "/proxies/p/profile", r#"{"name": "3gs"}"#);
    let hint = answer.header("aconite-hint").unwrap();
    assert!(hint.contains("2g, 3g, 4g, 5g, dsl"), "{hint}");
    let answer = server.api("PUT", "/proxies/p/profile", r#"{"name": "satelite-geo"}"#);
    let hint = answer.header("aconite-hint").unwrap();
    assert!(hint.contains("did you mean \"satellite-geo\"?"), "{hint}");
    let answer = server.api(
        "PUT",
        "/proxies/p/profile",
        r#"{"name": "3g", "duratoin": "1s"}"#,
    );
    assert_eq!(answer.status, 200);
    let warning = answer.header("aconite-warning").unwrap();
    assert!(warning.contains("did you mean \"duration\"?"), "{warning}");
    let strict = Server::start(&["--strict"]);
    let proxy = json!({"name": "p", "upstream": "127.0.0.1:9", "enabled": false});
    done(&strict, "POST", "/proxies", &proxy);
    let answer = strict.api(
        "PUT",
        "/proxies/p/profile",
        r#"{"name": "3g", "duratoin": "1s"}"#,
    );
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[test]
fn a_limit_of_toxics_holds_for_profiles() {
    let server = Server::start(&["-max-toxics", "4"]);
    let proxy = json!({"name": "p", "upstream": "127.0.0.1:9", "enabled": false, "profile": "3g"});
    done(&server, "POST", "/proxies", &proxy);
    // One profile takes the place of the other.
    put(&server, &json!({"name": "4g"}));
    assert_eq!(
        call(
            &server,
            "POST",
            "/proxies/p/toxics",
            &json!({"type": "noop"})
        )
        .status,
        400
    );
    put(&server, &json!({"name": "cross-region-near"}));
    done(
        &server,
        "POST",
        "/proxies/p/toxics",
        &json!({"type": "noop"}),
    );
    let answer = call(&server, "PUT", "/proxies/p/profile", &json!({"name": "4g"}));
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("too many toxics on one proxy"),
        "{}",
        answer.text()
    );
    assert_eq!(shown(&server)["profile"], "cross-region-near");
}
