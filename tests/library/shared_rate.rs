//! The state of a shared rate through operations of the API: what keeps it, and what begins anew.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use aconite::control::{Control, Options};
use aconite::http::{Settings, router};
use axum::Router;

use super::api::{Answer, call};

const BURST: usize = 60_000;
const HALF: usize = BURST / 2;

/// A server with the proxies `p` and `q`, which echo, and their addresses.
async fn serving() -> (Router, [String; 2]) {
    let settings = Settings::new("127.0.0.1:8474".parse().unwrap());
    let mut api = router(Control::new(Options::default()).unwrap(), settings);
    let mut addresses = Vec::new();
    for name in ["p", "q"] {
        let proxy = format!(r#"{{"name":"{name}","listen":"127.0.0.1:0","upstream":"echo:"}}"#);
        let made = call(&mut api, "POST", "/proxies", &proxy).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
        addresses.push(made["listen"].as_str().unwrap().to_owned());
    }
    (api, addresses.try_into().unwrap())
}

fn line(more: &str) -> String {
    format!(
        r#"{{"name":"line","type":"bandwidth","attributes":{{"rate":50}},"burst":{BURST}{more}}}"#
    )
}

async fn done(api: &mut Router, method: &str, path: &str, body: &str) -> Answer {
    let answer = call(api, method, path, body).await;
    assert!(answer.status < 300, "{path} {body}: {}", answer.body);
    answer
}

/// How long it takes until so many bytes have been echoed on a new connection.
async fn echo(address: &str, size: usize) -> Duration {
    let address = address.to_owned();
    let echo = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let begun = Instant::now();
        stream.write_all(&vec![7; size]).unwrap();
        stream.read_exact(&mut vec![0; size]).unwrap();
        begun.elapsed()
    });
    echo.await.unwrap()
}

/// At 50 KB/s, half of the burst takes 0.6 s, less what has come in since the bucket was empty.
fn is_slow(time: Duration) -> bool {
    time >= Duration::from_millis(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_change_of_a_toxic_fills_its_bucket() {
    let (mut api, [p, _]) = serving().await;
    let path = "/proxies/p/toxics";
    done(&mut api, "POST", path, &line(r#","shared":true"#)).await;
    echo(&p, BURST).await;
    assert!(is_slow(echo(&p, HALF).await));
    done(
        &mut api,
        "PATCH",
        &format!("{path}/line"),
        r#"{"burst":60001}"#,
    )
    .await;
    assert!(is_slow(echo(&p, HALF).await));
    // The same proxy with another value of its toxic.
    let toxic = line(r#","shared":true"#);
    let list = format!(r#"[{{"name":"p","listen":"{p}","upstream":"echo:","toxics":[{toxic}]}}]"#);
    done(&mut api, "POST", "/populate", &list).await;
    assert!(is_slow(echo(&p, HALF).await));
    // Another toxic of that name begins with a full bucket, so that this is not slow.
    done(&mut api, "DELETE", &format!("{path}/line"), "").await;
    done(
        &mut api,
        "POST",
        path,
        &line(r#","shared":true,"start_after":"0s""#),
    )
    .await;
    done(
        &mut api,
        "POST",
        &format!("{path}/line"),
        r#"{"attributes":{"rate":1}}"#,
    )
    .await;
    echo(&p, HALF).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_one_bucket_for_all_proxies_and_streams() {
    let (mut api, [p, q]) = serving().await;
    let member = line(r#","group":"uplink""#);
    done(&mut api, "POST", "/proxies/p/toxics", &member).await;
    let upstream = line(r#","group":"uplink","stream":"upstream""#);
    done(&mut api, "POST", "/proxies/q/toxics", &upstream).await;
    echo(&p, BURST).await;
    assert!(is_slow(echo(&q, HALF).await));
    // A toxic that leaves the group has a bucket of its own, which is full: at 1 KB/s, nothing else
    // would end in time.
    let change = r#"{"attributes":{"rate":1},"group":""}"#;
    let left = done(&mut api, "PATCH", "/proxies/q/toxics/line", change).await;
    assert!(!left.body.contains("group"), "{}", left.body);
    echo(&q, HALF).await;
    // The group ends with its last toxic, and one of this name is another one.
    done(&mut api, "DELETE", "/proxies/p/toxics/line", "").await;
    let member = r#"{"name":"line","type":"bandwidth","attributes":{"rate":1},"burst":60000,"group":"uplink"}"#;
    done(&mut api, "POST", "/proxies/p/toxics", member).await;
    echo(&p, HALF).await;
}

#[tokio::test]
async fn wrong_values_are_refused_and_change_nothing() {
    let (mut api, _) = serving().await;
    let path = "/proxies/p/toxics";
    let given = line(r#","trace":[[0,100],[0.5,200]]"#);
    let before = done(&mut api, "POST", path, &given).await;
    for (change, problem) in [
        (
            r#"{"trace":[[0,1],[0,2]]}"#,
            "trace[1][0] is 0, but must be at least 0.001 more than 0",
        ),
        (
            r#"{"trace":[[0]]}"#,
            "trace[0] is [0], but must be a pair of seconds and KB/s",
        ),
        (r#"{"trace":[0, 1]}"#, "trace[0] is 0, but must be a list"),
        (r#"{"trace":[[0, -5]]}"#, "trace[0][1] is -5"),
        (r#"{"trace":{"0":5}}"#, "trace is {"),
        (
            r#"{"burst":-1}"#,
            "burst is -1 bytes, but must be from 0 to 1000000000",
        ),
        (r#"{"burst":"1MB"}"#, "burst is \\\"1MB\\\""),
        (r#"{"shared":1}"#, "shared is 1, but must be true or false"),
        (r#"{"group":7}"#, "group is 7, but must be a text"),
    ] {
        let answer = call(&mut api, "PATCH", &format!("{path}/line"), change).await;
        assert_eq!(answer.status, 400, "{change}: {}", answer.body);
        assert!(answer.body.contains(problem), "{change}: {}", answer.body);
        let now = done(&mut api, "GET", &format!("{path}/line"), "").await;
        assert_eq!(now.body, before.body);
    }
    let long = format!(r#"{{"group":"{}"}}"#, "x".repeat(256));
    let answer = call(&mut api, "PATCH", &format!("{path}/line"), &long).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("at most 255 bytes"), "{}", answer.body);
    // Without the keys, the toxic is Toxiproxy's.
    let cleared = r#"{"trace":[],"burst":0,"shared":false}"#;
    let plain = done(&mut api, "PATCH", &format!("{path}/line"), cleared).await;
    assert_eq!(
        plain.body,
        r#"{"attributes":{"rate":50},"name":"line","type":"bandwidth","stream":"downstream","toxicity":1}"#
    );
}
