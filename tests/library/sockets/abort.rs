//! A peer's abort (RST) reaches the other peer as an RST, after the bytes sent before it.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use aconite::control::NewToxic;

use super::pattern;
use super::rig::*;

const LATENCY_MS: i64 = 150;

/// The sending and the receiving end of a stream.
fn by_role(pair: Pair, stream: &str) -> (TcpStream, TcpStream) {
    match stream {
        "upstream" => (pair.client, pair.upstream),
        _ => (pair.upstream, pair.client),
    }
}

/// One end sends some bytes and aborts; the other sees the bytes, then the reset.
fn abort_is_passed_on(mut pair: Pair, stream: &str, at_least: Duration) {
    pair.warm();
    let start = Instant::now();
    let (mut from, mut to) = by_role(pair, stream);
    from.write_all(b"last words").unwrap();
    abort(from);
    let (bytes, end) = read_to_end(&mut to);
    assert_eq!(
        (bytes.as_slice(), end),
        (&b"last words"[..], End::Reset),
        "{stream}"
    );
    assert!(start.elapsed() >= at_least, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_is_passed_on_behind_the_bytes_before_it() {
    let rig = Rig::new().await;
    for stream in STREAMS.repeat(50) {
        abort_is_passed_on(rig.pair(), stream, Duration::ZERO);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_does_not_overtake_delayed_bytes() {
    let rig = Rig::new().await;
    let latency = Duration::from_millis(LATENCY_MS as u64);
    for stream in STREAMS {
        rig.add(toxic("latency", stream, &[("latency", LATENCY_MS)]));
        for _ in 0..4 {
            abort_is_passed_on(rig.pair(), stream, latency);
        }
        rig.remove(&format!("latency_{stream}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_is_passed_on_while_the_other_direction_is_delayed() {
    let rig = Rig::new().await;
    for (stream, other) in [("upstream", "downstream"), ("downstream", "upstream")] {
        rig.add(toxic("latency", other, &[("latency", LATENCY_MS)]));
        abort_is_passed_on(rig.pair(), stream, Duration::ZERO);
        rig.remove(&format!("latency_{other}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_during_backpressure_loses_nothing_that_the_proxy_had() {
    let rig = Rig::new().await;
    rig.add(toxic("bandwidth", "upstream", &[("rate", 0)]));
    let mut pair = rig.pair();
    let sent = stuff(&mut pair.client, &pattern::bytes(0, 1_000_000));
    abort(pair.client);
    assert!(is_silent(&mut pair.upstream, Duration::from_millis(200)));
    rig.remove("bandwidth_upstream");
    let (bytes, end) = read_to_end(&mut pair.upstream);
    // What was still in the client's own send buffer was lost with it.
    assert!(bytes.len() >= 64 * 1024, "{} of {sent}", bytes.len());
    pattern::check(0, &bytes, "after an abort");
    assert_eq!(end, End::Reset);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_that_follows_a_half_close_is_passed_on() {
    let rig = Rig::new().await;
    for stream in STREAMS {
        let mut pair = rig.pair();
        pair.warm();
        let (from, mut to) = by_role(pair, stream);
        from.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_to_end(&mut to), (Vec::new(), End::Eof));
        abort(from);
        let error = next_error(&to);
        assert!(error.is_some(), "{stream}: the reset never came");
    }
}

/// The pending error of a socket whose owner neither reads nor writes.
fn next_error(socket: &TcpStream) -> Option<io::Error> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE / 2 {
        if let Some(error) = socket.take_error().unwrap() {
            return Some(error);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

/// Toxics that hold what a sender sent for an hour.
fn keeping(stream: &str) -> Vec<NewToxic> {
    vec![
        toxic("bandwidth", stream, &[("rate", 0)]),
        toxic("latency", stream, &[("latency", 3_600_000)]),
        toxic("slow_close", stream, &[("delay", 3_600_000)]),
        toxic("reset_peer", stream, &[("timeout", 3_600_000)]),
    ]
}

/// A connection on which a toxic holds bytes of the stream.
async fn kept(toxic: NewToxic, stream: &str) -> (Rig, Pair) {
    let rig = Rig::with(Default::default(), vec![toxic]).await;
    let mut pair = rig.pair();
    pair.ends(stream).0.write_all(&[1; 100]).unwrap();
    rig.wait_for_bytes(stream, 100);
    (rig, pair)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_by_the_receiver_of_kept_bytes_is_passed_on() {
    for stream in STREAMS {
        for toxic in keeping(stream) {
            let what = format!("{} {stream}", toxic.kind);
            let (_rig, pair) = kept(toxic, stream).await;
            let (mut from, to) = by_role(pair, stream);
            abort(to);
            assert_eq!(read_to_end(&mut from), (Vec::new(), End::Reset), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_sender_of_kept_bytes_does_not_keep_the_connection_for_good() {
    let mut left = Vec::new();
    for stream in STREAMS {
        for toxic in keeping(stream) {
            let what = format!("{} {stream}", toxic.kind);
            let (rig, pair) = kept(toxic, stream).await;
            let (from, to) = by_role(pair, stream);
            abort(from);
            left.push((what, rig, to));
        }
    }
    for (what, _rig, mut to) in left {
        to.set_read_timeout(Some(2 * PATIENCE)).unwrap();
        assert_eq!(read_to_end(&mut to).1, End::Reset, "{what}");
    }
}
