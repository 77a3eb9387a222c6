//! Downloads that share a bandwidth get its rate together, in equal parts.

use std::io::{ErrorKind, Read, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Kind;
use support::rig::{PATIENCE, Peer, Rig, call, create};

const RATE: u64 = 4000;
const TIME: Duration = Duration::from_secs(2);
/// After so long without a byte, none is on its way.
const QUIET: Duration = Duration::from_millis(300);

/// A client, and the server that always has more for it.
struct Download {
    client: Peer,
    server: Peer,
    got: u64,
}

impl Download {
    fn new(rig: &Rig, address: &str) -> Self {
        let client = Peer::to(address);
        let server = Peer(rig.upstream.accept(PATIENCE).expect("the proxy dials"));
        client.0.set_nonblocking(true).unwrap();
        server.0.set_nonblocking(true).unwrap();
        Download {
            client,
            server,
            got: 0,
        }
    }

    /// Sends what there is room for, and reads what has arrived. Returns whether anything has.
    fn run(&mut self, buffer: &mut [u8]) -> bool {
        if let Err(error) = (&self.server.0).write(buffer) {
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
        }
        match (&self.client.0).read(buffer) {
            Ok(count) => {
                assert_ne!(count, 0, "the end");
                self.got += count as u64;
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                false
            }
        }
    }
}

/// Runs all downloads until `done`, which is given the time since the last byte arrived.
fn run_until(downloads: &mut [Download], done: impl Fn(Duration) -> bool) {
    let mut buffer = vec![0; 128 * 1024];
    let mut last = Instant::now();
    while !done(last.elapsed()) {
        for download in downloads.iter_mut() {
            if download.run(&mut buffer) {
                last = Instant::now();
            }
        }
        sleep(Duration::from_millis(2));
    }
}

/// Lets data flow at the rate for a while. Returns what each client got, and the bytes that were
/// allowed.
fn flow(rig: &Rig, proxies: &[&str], downloads: &mut [Download]) -> (Vec<u64>, f64) {
    let set = |rate: u64| {
        for proxy in proxies {
            let path = format!("/proxies/{proxy}/toxics/line");
            let change = json!({"attributes": {"rate": rate}});
            let answer = call(&rig.server, "POST", &path, &change);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    };
    let before: Vec<u64> = downloads.iter().map(|one| one.got).collect();
    let begun = Instant::now();
    set(RATE);
    run_until(downloads, |_| begun.elapsed() >= TIME);
    set(0);
    let time = begun.elapsed();
    run_until(downloads, |quiet| quiet >= QUIET);
    let got = downloads.iter().zip(before);
    let got = got.map(|(one, before)| one.got - before);
    (got.collect(), time.as_secs_f64() * RATE as f64 * 1000.0)
}

/// Downloads until one attempt gets the rate in equal parts. A busy machine may lose time in one or
/// stop some threads for longer than others; no attempt may get more than the rate.
fn download(rig: &Rig, proxies: &[&str], mut downloads: Vec<Download>) {
    run_until(&mut downloads, |quiet| quiet >= QUIET);
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (got, allowed) = flow(rig, proxies, &mut downloads);
        let sum = got.iter().sum::<u64>() as f64;
        assert!(sum <= allowed * 1.005, "{sum} of {allowed}");
        let fair = sum / got.len() as f64;
        let is_fair = |one: &u64| (0.9..=1.1).contains(&(*one as f64 / fair));
        if sum >= allowed * 0.95 && got.iter().all(is_fair) {
            return;
        }
        seen.push((allowed, got));
    }
    panic!("{seen:?}");
}

/// A bandwidth that lets nothing through until its rate is set.
fn line(more: &[(&str, Value)]) -> Value {
    let mut line = json!({"name": "line", "type": "bandwidth", "attributes": {"rate": 0}});
    for (name, value) in more {
        line[*name] = value.clone();
    }
    line
}

#[test]
fn parallel_downloads_get_the_shared_rate_in_equal_parts() {
    for count in [1, 6, 60] {
        let rig = Rig::new(Kind::Manual);
        rig.add(&line(&[("shared", true.into())]));
        let address = proxy_address(&rig, "p");
        let downloads = (0..count).map(|_| Download::new(&rig, &address));
        download(&rig, &["p"], downloads.collect());
        let path = "/proxies/p/toxics/line/stats";
        let stats = call(&rig.server, "GET", path, &Value::Null).json();
        let asked = stats["rate"]["asked"].as_u64().unwrap();
        assert!(asked.abs_diff(RATE * 1000) <= RATE * 10, "{stats}");
    }
}

#[test]
fn a_group_shares_its_rate_between_proxies() {
    let rig = Rig::new(Kind::Manual);
    create(&rig.server, "q", &rig.upstream.addr());
    let mut downloads = Vec::new();
    for proxy in ["p", "q"] {
        let path = format!("/proxies/{proxy}/toxics");
        let group = line(&[("group", "uplink".into())]);
        let answer = call(&rig.server, "POST", &path, &group);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let shown = answer.json();
        assert_eq!(shown["group"], "uplink");
        assert_eq!(shown["attributes"], json!({"rate": 0}));
        let address = proxy_address(&rig, proxy);
        downloads.extend((0..3).map(|_| Download::new(&rig, &address)));
    }
    download(&rig, &["p", "q"], downloads);
}

fn proxy_address(rig: &Rig, proxy: &str) -> String {
    let path = format!("/proxies/{proxy}");
    let proxy = call(&rig.server, "GET", &path, &Value::Null).json();
    proxy["listen"].as_str().unwrap().to_owned()
}
