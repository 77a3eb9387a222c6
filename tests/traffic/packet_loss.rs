//! `packet_loss` over real sockets: the stream arrives intact, and requests stall as TCP's do.

use std::time::{Duration, Instant};

use serde_json::json;
use support::local::Local;
use support::rig::{End, Peer, Rig, call, create};
use support::{Kind, Server};

const MEGABYTE: usize = 1_000_000;

/// 100 MB in all. The more is lost, the longer a megabyte takes.
#[test]
fn a_stream_under_loss_arrives_intact() {
    for (loss, megabytes) in [(0.001, 60), (0.01, 30), (0.05, 8), (0.2, 2)] {
        let size = megabytes * MEGABYTE;
        let rig = Rig::new(Kind::Source(size as u64));
        let attributes = json!({"loss_rate": loss, "rtt": 1, "rto_min": 1});
        rig.add(&json!({"type": "packet_loss", "attributes": attributes}));
        let (bytes, end) = rig.connect().read_to_end();
        assert_eq!((bytes.len(), end), (size, End::Eof), "{loss}");
        assert!(bytes == support::pattern(0, size as u64), "{loss}");
        let stats = call(
            &rig.server,
            "GET",
            "/proxies/p/toxics/packet_loss_downstream/stats",
            &serde_json::Value::Null,
        );
        assert!(stats.json()["hits"]["delayed"].as_u64() > Some(0), "{loss}");
    }
}

const PINGS: usize = 300;
const RATE: f64 = 0.02;
/// The retransmission timeout of the toxic: three round trips of 50 ms are less.
const TIMEOUT: Duration = Duration::from_millis(200);

/// Which of the requests stalled. Panics if one did for less than the timeout.
fn stalls(redis: &str) -> Vec<usize> {
    let server = Server::start(&["-seed", "7"]);
    let address = create(&server, "redis", redis);
    let toxic = json!({"type": "packet_loss", "attributes": {"loss_rate": RATE}});
    let added = call(&server, "POST", "/proxies/redis/toxics", &toxic);
    assert_eq!(added.status, 200, "{}", added.text());
    let client = Peer::to(&address);
    let mut stalls = Vec::new();
    for number in 0..PINGS {
        let start = Instant::now();
        client.send(b"PING\r\n");
        assert_eq!(client.read(7), b"+PONG\r\n");
        if start.elapsed() >= TIMEOUT {
            stalls.push(number);
        }
    }
    stalls
}

/// An answer is a packet on its own, with nothing behind it: if it is lost, it arrives after the
/// retransmission timeout. The same seed loses the same ones.
#[test]
fn a_redis_stalls_at_the_requests_whose_answers_are_lost() {
    let redis = match Local::redis() {
        Ok(redis) => redis,
        Err(reason) => return support::skip(&reason),
    };
    let first = stalls(&redis.address());
    // 6 are expected; four standard deviations are 10. A busy machine only adds stalls.
    assert!((1..=16).contains(&first.len()), "{first:?}");
    let second = stalls(&redis.address());
    let both = first.iter().filter(|number| second.contains(number));
    assert!(both.count() >= first.len() - 1, "{first:?} {second:?}");
}
