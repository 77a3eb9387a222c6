//! One client script, run against two servers with the same seed, meets the same faults; and `replay`
//! gives later connections the faults of an earlier one.

use std::time::{Duration, Instant};

use aconite::engine::Moment;
use serde_json::{Value, json};

use crate::harness::book::Book;
use crate::harness::driver::Driver;
use support::rig::{End, Peer, call};
use support::{Kind, Server, Upstream, free_port};

const SEED: &str = "4711";
const CONNECTIONS: u64 = 8;
/// Sizes of the messages of one connection, each of which comes back before the next is sent.
const MESSAGES: [usize; 3] = [1, 300, 40];
const LATENCY: i64 = 12;
const JITTER: i64 = 10;

/// A server with a proxy before an echo. The name is that of the proxy of a [`Book`].
struct Stand {
    server: Server,
    _upstream: Upstream,
    address: String,
}

impl Stand {
    fn with(toxics: &Value) -> Self {
        let server = Server::start(&["-seed", SEED, "-proxy-metrics"]);
        let upstream = Upstream::start(Kind::Echo);
        let address = format!("127.0.0.1:{}", free_port());
        let body = json!({"name": "web", "listen": address, "upstream": upstream.addr(), "toxics": toxics});
        let answer = call(&server, "POST", "/proxies", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        Stand {
            server,
            _upstream: upstream,
            address,
        }
    }

    fn get(&self, path: &str) -> Value {
        let answer = call(
            &self.server,
            "GET",
            &format!("/proxies/web/{path}"),
            &Value::Null,
        );
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    fn change(&self, toxic: &str, change: &Value) {
        let path = format!("/proxies/web/toxics/{toxic}");
        let answer = call(&self.server, "POST", &path, change);
        assert_eq!(answer.status, 200, "{change}: {}", answer.text());
    }

    /// How the toxics stand to a connection, less what they did.
    fn plan(&self, connection: u64) -> Vec<Value> {
        let shown = self.get(&format!("connections/{connection}"));
        assert_eq!(shown["id"], connection);
        let toxics = shown["toxics"].as_array().unwrap().iter();
        let plan = toxics.cloned().map(|mut toxic| {
            toxic.as_object_mut().unwrap().remove("hits");
            toxic
        });
        plan.collect()
    }
}

/// What the script met.
#[derive(Debug, PartialEq)]
struct Record {
    plans: Vec<Vec<Value>>,
    /// How many messages came back on each connection.
    answered: Vec<usize>,
    /// What the latency was asked for: count and quantiles.
    asked: Value,
}

/// The client's script. Also how long each message took that came back.
fn script(stand: &Stand) -> (Record, Vec<Vec<Duration>>) {
    let (mut plans, mut times) = (Vec::new(), Vec::new());
    for connection in 1..=CONNECTIONS {
        let client = Peer::to(&stand.address);
        let mut took = Vec::new();
        for size in MESSAGES {
            let sent = Instant::now();
            client.send(&vec![b'm'; size]);
            match back(&client, size) {
                true => took.push(sent.elapsed()),
                false => break,
            }
        }
        plans.push(stand.plan(connection));
        times.push(took);
    }
    let record = Record {
        plans,
        answered: times.iter().map(Vec::len).collect(),
        asked: stand.get("toxics/slow/stats")["delay_ms"]["asked"].clone(),
    };
    (record, times)
}

/// Whether so many bytes come, rather than the end.
fn back(client: &Peer, count: usize) -> bool {
    let mut buffer = vec![0; count];
    let mut filled = 0;
    let deadline = Instant::now() + support::rig::PATIENCE;
    while filled < count {
        match support::wire::read_by(&client.0, &mut buffer[filled..], deadline).unwrap() {
            0 => return false,
            more => filled += more,
        }
    }
    true
}

fn faults() -> Value {
    json!([
        {"name": "slow", "type": "latency", "toxicity": 0.6, "attributes": {"latency": LATENCY, "jitter": JITTER}},
        {"name": "short", "type": "limit_data", "stream": "upstream", "toxicity": 0.4, "attributes": {"bytes": 200}},
    ])
}

/// What the latency asks of each message, worked out without a server.
fn predicted(connection: u64) -> Vec<Duration> {
    let mut book = Book::new(SEED.parse().unwrap());
    let attributes = [("latency", LATENCY), ("jitter", JITTER)];
    book.add("slow", "latency", &attributes, f64::from(0.6_f32));
    let mut driver = Driver::of(connection, book.plan(), Moment::ORIGIN, 1);
    let delays = MESSAGES.map(|size| {
        let sent = driver.now;
        driver.push(vec![b'm'; size].into());
        driver.run_for(Duration::from_secs(1));
        driver.log.last().unwrap().0.since(sent)
    });
    delays.to_vec()
}

#[test]
fn same_seed_repeats_the_faults_of_a_script() {
    let stands = [Stand::with(&faults()), Stand::with(&faults())];
    let [(first, times), (again, later)] = stands.each_ref().map(script);
    assert_eq!(first, again);
    assert!(first.asked["p50"].as_f64().unwrap() > 0.0, "{first:?}");
    // Some are hit by each toxic and some are not, or this shows nothing.
    let applies = |index: usize| {
        first
            .plans
            .iter()
            .filter(move |plan| plan[index]["applies"] == true)
    };
    for index in 0..2 {
        let hit = applies(index).count();
        assert!((1..CONNECTIONS as usize).contains(&hit), "{hit}");
    }
    for (connection, took) in (1..).zip(&times).chain((1..).zip(&later)) {
        for (took, asked) in took.iter().zip(predicted(connection)) {
            assert!(
                *took >= asked,
                "{connection}: took {took:?}, asked {asked:?}"
            );
        }
    }
    for (plan, answered) in first.plans.iter().zip(&first.answered) {
        assert_eq!(plan[0]["name"], "short");
        // 200 bytes of the second message are on their way back when the limit closes.
        let cut = plan[0]["applies"] == true;
        assert_eq!(*answered, if cut { 1 } else { 3 }, "{plan:?}");
    }
}

fn half() -> Value {
    json!([{"name": "gate", "type": "limit_data", "stream": "upstream", "toxicity": 0.5, "attributes": {"bytes": 0}}])
}

/// Whether each of so many new connections is closed by its first byte.
fn closed(stand: &Stand, count: usize) -> Vec<bool> {
    let visits = (0..count).map(|_| {
        let client = Peer::to(&stand.address);
        let echoed = client.echoes();
        if !echoed {
            assert_eq!(client.read_to_end(), (Vec::new(), End::Eof));
        }
        !echoed
    });
    visits.collect()
}

#[test]
fn replay_repeats_the_faults_of_a_connection() {
    let stand = Stand::with(&half());
    let met = closed(&stand, 12);
    let (hit, missed) = (
        met.iter().position(|hit| *hit),
        met.iter().position(|hit| !hit),
    );
    let (hit, missed) = (hit.unwrap() as u64 + 1, missed.unwrap() as u64 + 1);
    let drawn = |connection: u64| stand.plan(connection)[0]["draw"].clone();
    let (hit_draw, missed_draw) = (drawn(hit), drawn(missed));
    stand.change("gate", &json!({"replay": {"connection": hit}}));
    assert_eq!(closed(&stand, 6), [true; 6]);
    stand.change(
        "gate",
        &json!({"attributes": {"replay": {"connection": missed}}}),
    );
    assert_eq!(closed(&stand, 6), [false; 6]);
    let plan = &stand.plan(23)[0];
    assert_eq!(
        (&plan["as_connection"], &plan["draw"]),
        (&json!(missed), &missed_draw)
    );
    assert_ne!(hit_draw, missed_draw);
    // The share still decides: with none at all, nobody is.
    stand.change(
        "gate",
        &json!({"replay": {"connection": hit}, "toxicity": 0.0}),
    );
    assert_eq!(closed(&stand, 3), [false; 3]);
}

#[test]
fn faults_of_a_future_connection_are_predicted() {
    let stand = Stand::with(&half());
    let coming: Vec<bool> = (1..=12)
        .map(|n| stand.plan(n)[0]["applies"] == true)
        .collect();
    assert_eq!(closed(&stand, 12), coming);
}
