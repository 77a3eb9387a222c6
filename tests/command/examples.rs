//! The configuration of `examples/compose` in front of a local Redis and Postgres.
//!
//! Needs `redis-server` and Postgres's own programs (Debian: `redis-server`, `postgresql`). Without
//! them the test says so and passes, unless `CI` is `true`.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use support::local::Local;
use support::{ScratchFile, Server, free_port, postgres, wire};

const PATIENCE: Duration = Duration::from_secs(15);

fn example(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compose");
    fs::read_to_string(folder.join(file)).unwrap()
}

fn config() -> Vec<Value> {
    serde_json::from_str(&example("aconite.json")).unwrap()
}

fn split(address: &Value) -> (&str, &str) {
    address.as_str().unwrap().rsplit_once(':').unwrap()
}

/// The minimum delay of an answer that a proxy's toxics cause, in milliseconds.
fn least_delay(proxy: &Value) -> u64 {
    let toxics = proxy["toxics"].as_array().unwrap().iter();
    let delays = toxics.map(|toxic| {
        let attribute = |name: &str| toxic["attributes"][name].as_u64().unwrap_or(0);
        attribute("latency") - attribute("jitter")
    });
    delays.sum()
}

/// Starts a server with the example's file, adapted to addresses on this machine: the server in
/// place of `redis:6379` is in `upstreams` under that key.
fn start(upstreams: &BTreeMap<&str, String>) -> (Server, ScratchFile, Vec<Value>) {
    let mut proxies = config();
    for proxy in &mut proxies {
        let upstream = &upstreams[proxy["upstream"].as_str().unwrap()];
        proxy["upstream"] = Value::from(upstream.as_str());
        proxy["listen"] = Value::from(format!("127.0.0.1:{}", free_port()));
    }
    let text = Value::from(proxies.clone()).to_string();
    let file = ScratchFile::with("json", &text);
    let server = Server::start(&["-config", &file.path()]);
    (server, file, proxies)
}

fn ask_redis(address: &str) {
    let deadline = Instant::now() + PATIENCE;
    let stream = wire::connect(address, PATIENCE).unwrap();
    wire::write_all_by(&stream, b"PING\r\n", deadline, &false.into()).unwrap();
    let mut answer = [0; 64];
    let count = wire::read_by(&stream, &mut answer, deadline).unwrap();
    assert_eq!(&answer[..count], b"+PONG\r\n");
}

/// The minimum time that the application has to wait.
fn assert_delayed(proxy: &Value, ask: impl FnOnce(&str)) {
    let start = Instant::now();
    ask(proxy["listen"].as_str().unwrap());
    let took = start.elapsed();
    let least = Duration::from_millis(least_delay(proxy));
    assert!(took >= least, "{took:?} through {proxy}");
}

#[test]
fn the_compose_file_and_the_config_are_about_the_same_services() {
    let compose = example("compose.yaml");
    assert!(compose.contains("[\"-config\", \"/config/aconite.json\"]"));
    assert!(compose.contains("./aconite.json:/config/aconite.json:ro"));
    for proxy in config() {
        let (host, _) = split(&proxy["upstream"]);
        assert!(compose.contains(&format!("\n  {host}:\n")), "{host}");
        let (all, port) = split(&proxy["listen"]);
        assert_eq!(all, "0.0.0.0", "other containers must reach it");
        assert!(compose.contains(&format!("aconite:{port}")), "{port}");
    }
}

#[test]
fn example_proxies_forward_and_their_toxics_act() {
    let servers = Local::redis().and_then(|redis| Ok((redis, Local::postgres()?)));
    let (redis, postgres) = match servers {
        Ok(servers) => servers,
        Err(why) => {
            support::skip(&why);
            return;
        }
    };
    let upstreams = BTreeMap::from([
        ("redis:6379", redis.address()),
        ("postgres:5432", postgres.address()),
    ]);
    let (server, _file, proxies) = start(&upstreams);

    for proxy in &proxies {
        let name = proxy["name"].as_str().unwrap();
        let shown = server.api("GET", &format!("/proxies/{name}"), "").json();
        assert_eq!(shown["enabled"], true, "{shown}");
        let names = |proxy: &Value| -> Vec<Value> {
            let toxics = proxy["toxics"].as_array().unwrap().iter();
            toxics.map(|toxic| toxic["name"].clone()).collect()
        };
        assert_eq!(names(&shown), names(proxy), "in the file's order");
        match name {
            "redis" => assert_delayed(proxy, ask_redis),
            "postgres" => assert_delayed(proxy, |address| {
                assert_eq!(postgres::select(address, "SELECT 6 * 7"), "42");
            }),
            other => panic!("no server stands for {other}"),
        }
    }
}
