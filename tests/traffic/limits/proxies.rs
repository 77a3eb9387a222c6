//! `--max-proxies`.

use serde_json::{Value, json};

use super::flags::refusal;
use super::refusal::{refused, state, taken};
use support::rig::call;
use support::{ScratchFile, Server, free_port};

const WORDS: &[&str] = &["too many proxies", "the limit is 2", "-max-proxies"];

fn proxy(name: &str) -> Value {
    let listen = format!("127.0.0.1:{}", free_port());
    json!({"name": name, "listen": listen, "upstream": "127.0.0.1:9"})
}

#[test]
fn past_the_limit_proxies_are_refused() {
    let server = Server::start(&["--max-proxies", "2"]);
    let a = proxy("a");
    taken(&server, "/proxies", &a);
    // Of two more, one would be too many, and neither comes.
    refused(
        &server,
        "/populate",
        &json!([proxy("b"), proxy("c")]),
        WORDS,
    );
    taken(&server, "/populate", &json!([proxy("b")]));
    let c = proxy("c");
    refused(&server, "/proxies", &c, WORDS);
    refused(&server, "/populate", &json!([c]), WORDS);
    refused(&server, "/populate", &json!([a, proxy("b"), c]), WORDS);
    let mut disabled = c.clone();
    disabled["enabled"] = json!(false);
    refused(&server, "/proxies", &disabled, WORDS);
    // Nobody was left listening for those that were refused.
    let listen = c["listen"].as_str().unwrap();
    drop(std::net::TcpListener::bind(listen).expect("its port is free"));
    assert_eq!(
        call(&server, "DELETE", "/proxies/a", &Value::Null).status,
        204
    );
    taken(&server, "/proxies", &c);
    refused(&server, "/proxies", &a, WORDS);
}

#[test]
fn at_the_limit_proxies_can_be_replaced_and_changed() {
    let server = Server::start(&["--max-proxies", "2"]);
    taken(&server, "/populate", &json!([proxy("a"), proxy("b")]));
    let moved = json!([proxy("a"), proxy("b")]);
    taken(&server, "/populate", &moved);
    // The same one twice is one.
    taken(&server, "/populate", &json!([moved[0], moved[1], moved[0]]));
    let elsewhere = json!({"upstream": "127.0.0.1:10"});
    assert_eq!(call(&server, "PATCH", "/proxies/a", &elsewhere).status, 200);
    assert_eq!(state(&server).as_object().unwrap().len(), 2);
    assert_eq!(state(&server)["b"]["listen"], moved[1]["listen"]);
    // The name that is taken is what is wrong here.
    assert_eq!(call(&server, "POST", "/proxies", &proxy("a")).status, 409);
}

#[test]
fn a_config_with_too_many_does_not_start() {
    let config = json!([proxy("a"), proxy("b"), proxy("c")]);
    let file = ScratchFile::with("json", &config.to_string());
    let args = [
        "--max-proxies",
        "2",
        "--port",
        "0",
        "--config",
        &file.path(),
    ];
    let told = refusal(&args, &[]);
    for word in WORDS.iter().chain(&["error: [2]: "]) {
        assert!(told.contains(word), "{word} is not in {told}");
    }
}

/// A list that is small to send must not be dear to answer.
#[test]
fn a_list_that_names_a_proxy_over_and_over_is_refused_at_once() {
    let server = Server::start(&[]);
    let toxics: Vec<Value> = (0..1000)
        .map(|number| json!({"type": "noop", "name": format!("t{number}")}))
        .collect();
    let mut many = proxy("many");
    many["toxics"] = json!(toxics);
    taken(&server, "/proxies", &many);
    let mut named = state(&server)["many"].clone();
    named["toxics"] = json!([]);
    let words = &["\"many\\\"", "more than twice"];
    refused(
        &server,
        "/populate",
        &json!(vec![named.clone(); 3000]),
        words,
    );
    refused(
        &server,
        "/populate",
        &json!(vec![named.clone(); 16_000]),
        words,
    );
    let new = json!(vec![proxy("new"); 16_000]);
    refused(
        &server,
        "/populate",
        &new,
        &["\"new\\\"", "more than twice"],
    );
    // Twice is what Toxiproxy's own answer is known of.
    let answer = call(&server, "POST", "/populate", &json!([named, named]));
    assert_eq!(answer.status, 201);
    assert!(answer.body.len() < 500_000, "{}", answer.body.len());
}
