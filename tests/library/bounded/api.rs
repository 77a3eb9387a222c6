//! Sessions and times over HTTP: what clients see, and that the API stays responsive.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::rig::{PATIENCE, Peer, Rig, TOXICS, call, create};
use support::{Kept, Kind, Server};

fn status(rig: &Rig, method: &str, path: &str, body: &Value) -> u16 {
    call(&rig.server, method, path, body).status
}

#[test]
fn a_session_goes_through_its_life() {
    let rig = Rig::new(Kind::Echo);
    let started = call(
        &rig.server,
        "POST",
        "/sessions",
        &json!({"name": "ci 7", "ttl": "1m"}),
    );
    assert_eq!(
        (started.status, &started.json()["ttl"]),
        (201, &json!("1m0s"))
    );
    assert_eq!(
        status(&rig, "POST", "/sessions", &json!({"name": "ci 7"})),
        409
    );
    rig.add(&json!({"type": "noop", "name": "one", "session": "ci 7"}));
    rig.add(&json!({"type": "noop", "name": "two", "attributes": {"session": "ci 7"}}));
    let listed = call(&rig.server, "GET", TOXICS, &Value::Null).json();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .all(|toxic| toxic["session"] == "ci 7"),
        "{listed}"
    );
    let renewed = call(
        &rig.server,
        "POST",
        "/sessions/ci%207/renew",
        &json!({"ttl": 90_000}),
    );
    assert_eq!(
        (renewed.status, &renewed.json()["ttl"]),
        (200, &json!("1m30s"))
    );
    assert_eq!(
        status(&rig, "POST", "/reset?session=ci%207", &Value::Null),
        204
    );
    assert_eq!(
        call(&rig.server, "GET", TOXICS, &Value::Null).json(),
        json!([])
    );
    assert_eq!(status(&rig, "GET", "/sessions/ci%207", &Value::Null), 200);
    assert_eq!(
        status(&rig, "DELETE", "/sessions/ci%207", &Value::Null),
        204
    );
    for (method, path) in [
        ("DELETE", "/sessions/ci%207"),
        ("GET", "/sessions/ci%207"),
        ("POST", "/sessions/ci%207/renew"),
        ("POST", "/reset?session=ci%207"),
    ] {
        assert_eq!(
            status(&rig, method, path, &Value::Null),
            404,
            "{method} {path}"
        );
    }
    assert_eq!(
        call(&rig.server, "GET", "/sessions", &Value::Null).json(),
        json!({"sessions": []})
    );
}

#[test]
fn resetting_one_proxy_enables_it_and_leaves_the_others() {
    let server = Server::start(&[]);
    let toxic = json!({"type": "noop", "name": "t"});
    for name in ["a b", "other"] {
        let proxy = json!({"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9",
            "enabled": false, "toxics": [toxic]});
        assert_eq!(call(&server, "POST", "/proxies", &proxy).status, 201);
    }
    let reset = |query: &str| call(&server, "POST", &format!("/reset?{query}"), &Value::Null);
    assert_eq!(reset("proxy=none").status, 404);
    assert_eq!(reset("proxy=none").json()["error"], "proxy not found");
    assert_eq!(reset("proxy=a+b&session=s").status, 400);
    let before = call(&server, "GET", "/proxies", &Value::Null).json();
    assert_eq!(before["a b"]["enabled"], false);
    assert_eq!(reset("proxy=a+b").status, 204);
    let after = call(&server, "GET", "/proxies", &Value::Null).json();
    assert_eq!(after["a b"]["enabled"], true);
    assert_eq!(after["a b"]["toxics"], json!([]));
    assert_eq!(after["other"], before["other"]);
}

/// The renewal was sent in time; that the server was stopped meanwhile is not the sender's fault.
#[test]
fn a_renewal_that_waited_while_the_process_was_stopped_counts() {
    const TTL: Duration = Duration::from_secs(2);
    let rig = Rig::new(Kind::Echo);
    let mut kept: Vec<Kept> = (0..2)
        .map(|_| Kept::open(rig.server.api_addr(), Duration::from_secs(60)).unwrap())
        .collect();
    let session = json!({"name": "s", "ttl": TTL.as_millis() as u64});
    assert_eq!(status(&rig, "POST", "/sessions", &session), 201);
    rig.add(&json!({"type": "noop", "name": "t", "session": "s"}));
    rig.add(&json!({"type": "noop", "name": "timed", "duration": TTL.as_millis() as u64}));
    rig.server.signal("STOP").unwrap();
    let longer = json!({"ttl": "1m", "duration": "1m"}).to_string();
    kept[0].send("POST", "/sessions/s/renew", &longer).unwrap();
    kept[1]
        .send("PATCH", "/proxies/p/toxics/timed", &longer)
        .unwrap();
    thread::sleep(2 * TTL);
    rig.server.signal("CONT").unwrap();
    for kept in &mut kept {
        let answer = kept.answer().unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    // Longer than the limit for waiting requests.
    thread::sleep(Duration::from_secs(2));
    assert_eq!(status(&rig, "GET", "/sessions/s", &Value::Null), 200);
    for toxic in ["t", "timed"] {
        let path = format!("{TOXICS}/{toxic}");
        assert_eq!(status(&rig, "GET", &path, &Value::Null), 200, "{toxic}");
    }
}

#[test]
fn a_session_that_nobody_renews_ends_after_a_pause_as_well() {
    let rig = Rig::new(Kind::Echo);
    let session = json!({"name": "s", "ttl": 1000});
    assert_eq!(status(&rig, "POST", "/sessions", &session), 201);
    rig.server.signal("STOP").unwrap();
    thread::sleep(Duration::from_secs(2));
    rig.server.signal("CONT").unwrap();
    let deadline = Instant::now() + PATIENCE;
    while status(&rig, "GET", "/sessions/s", &Value::Null) == 200 {
        assert!(Instant::now() < deadline, "it never ends");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_name_can_be_written_in_a_path() {
    let rig = Rig::new(Kind::Echo);
    for (name, path) in [
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("ünï", "%C3%BCn%C3%AF"),
        ("100%", "100%25"),
        ("a&b=c+d", "a&b=c+d"),
    ] {
        let started = call(&rig.server, "POST", "/sessions", &json!({"name": name}));
        assert_eq!(
            (started.status, &started.json()["name"]),
            (201, &json!(name))
        );
        rig.add(&json!({"type": "noop", "name": "one", "session": name}));
        assert_eq!(
            status(
                &rig,
                "POST",
                &format!("/sessions/{path}/renew"),
                &Value::Null
            ),
            200,
            "{name}"
        );
        assert_eq!(
            status(&rig, "DELETE", &format!("/sessions/{path}"), &Value::Null),
            204,
            "{name}"
        );
        assert_eq!(
            call(&rig.server, "GET", TOXICS, &Value::Null).json(),
            json!([])
        );
    }
}

#[test]
fn a_name_that_no_path_can_have_is_refused() {
    let rig = Rig::new(Kind::Echo);
    for name in ["a/b", "/", "..", "."] {
        let refused = call(&rig.server, "POST", "/sessions", &json!({"name": name}));
        assert_eq!(refused.status, 400, "{name}");
        let text = refused.text();
        assert!(
            text.contains("without a slash") && text.contains(name),
            "{text}"
        );
    }
    assert_eq!(
        call(&rig.server, "GET", "/sessions", &Value::Null).json(),
        json!({"sessions": []})
    );
}

#[test]
fn whoever_does_not_renew_leaves_nothing_behind() {
    let rig = Rig::new(Kind::Echo);
    let before = call(&rig.server, "GET", "/proxies", &Value::Null).json();
    let session = json!({"name": "killed", "ttl": "1h"});
    assert_eq!(status(&rig, "POST", "/sessions", &session), 201);
    rig.add(&json!({"type": "timeout", "session": "killed", "attributes": {"timeout": 0}}));
    let own = json!({"name": "own", "upstream": "127.0.0.1:9", "listen": "127.0.0.1:0", "session": "killed"});
    assert_eq!(status(&rig, "POST", "/proxies", &own), 201);
    let off = json!({"enabled": false, "session": "killed"});
    assert_eq!(status(&rig, "POST", "/proxies/p", &off), 200);
    // The last renewal; a busy machine may have taken longer than this for all of the above.
    let last = json!({"ttl": "100ms"});
    assert_eq!(status(&rig, "POST", "/sessions/killed/renew", &last), 200);
    let start = Instant::now();
    while call(&rig.server, "GET", "/proxies", &Value::Null).json() != before {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(5));
    }
    assert!(rig.connect().echoes());
    // What it would have deleted itself if it had kept running.
    assert_eq!(
        status(
            &rig,
            "DELETE",
            &format!("{TOXICS}/timeout_downstream"),
            &Value::Null
        ),
        204
    );
}

const BUSY: usize = 200;

/// Sends and receives on all of its connections until told to stop, or until they end.
fn chatter(address: &str, count: usize, echoed: &AtomicU64, stop: &AtomicBool) {
    let mut peers: Vec<Peer> = (0..count).map(|_| Peer::to(address)).collect();
    while !stop.load(Ordering::Relaxed) && !peers.is_empty() {
        peers.retain(|peer| peer.try_send(&[7; 4096]).is_ok());
        peers.retain(|peer| peer.echoes());
        echoed.fetch_add(peers.len() as u64, Ordering::Relaxed);
    }
}

/// The slowest answer of the API from now until the session is gone and everything in it is undone.
fn slowest_answer(rig: &Rig) -> Duration {
    let (start, mut slowest) = (Instant::now(), Duration::ZERO);
    loop {
        let asked = Instant::now();
        let proxies = call(&rig.server, "GET", "/proxies", &Value::Null).json();
        let sessions = call(&rig.server, "GET", "/sessions", &Value::Null).json();
        slowest = slowest.max(asked.elapsed());
        let undone = proxies.get("own").is_none() && proxies["p"]["toxics"] == json!([]);
        if undone && sessions == json!({"sessions": []}) {
            return slowest;
        }
        assert!(start.elapsed() < PATIENCE, "{proxies} {sessions}");
    }
}

#[test]
fn the_api_answers_while_a_session_ends_under_busy_connections() {
    let rig = Rig::new(Kind::Echo);
    let shown = call(&rig.server, "GET", "/proxies/p", &Value::Null).json();
    let kept = shown["listen"].as_str().unwrap().to_owned();
    let session = json!({"name": "s", "ttl": "1h"});
    assert_eq!(status(&rig, "POST", "/sessions", &session), 201);
    let own = create_in(&rig, "own", "s");
    for stream in ["upstream", "downstream"] {
        rig.add(&json!({"type": "latency", "stream": stream, "attributes": {"latency": 1}, "session": "s"}));
        rig.add(&json!({"type": "bandwidth", "stream": stream, "attributes": {"rate": 100_000}, "session": "s"}));
    }
    let (echoed, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for address in [&kept, &own, &kept, &own] {
            scope.spawn(|| chatter(address, BUSY / 4, &echoed, &stop));
        }
        let start = Instant::now();
        while echoed.load(Ordering::Relaxed) < 2 * BUSY as u64 {
            assert!(start.elapsed() < PATIENCE, "no traffic");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(
            status(&rig, "POST", "/sessions/s/renew", &json!({"ttl": "50ms"})),
            200
        );
        let slowest = slowest_answer(&rig);
        stop.store(true, Ordering::Relaxed);
        assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    });
    assert!(rig.connect().echoes());
}

/// A session's proxy before the rig's upstream.
fn create_in(rig: &Rig, name: &str, session: &str) -> String {
    let address = create(&rig.server, "takes a port", &rig.upstream.addr());
    assert_eq!(
        status(rig, "DELETE", "/proxies/takes%20a%20port", &Value::Null),
        204
    );
    let body = json!({"name": name, "listen": address, "upstream": rig.upstream.addr(), "session": session});
    let answer = call(&rig.server, "POST", "/proxies", &body);
    assert_eq!(
        (answer.status, &answer.json()["session"]),
        (201, &json!(session))
    );
    address
}
