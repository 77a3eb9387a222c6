//! Profiles of new proxies, in lists of proxies and in config files.

use serde_json::{Value, json};
use support::{ScratchFile, Server};

use super::{OF_3G, call, done, names, shown};

/// A config file with a custom profile, and proxies with it and with a built-in one.
fn config() -> Value {
    json!({
        "profiles": {
            "Office": {
                "description": "The line of our office.",
                "source": "measured on 1 March",
                "upstream": [
                    {"type": "bandwidth", "attributes": {"rate": 300}},
                    {"type": "latency", "attributes": {"latency": 7}, "toxicity": 0.5}
                ],
                "downstream": [
                    {"type": "latency", "attributes": {"latency": 8}},
                    {"type": "latency", "attributes": {"latency": 9}, "match": {"connections": "1-3"}}
                ]
            }
        },
        "proxies": [
            {"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "profile": "Office",
             "toxics": [{"type": "noop", "name": "mine"}]},
            {"name": "q", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "profile": "3g"}
        ]
    })
}

fn server_with(config: &str) -> Server {
    let file = ScratchFile::with("json", config);
    Server::start(&["-config", &file.path()])
}

const OF_OFFICE: [&str; 4] = [
    "profile_bandwidth_upstream",
    "profile_latency_upstream",
    "profile_latency_downstream",
    "profile_latency_downstream_2",
];

#[test]
fn a_config_file_defines_profiles_and_puts_them_on() {
    let server = server_with(&config().to_string());
    let proxy = shown(&server);
    assert_eq!(proxy["profile"], "Office");
    let expected = [&OF_OFFICE[..], &["mine"]].concat();
    assert_eq!(names(&proxy["toxics"]), expected);
    assert_eq!(proxy["toxics"][1]["toxicity"], 0.5);
    assert_eq!(proxy["toxics"][3]["match"]["connections"], "1-3");
    let q = server.api("GET", "/proxies/q", "").json();
    assert_eq!(
        (&q["profile"], names(&q["toxics"])),
        (&json!("3g"), OF_3G.to_vec())
    );
    let list = server.api("GET", "/profiles", "").json();
    let last = list["profiles"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["name"], "Office");
    assert_eq!(last["source"], "measured on 1 March");
    // It can be put on like a built-in one.
    super::put(&server, &json!({"name": "2g"}));
    super::put(&server, &json!({"name": "Office"}));
    let hint = call(
        &server,
        "PUT",
        "/proxies/p/profile",
        &json!({"name": "office"}),
    );
    let hint = hint.header("aconite-hint").unwrap();
    assert!(hint.contains("did you mean \"Office\"?"), "{hint}");
}

#[test]
fn an_exported_file_makes_the_same_again_and_has_no_toxic_twice() {
    let server = server_with(&config().to_string());
    let exported = server.api("GET", "/config", "").text();
    assert!(!exported.contains("profile_"), "{exported}");
    let value: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(
        value["profiles"]["Office"]["description"],
        "The line of our office."
    );
    assert_eq!(value["proxies"][0]["profile"], "Office");
    assert_eq!(names(&value["proxies"][0]["toxics"]), ["mine"]);
    let before = server.api("GET", "/proxies", "").json();
    drop(server);
    let server = server_with(&exported);
    assert_eq!(server.api("GET", "/proxies", "").json(), before);
    assert_eq!(server.api("GET", "/config", "").text(), exported);
}

#[test]
fn a_profile_that_was_changed_or_has_options_is_exported_as_toxics() {
    let server = server_with("[]");
    let proxy = json!({"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
    done(&server, "POST", "/proxies", &proxy);
    let exported = || server.api("GET", "/config", "").json();
    super::put(&server, &json!({"name": "3g"}));
    assert_eq!(exported()[0]["profile"], "3g");
    assert_eq!(exported()[0]["toxics"], json!([]));
    super::put(&server, &json!({"name": "3g", "seed": 7}));
    assert_eq!(names(&exported()[0]["toxics"]), OF_3G);
    assert!(exported()[0]["profile"].is_null());
    super::put(&server, &json!({"name": "3g"}));
    done(
        &server,
        "DELETE",
        &format!("/proxies/p/toxics/{}", OF_3G[0]),
        &Value::Null,
    );
    assert_eq!(names(&exported()[0]["toxics"]), OF_3G[1..]);
    assert!(exported()[0]["profile"].is_null());
    done(&server, "POST", "/sessions", &json!({"name": "s"}));
    done(&server, "DELETE", "/proxies/p/profile", &Value::Null);
    super::put(&server, &json!({"name": "3g", "session": "s"}));
    assert_eq!(exported()[0]["toxics"], json!([]));
    assert!(exported()[0]["profile"].is_null());
}

#[test]
fn a_list_puts_profiles_on_and_repeats_what_was_shown() {
    let server = Server::start(&[]);
    let proxy = json!({"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
    done(&server, "POST", "/proxies", &proxy);
    let entry = |profile: Value| {
        json!([{"name": "p", "upstream": "127.0.0.1:9", "listen": shown(&server)["listen"],
            "profile": profile}])
    };
    done(
        &server,
        "POST",
        "/proxies/p/toxics",
        &json!({"type": "noop", "name": "mine"}),
    );
    done(&server, "POST", "/populate", &entry(json!("3g")));
    let with_3g = shown(&server);
    assert_eq!(with_3g["profile"], "3g");
    assert_eq!(with_3g["toxics"].as_array().unwrap().len(), 5);
    // The same list changes nothing; one without the profile leaves it alone.
    for list in [entry(json!("3g")), entry(Value::Null), entry(json!(""))] {
        done(&server, "POST", "/populate", &list);
        assert_eq!(shown(&server), with_3g);
    }
    // What was removed or changed by hand comes back.
    done(
        &server,
        "DELETE",
        &format!("/proxies/p/toxics/{}", OF_3G[1]),
        &Value::Null,
    );
    let change = json!({"attributes": {"rate": 1}});
    done(
        &server,
        "POST",
        &format!("/proxies/p/toxics/{}", OF_3G[0]),
        &change,
    );
    done(&server, "POST", "/populate", &entry(json!("3g")));
    let again = server.api("GET", "/proxies/p/profile", "").json();
    assert_eq!(
        (&again["missing"], &again["changed"]),
        (&json!([]), &json!([]))
    );
    // Another profile takes its place, with fewer toxics.
    done(
        &server,
        "POST",
        "/populate",
        &entry(json!("cross-region-near")),
    );
    let near = shown(&server);
    assert_eq!(near["profile"], "cross-region-near");
    assert_eq!(near["toxics"].as_array().unwrap().len(), 3);
    // The answer can be sent back as it is.
    done(&server, "POST", "/populate", &json!([with_3g]));
    assert_eq!(shown(&server)["profile"], "3g");
    let profile = server.api("GET", "/proxies/p/profile", "").json();
    assert_eq!(
        (&profile["missing"], &profile["changed"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn a_listed_toxic_takes_the_place_of_the_profiles_or_is_refused() {
    let server = Server::start(&[]);
    let proxy = |toxic: &Value| json!({"name": "p", "upstream": "127.0.0.1:9", "enabled": false, "profile": "3g", "toxics": [toxic]});
    let other = json!({"type": "noop", "name": "profile_latency_upstream"});
    let answer = call(&server, "POST", "/proxies", &proxy(&other));
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .text()
            .contains("toxics[0]: toxic \\\"profile_latency_upstream\\\"")
    );
    let own = json!({"type": "latency", "name": "profile_latency_upstream", "stream": "upstream",
        "attributes": {"latency": 1}});
    done(&server, "POST", "/proxies", &proxy(&own));
    assert_eq!(names(&shown(&server)["toxics"]), OF_3G);
    let profile = server.api("GET", "/proxies/p/profile", "").json();
    assert_eq!(profile["changed"], json!(["profile_latency_upstream"]));
    done(&server, "DELETE", "/proxies/p/profile", &Value::Null);
    assert_eq!(shown(&server)["toxics"], json!([]));
}

#[test]
fn a_toxic_that_a_list_gives_without_the_profile_is_no_longer_the_profiles() {
    let server = Server::start(&[]);
    let proxy =
        json!({"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "profile": "3g"});
    done(&server, "POST", "/proxies", &proxy);
    let before = shown(&server);
    let mut own = before.clone();
    let toxics = own["toxics"].as_array_mut().unwrap();
    toxics.truncate(1);
    own["profile"] = Value::Null;
    done(&server, "POST", "/populate", &json!([own]));
    let profile = server.api("GET", "/proxies/p/profile", "").json();
    assert_eq!(profile["missing"], json!([OF_3G[0]]));
    // So it stays when the profile goes.
    done(&server, "DELETE", "/proxies/p/profile", &Value::Null);
    assert_eq!(names(&shown(&server)["toxics"]), [OF_3G[0]]);
}
