//! `--max-toxics`: for one proxy, both streams together.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::refusal::{refused, state, taken};
use support::rig::{PATIENCE, Peer, Rig, TOXICS, call};
use support::{Kind, Server, free_port};

const WORDS: &[&str] = &["too many toxics", "the limit is 2", "-max-toxics"];

fn toxic(name: &str) -> Value {
    json!({"type": "latency", "name": name, "attributes": {"latency": 1}})
}

fn start() -> Rig {
    Rig::with_args(Kind::Echo, &["--max-toxics", "2"])
}

/// The rig's proxy as `/populate` takes it, with these toxics.
fn entry(rig: &Rig, toxics: &Value) -> Value {
    let proxy = &state(&rig.server)["p"];
    json!({"name": "p", "listen": proxy["listen"], "upstream": proxy["upstream"], "toxics": toxics})
}

fn count(server: &Server) -> usize {
    state(server)["p"]["toxics"].as_array().unwrap().len()
}

#[test]
fn past_the_limit_toxics_are_refused() {
    let rig = start();
    rig.add(&toxic("a"));
    let mut upstream = toxic("b");
    upstream["stream"] = json!("upstream");
    rig.add(&upstream);
    refused(&rig.server, TOXICS, &toxic("c"), WORDS);
    let change = json!({"attributes": {"latency": 2}});
    rig.toxic("POST", "a", &change);
    rig.toxic("DELETE", "b", &Value::Null);
    rig.add(&toxic("c"));
    refused(&rig.server, TOXICS, &toxic("b"), WORDS);
    assert!(rig.connect().echoes());
}

#[test]
fn a_proxy_with_too_many_is_refused() {
    let rig = start();
    let listen = format!("127.0.0.1:{}", free_port());
    let new = |toxics: Value| json!({"name": "q", "listen": listen, "upstream": "127.0.0.1:9", "toxics": toxics});
    let three = new(json!([toxic("a"), toxic("b"), toxic("c")]));
    refused(&rig.server, "/proxies", &three, WORDS);
    refused(&rig.server, "/populate", &json!([three]), WORDS);
    taken(
        &rig.server,
        "/proxies",
        &new(json!([toxic("a"), toxic("b")])),
    );
}

#[test]
fn populating_what_is_there_stays_below_the_limit() {
    let rig = start();
    rig.add(&toxic("a"));
    let populate = |toxics: &[&str]| {
        let toxics: Vec<Value> = toxics.iter().map(|name| toxic(name)).collect();
        json!([entry(&rig, &json!(toxics))])
    };
    refused(&rig.server, "/populate", &populate(&["b", "c"]), WORDS);
    taken(&rig.server, "/populate", &populate(&["a", "b"]));
    taken(&rig.server, "/populate", &populate(&["b", "a"]));
    refused(&rig.server, "/populate", &populate(&["c"]), WORDS);
    assert_eq!(count(&rig.server), 2);
    // With another upstream it is another proxy, and its toxics are those that come with it.
    let mut moved = entry(&rig, &json!([toxic("c"), toxic("d")]));
    moved["upstream"] = json!("127.0.0.1:9");
    taken(&rig.server, "/populate", &json!([moved]));
    assert_eq!(count(&rig.server), 2);
}

/// Each entry of the list would do alone.
#[test]
fn a_proxy_that_is_listed_twice_stays_below_the_limit() {
    let rig = start();
    let both = json!([
        entry(&rig, &json!([toxic("a"), toxic("b")])),
        entry(&rig, &json!([toxic("c"), toxic("d")])),
    ]);
    refused(&rig.server, "/populate", &both, WORDS);
    assert_eq!(
        call(&rig.server, "GET", TOXICS, &Value::Null).json(),
        json!([])
    );
}

/// Each toxic takes memory on each connection, whether it sees anything or not.
#[test]
fn memory_for_toxics_on_connections_is_bounded() {
    const MANY: usize = 900;
    let rig = Rig::with_args(Kind::Echo, &["-total-buffer", "1MiB"]);
    for number in 0..MANY {
        rig.add(&json!({"type": "noop", "name": number.to_string()}));
    }
    let mut served = Vec::new();
    let refused = loop {
        let peer = rig.connect();
        if !peer.echoes() {
            break peer;
        }
        served.push(peer);
        assert!(served.len() < 1000, "there is no bound");
    };
    drop(refused);
    // 16 MiB, at some 200 bytes a toxic.
    assert!(served.len() > 30, "{}", served.len());
    // The one that would be the next, and a few where no whole connection fits.
    let next = |number: usize| json!({"type": "noop", "name": format!("more {number}")});
    let add = |number| call(&rig.server, "POST", TOXICS, &next(number));
    let (number, answer) = (0..50)
        .map(|number| (number, add(number)))
        .find(|(_, answer)| answer.status != 200)
        .expect("a bound");
    let more = next(number);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("-total-buffer"), "{}", answer.text());
    let list = json!([entry(&rig, &json!([more]))]);
    let answer = call(&rig.server, "POST", "/populate", &list);
    assert_eq!(answer.status, 400, "{}", answer.text());
    // Those that are there go on, and others come when some have gone.
    assert!(served.iter().all(Peer::echoes));
    served.truncate(10);
    let deadline = Instant::now() + PATIENCE;
    while !rig.connect().echoes() {
        assert!(Instant::now() < deadline, "nobody is served any more");
        std::thread::sleep(Duration::from_millis(20));
    }
    rig.add(&more);
    let warnings = rig.server.log_text();
    let told = warnings.matches("the memory for toxics").count();
    assert!((1..=2).contains(&told), "{warnings}");
}
