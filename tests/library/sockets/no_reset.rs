//! An orderly end is a FIN on both sides, even with bytes in flight that will never be read.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use aconite::control::ProxyChange;

use super::pattern;
use super::rig::*;

/// A sender's bytes that arrive after its connection was closed.
const IN_FLIGHT: usize = 500_000;

/// A sender writes `count` bytes through a limit of 1000 and then waits for the end.
async fn limit_meets_a_sender_of(count: usize) {
    let rig = Rig::new().await;
    for stream in STREAMS {
        rig.add(toxic("limit_data", stream, &[("bytes", 1000)]));
        let mut pair = rig.pair();
        let (from, to) = pair.ends(stream);
        let bytes = pattern::bytes(0, count);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                from.write_all(&bytes).expect("the proxy reads on");
                assert_eq!(read_to_end(from), (Vec::new(), End::Eof), "the sender");
            });
            let (seen, end) = read_to_end(to);
            assert_eq!((seen.len(), end), (1000, End::Eof), "the receiver");
            pattern::check(0, &seen, stream);
        });
        rig.remove(&format!("limit_data_{stream}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limit_data_ends_a_busy_sender_with_a_fin() {
    limit_meets_a_sender_of(IN_FLIGHT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limit_data_ends_a_sender_of_more_than_a_buffer_with_a_fin() {
    limit_meets_a_sender_of(3_000_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limit_data_passes_all_that_it_lets_through_to_a_slow_reader() {
    let rig = Rig::new().await;
    rig.add(toxic("limit_data", "downstream", &[("bytes", 2_000_000)]));
    rig.add(toxic("bandwidth", "upstream", &[("rate", 0)]));
    let mut pair = rig.pair();
    // Closing a socket with unread bytes sends RST, which would discard the bytes in flight.
    stuff(&mut pair.client, &pattern::bytes(0, IN_FLIGHT));
    stuff(&mut pair.upstream, &pattern::bytes(0, 3_000_000));
    // Longer than the proxy keeps reading for the sender's end.
    std::thread::sleep(Duration::from_millis(1500));
    let (seen, end) = read_to_end(&mut pair.client);
    assert_eq!((seen.len(), end), (2_000_000, End::Eof));
    pattern::check(0, &seen, "downstream");
}

/// A peer that keeps sending after its connection was closed is finally answered with a reset,
/// which discards what it has not read yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limit_data_passes_all_that_it_lets_through_to_a_slow_reader_that_writes() {
    const BYTES: usize = 400_000;
    let rig = Rig::new().await;
    rig.add(toxic(
        "limit_data",
        "downstream",
        &[("bytes", BYTES as i64)],
    ));
    let client = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(32 * 1024).unwrap();
    client.connect(&rig.address().into()).unwrap();
    let mut client = tuned(client.into());
    let mut upstream = rig.accept();
    upstream.write_all(&pattern::bytes(0, BYTES)).unwrap();
    // Longer than the proxy keeps reading for the peer's end when no data is pending for it.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(2500) {
        client.write_all(b"x").unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut seen = vec![0; BYTES];
    client.read_exact(&mut seen).unwrap();
    pattern::check(0, &seen, "downstream");
}

/// Connections with unread bytes in flight in both directions.
fn full_pairs(rig: &Rig) -> Vec<Pair> {
    let mut pairs = rig.pairs(3);
    for pair in &mut pairs {
        // A byte that has passed shows that both links are running.
        pair.client.write_all(b"w").unwrap();
        assert_eq!(read_exactly(&mut pair.upstream, 1), b"w");
    }
    STREAMS
        .iter()
        .for_each(|stream| rig.add(toxic("bandwidth", stream, &[("rate", 0)])));
    let bytes = pattern::bytes(0, IN_FLIGHT);
    for pair in &mut pairs {
        for stream in STREAMS {
            let sent = stuff(pair.ends(stream).0, &bytes);
            assert!(sent > 64 * 1024, "{sent}");
        }
    }
    pairs
}

fn all_end_orderly(pairs: Vec<Pair>) {
    for mut pair in pairs {
        let client = read_to_end(&mut pair.client);
        assert_eq!(client, (Vec::new(), End::Eof), "client");
        let upstream = read_to_end(&mut pair.upstream);
        assert_eq!(upstream, (Vec::new(), End::Eof), "upstream");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_ends_with_a_fin() {
    let rig = Rig::new().await;
    let pairs = full_pairs(&rig);
    rig.enable(false).await;
    all_end_orderly(pairs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_ends_with_a_fin() {
    let rig = Rig::new().await;
    let pairs = full_pairs(&rig);
    rig.control.delete(PROXY).await.unwrap();
    all_end_orderly(pairs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_upstream_ends_with_a_fin() {
    let rig = Rig::new().await;
    let pairs = full_pairs(&rig);
    let change = ProxyChange {
        upstream: Some("127.0.0.1:1".to_owned()),
        ..ProxyChange::default()
    };
    rig.control.update(PROXY, change).await.unwrap();
    all_end_orderly(pairs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_ends_with_a_fin() {
    for stream in STREAMS {
        let rig = Rig::new().await;
        let pairs = full_pairs(&rig);
        let start = Instant::now();
        rig.add(toxic("timeout", stream, &[("timeout", 100)]));
        all_end_orderly(pairs);
        assert!(start.elapsed() >= Duration::from_millis(100));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_a_timeout_ends_with_a_fin() {
    let rig = Rig::new().await;
    rig.add(toxic("timeout", "downstream", &[("timeout", 0)]));
    let pairs = full_pairs(&rig);
    rig.remove("timeout_downstream");
    all_end_orderly(pairs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_after_a_busy_time_ends_with_a_fin() {
    let rig = Rig::new().await;
    let mut pair = rig.pair();
    let bytes = pattern::bytes(0, 4_000_000);
    // A fast reader makes the kernel grant large receive buffers.
    for stream in STREAMS {
        for _ in 0..4 {
            let (from, to) = pair.ends(stream);
            std::thread::scope(|scope| {
                scope.spawn(|| from.write_all(&bytes).unwrap());
                assert!(read_exactly(to, bytes.len()) == bytes);
            });
        }
    }
    STREAMS
        .iter()
        .for_each(|stream| rig.add(toxic("bandwidth", stream, &[("rate", 0)])));
    for stream in STREAMS {
        stuff(pair.ends(stream).0, &bytes);
    }
    rig.enable(false).await;
    all_end_orderly(vec![pair]);
}
