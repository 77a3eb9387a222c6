//! A thousand connections through toxics that apply to a share of them: `stats`, `/metrics` and the
//! list of connections have to report what both outer ends counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use aconite::engine::Direction;
use serde_json::{Value, json};

use crate::harness::book::Book;
use crate::visible::peers::{Client, Seen, Talk, Upstream, moment};
use support::metrics;
use support::rig::{PATIENCE, call};
use support::{Server, free_port};

const SEED: u64 = 20;
const CONNECTIONS: u64 = 1000;
/// Open at a time: no more descriptors than any system has.
const AT_ONCE: u64 = 100;
/// Bytes that the limit lets through; every question is longer.
const LIMIT: u64 = 600;

/// Name, kind, attributes, the share of connections.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, i64)],
    f32,
);

const UP: [Row; 3] = [
    ("slow", "latency", &[("latency", 3), ("jitter", 2)], 0.7),
    ("narrow", "bandwidth", &[("rate", 20_000)], 0.5),
    ("short", "limit_data", &[("bytes", LIMIT as i64)], 0.3),
];
const DOWN: [Row; 2] = [
    ("rude", "reset_peer", &[("timeout", 0)], 0.15),
    ("back", "latency", &[("latency", 2)], 0.6),
];

/// Which toxics apply to a connection, worked out without the server.
struct Oracle {
    up: Book,
    down: Book,
}

impl Oracle {
    fn new() -> Self {
        let book = |rows: &[Row], direction| {
            let mut book = Book::towards(SEED, direction);
            for (name, kind, attributes, share) in rows {
                book.add(name, kind, attributes, f64::from(*share));
            }
            book
        };
        Oracle {
            up: book(&UP, Direction::Upstream),
            down: book(&DOWN, Direction::Downstream),
        }
    }

    fn applies(&self, name: &str, connection: u64) -> bool {
        let up = UP.iter().any(|row| row.0 == name);
        let book = if up { &self.up } else { &self.down };
        book.applicability(name, connection).applies
    }
}

/// The server with its proxy. The name is that of the proxy of a [`Book`].
struct Stand {
    server: Server,
    address: String,
}

impl Stand {
    fn before(upstream: SocketAddr) -> Self {
        let server = Server::start(&["-seed", &SEED.to_string(), "-proxy-metrics"]);
        let address = format!("127.0.0.1:{}", free_port());
        let toxic = |stream: &str, (name, kind, attributes, share): &Row| {
            let attributes: BTreeMap<&str, i64> = attributes.iter().copied().collect();
            json!({"name": name, "type": kind, "stream": stream, "toxicity": share, "attributes": attributes})
        };
        let up = UP.iter().map(|row| toxic("upstream", row));
        let toxics: Vec<Value> = up
            .chain(DOWN.iter().map(|row| toxic("downstream", row)))
            .collect();
        let body = json!({"name": "web", "listen": address, "upstream": upstream.to_string(), "toxics": toxics});
        let answer = call(&server, "POST", "/proxies", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        Stand { server, address }
    }

    fn get(&self, path: &str) -> Value {
        call(
            &self.server,
            "GET",
            &format!("/proxies/web/{path}"),
            &Value::Null,
        )
        .json()
    }

    /// The connections behind so many, once as many are there and open.
    async fn open_behind(&self, after: u64, count: u64) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let shown = self.get(&format!("connections?after={after}&limit={count}"));
            let listed = shown["connections"].as_array().unwrap();
            if listed.len() as u64 == count && listed.iter().all(|one| one["state"] == "open") {
                assert_eq!(
                    (&shown["seed"], &shown["accepted"]),
                    (&json!(SEED), &json!(after + count))
                );
                return listed.clone();
            }
            assert!(start.elapsed() < PATIENCE, "{shown}");
            moment().await;
        }
    }

    /// Waits until no connection is left.
    async fn empty(&self) {
        let start = Instant::now();
        while self.get("connections")["open"] != 0 {
            assert!(start.elapsed() < PATIENCE, "connections stay");
            moment().await;
        }
    }
}

/// What both ends saw of each connection, by its number.
type Counts = BTreeMap<u64, (Seen, Seen)>;

/// Opens so many connections, looks at how they are listed, and talks on all of them at once.
async fn batch(
    stand: &Stand,
    upstream: &mut Upstream,
    oracle: &Oracle,
    after: u64,
    counts: &mut Counts,
) {
    let mut clients = BTreeMap::new();
    for _ in 0..AT_ONCE {
        let client = Client::to(&stand.address).await;
        clients.insert(client.address.to_string(), client);
    }
    let mut talks = Vec::new();
    for listed in stand.open_behind(after, AT_ONCE).await {
        let number = listed["id"].as_u64().unwrap();
        assert_eq!(listed["upstream"], upstream.address.to_string());
        for toxic in listed["toxics"].as_array().unwrap() {
            let name = toxic["name"].as_str().unwrap();
            assert_eq!(
                toxic["applies"],
                oracle.applies(name, number),
                "{number}: {toxic}"
            );
        }
        let client = clients.remove(listed["client"].as_str().unwrap());
        let mut client = client.expect("a client of ours, once");
        let talk = Talk::of(number);
        talks.push(tokio::spawn(async move { client.ask(talk).await }));
    }
    let mut seen = BTreeMap::new();
    for talk in talks {
        let client = talk.await.unwrap();
        seen.insert(client.number, client);
    }
    for report in upstream.reports(AT_ONCE as usize).await {
        counts.insert(report.number, (seen[&report.number], report));
    }
}

/// Holds what each end saw against what the toxics that apply do.
fn check_ends(counts: &Counts, oracle: &Oracle) {
    assert_eq!(counts.len() as u64, CONNECTIONS);
    for (number, (client, upstream)) in counts {
        let talk = Talk::of(*number);
        let short = oracle.applies("short", *number);
        let rude = oracle.applies("rude", *number) && !short;
        let passed = if short { LIMIT } else { talk.question };
        let answered = if short { 0 } else { talk.answer };
        let came_back = if rude { 0 } else { answered };
        let expected = (talk.question, came_back, rude, passed, answered, rude);
        let met = (
            client.sent,
            client.received,
            client.reset,
            upstream.received,
            upstream.sent,
            upstream.reset,
        );
        assert_eq!(met, expected, "{number}: {client:?} {upstream:?}");
    }
}

/// What a toxic's counts have to be: connections, bytes, delayed, closed, reset.
fn expected(name: &str, counts: &Counts, oracle: &Oracle) -> [u64; 5] {
    let sum = |count: &dyn Fn(&Seen, &Seen) -> u64| {
        let applying = counts
            .iter()
            .filter(|(number, _)| oracle.applies(name, **number));
        applying
            .map(|(_, (client, upstream))| count(client, upstream))
            .sum::<u64>()
    };
    let all = sum(&|_, _| 1);
    let asked = sum(&|client, _| client.sent);
    // Who was cut short never answered.
    let answered = sum(&|_, upstream| u64::from(upstream.sent > 0));
    match name {
        "slow" | "narrow" => [all, asked, all, 0, 0],
        "short" => [
            all,
            asked,
            0,
            sum(&|client, upstream| u64::from(upstream.received < client.sent)),
            0,
        ],
        "rude" => [
            answered,
            sum(&|_, upstream| upstream.sent),
            0,
            0,
            sum(&|client, _| u64::from(client.reset)),
        ],
        // Behind the reset it is shown that end and no bytes.
        _ => {
            let shown = sum(&|client, _| u64::from(client.received > 0));
            [answered, sum(&|client, _| client.received), shown, 0, 0]
        }
    }
}

const COUNTS: [&str; 5] = ["connections", "bytes", "delayed", "closed", "reset"];

fn check_counts(stand: &Stand, counts: &Counts, oracle: &Oracle) {
    let text = call(&stand.server, "GET", "/metrics", &Value::Null).text();
    let series = metrics::parse(&text);
    for (name, kind, ..) in UP.iter().chain(&DOWN) {
        let stats = stand.get(&format!("toxics/{name}/stats"));
        let expected = expected(name, counts, oracle);
        for (what, expected) in COUNTS.iter().zip(expected) {
            assert_eq!(stats["hits"][what], expected, "{what} of {name}: {stats}");
            let full = format!("aconite_toxic_{what}_total");
            let found = series
                .iter()
                .find(|one| one.name == full && one.labels["toxic"] == *name);
            let found = found.unwrap_or_else(|| panic!("{full} of {name}"));
            assert_eq!(found.value, expected as f64, "{full} of {name}");
            assert_eq!(
                (
                    found.labels["proxy"].as_str(),
                    found.labels["type"].as_str()
                ),
                ("web", *kind)
            );
        }
    }
    let sum = |count: &dyn Fn(&(Seen, Seen)) -> u64| counts.values().map(count).sum::<u64>();
    for (what, direction, expected) in [
        ("received", "upstream", sum(&|(client, _)| client.sent)),
        ("sent", "upstream", sum(&|(_, upstream)| upstream.received)),
        (
            "received",
            "downstream",
            sum(&|(_, upstream)| upstream.sent),
        ),
        ("sent", "downstream", sum(&|(client, _)| client.received)),
    ] {
        assert_eq!(
            metrics::bytes(&text, what, "web", direction),
            expected,
            "{what} {direction}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_of_a_thousand_connections_match_both_ends() {
    let mut upstream = Upstream::start().await;
    let (stand, oracle) = (Stand::before(upstream.address), Oracle::new());
    let mut counts = Counts::new();
    for after in (0..CONNECTIONS).step_by(AT_ONCE as usize) {
        batch(&stand, &mut upstream, &oracle, after, &mut counts).await;
    }
    stand.empty().await;
    check_ends(&counts, &oracle);
    check_counts(&stand, &counts, &oracle);
    // As many as the shares say, or nothing was shown.
    let reset = counts.values().filter(|(client, _)| client.reset).count();
    let short = counts
        .values()
        .filter(|(client, _)| client.received == 0 && !client.reset)
        .count();
    assert!(reset > 50 && short > 200, "{reset} {short}");
}
