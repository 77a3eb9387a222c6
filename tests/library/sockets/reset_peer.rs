//! `reset_peer`: RST on both sides if and only if it applies, and only while the toxic exists.

use std::io::Write;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use aconite::control::{NewToxic, ToxicChange};

use super::rig::*;

fn reset_peer(stream: &str, timeout: i64) -> NewToxic {
    toxic("reset_peer", stream, &[("timeout", timeout)])
}

fn both_are_reset(mut pair: Pair) {
    let client = read_to_end(&mut pair.client);
    assert_eq!(client, (Vec::new(), End::Reset), "client");
    let upstream = read_to_end(&mut pair.upstream);
    assert_eq!(upstream, (Vec::new(), End::Reset), "upstream");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_resets_both_sides() {
    for stream in STREAMS {
        let rig = Rig::with(Default::default(), vec![reset_peer(stream, 0)]).await;
        for _ in 0..50 {
            let mut pair = rig.pair();
            pair.ends(stream).0.write_all(b"data").unwrap();
            both_are_reset(pair);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_connection_is_reset_too_by_data_or_by_the_end() {
    let rig = Rig::new().await;
    for stream in STREAMS.repeat(10) {
        for by_data in [true, false] {
            let mut pair = rig.pair();
            pair.warm();
            rig.add(reset_peer(stream, 0));
            let (from, _) = pair.ends(stream);
            match by_data {
                true => from.write_all(b"data").unwrap(),
                false => from.shutdown(Shutdown::Write).unwrap(),
            }
            both_are_reset(pair);
            rig.remove(&format!("reset_peer_{stream}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_waits_for_the_first_data_and_then_for_its_timeout() {
    let rig = Rig::new().await;
    rig.add(reset_peer("downstream", 200));
    let mut pair = rig.pair();
    pair.client.write_all(b"other direction").unwrap();
    assert_eq!(read_exactly(&mut pair.upstream, 15), b"other direction");
    assert!(is_silent(&mut pair.client, Duration::from_millis(500)));
    let start = Instant::now();
    pair.upstream.write_all(b"data").unwrap();
    both_are_reset(pair);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removed_in_time_it_has_done_nothing() {
    let rig = Rig::new().await;
    for stream in STREAMS {
        rig.add(reset_peer(stream, 60_000));
        let mut pair = rig.pair();
        let (from, to) = pair.ends(stream);
        from.write_all(b"kept").unwrap();
        assert!(is_silent(to, Duration::from_millis(150)));
        from.write_all(b" and more").unwrap();
        rig.remove(&format!("reset_peer_{stream}"));
        assert_eq!(read_exactly(to, 13), b"kept and more");
        pair.warm();
        drop(pair.client);
        assert_eq!(read_to_end(&mut pair.upstream), (Vec::new(), End::Eof));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_it_held_passes_on_as_an_end() {
    let rig = Rig::new().await;
    rig.add(reset_peer("upstream", 60_000));
    let mut pair = rig.pair();
    pair.client.write_all(b"all").unwrap();
    pair.client.shutdown(Shutdown::Write).unwrap();
    assert!(is_silent(&mut pair.upstream, Duration::from_millis(150)));
    rig.remove("reset_peer_upstream");
    assert_eq!(read_to_end(&mut pair.upstream), (b"all".to_vec(), End::Eof));
    pair.upstream.write_all(b"answer").unwrap();
    drop(pair.upstream);
    assert_eq!(
        read_to_end(&mut pair.client),
        (b"answer".to_vec(), End::Eof)
    );
}

/// A request, an answer and a close by the server: an orderly end on both sides.
fn exchange(rig: &Rig) {
    let mut pair = rig.pair();
    pair.client.write_all(b"request").unwrap();
    assert_eq!(read_exactly(&mut pair.upstream, 7), b"request");
    pair.upstream.write_all(b"answer").unwrap();
    drop(pair.upstream);
    let seen = read_to_end(&mut pair.client);
    assert_eq!(seen, (b"answer".to_vec(), End::Eof));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toxicity_0_never_resets() {
    let rig = Rig::new().await;
    for stream in STREAMS {
        rig.add(NewToxic {
            toxicity: Some(0.0),
            ..reset_peer(stream, 0)
        });
    }
    (0..600).for_each(|_| exchange(&rig));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removed_or_at_toxicity_0_it_leaves_no_trace() {
    let rig = Rig::new().await;
    for round in 0..40 {
        let mut idle = rig.pair();
        idle.warm();
        STREAMS
            .iter()
            .for_each(|stream| rig.add(reset_peer(stream, 0)));
        let mut met = rig.pair();
        if round % 2 == 0 {
            STREAMS
                .iter()
                .for_each(|stream| rig.remove(&format!("reset_peer_{stream}")));
        } else {
            let never = ToxicChange {
                toxicity: Some(0.0),
                ..ToxicChange::default()
            };
            for stream in STREAMS {
                let name = format!("reset_peer_{stream}");
                rig.control
                    .update_toxic(PROXY, &name, never.clone())
                    .unwrap();
            }
        }
        for pair in [&mut idle, &mut met] {
            pair.warm();
            pair.upstream.shutdown(Shutdown::Both).unwrap();
            assert_eq!(read_to_end(&mut pair.client), (Vec::new(), End::Eof));
        }
        exchange(&rig);
        rig.control.reset().await.unwrap();
    }
}
