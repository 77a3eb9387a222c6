//! Compares the document with the executable for network profiles.

use serde_json::{Value, json};

use super::walk::Walk;

const PROFILES: &str = "/profiles";
const PROFILE: &str = "/proxies/{proxy}/profile";
const PROXIES: &str = "/proxies";
const PROXY: &str = "/proxies/{proxy}";
const TOXICS: &str = "/proxies/{proxy}/toxics";
const TOXIC: &str = "/proxies/{proxy}/toxics/{toxic}";

const NONE: [&str; 2] = [""; 2];

/// Expects the proxy `p` and the session `p`.
pub fn profiles(walk: &mut Walk) {
    walk.expect(200, "GET", PROFILES, NONE, &Value::Null);
    let p = ["p", ""];
    for method in ["GET", "DELETE"] {
        walk.expect(404, method, PROFILE, p, &Value::Null);
        walk.expect(404, method, PROFILE, ["nope", ""], &Value::Null);
    }
    walk.expect(404, "PUT", PROFILE, ["nope", ""], &json!({"name": "3g"}));
    for good in [
        json!({"name": "3g"}),
        json!({"name": "satellite-geo", "session": null, "duration": null, "more": []}),
        json!({"name": "4g", "duration": "24h", "start_after": 5, "every": "48h", "seed": 7,
            "replay": {"connection": 17}, "match": {"client": "10.1.2.3/8"}}),
    ] {
        walk.expect(200, "PUT", PROFILE, p, &good);
        walk.expect(200, "GET", PROFILE, p, &Value::Null);
        walk.expect(200, "GET", PROXY, p, &Value::Null);
        walk.expect(200, "GET", "/config", NONE, &Value::Null);
    }
    let in_session = json!({"name": "2g", "session": "p"});
    walk.expect(409, "PUT", PROFILE, p, &in_session);
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "3gg"}),
        json!({"name": 3}),
        json!({"name": "3g", "duration": 0}),
        json!({"name": "3g", "every": "60s"}),
        json!({"name": "3g", "session": "nope"}),
        json!({"name": "3g", "match": {"clients": "::1"}}),
    ] {
        walk.expect(400, "PUT", PROFILE, p, &bad);
    }
    walk.expect(204, "DELETE", PROFILE, p, &Value::Null);
    let clash = json!({"name": "profile_latency_upstream", "type": "noop"});
    walk.expect(200, "POST", TOXICS, p, &clash);
    walk.expect(409, "PUT", PROFILE, p, &in_session);
    let names = ["p", "profile_latency_upstream"];
    walk.expect(204, "DELETE", TOXIC, names, &Value::Null);
    walk.expect(200, "PUT", PROFILE, p, &in_session);
    let new = json!({"name": "n", "upstream": "x:1", "enabled": false, "profile": "dsl"});
    walk.expect(201, "POST", PROXIES, NONE, &new);
    let shown = walk.ask("GET", PROXY, ["n", ""], "").text();
    walk.expect(204, "DELETE", PROXY, ["n", ""], &Value::Null);
    // What is shown can be sent back, both to update and to create.
    let answer = walk.ask("POST", PROXIES, NONE, &shown);
    assert_eq!((answer.status, answer.text()), (201, shown.clone()));
    assert_eq!(walk.ask("PATCH", PROXY, ["n", ""], &shown).status, 200);
    walk.expect(204, "DELETE", PROXY, ["n", ""], &Value::Null);
    for profile in [json!("nope"), json!(3)] {
        let bad = json!({"name": "n", "upstream": "x:1", "profile": profile});
        walk.expect(400, "POST", PROXIES, NONE, &bad);
        walk.expect(400, "POST", "/populate", NONE, &json!([bad]));
    }
}
