//! Byte counts grow while connections are open.

use std::io::Write;
use std::time::{Duration, Instant};

use aconite::control::TrafficView;

use super::rig::*;

fn counts(rig: &Rig) -> Vec<(&'static str, u64, u64)> {
    let view = |view: &TrafficView| (view.direction, view.received, view.sent);
    rig.control.traffic().iter().map(view).collect()
}

/// Waits until the counts have these values: a byte is counted just after it was written.
fn come_to(rig: &Rig, expected: [(&str, u64, u64); 2]) {
    let start = Instant::now();
    while counts(rig) != expected {
        assert!(start.elapsed() < PATIENCE, "{:?}", counts(rig));
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_live() {
    let rig = Rig::new().await;
    assert!(counts(&rig).is_empty());
    let mut pair = rig.pair();
    for round in 1..=5 {
        for (stream, size) in [("upstream", 1000), ("downstream", 3000)] {
            let (from, to) = pair.ends(stream);
            from.write_all(&vec![1; size]).unwrap();
            read_exactly(to, size);
        }
        let (up, down) = (1000 * round, 3000 * round);
        come_to(&rig, [("upstream", up, up), ("downstream", down, down)]);
    }
    drop(pair);
    let mut second = rig.pair();
    second.warm();
    come_to(
        &rig,
        [("upstream", 5001, 5001), ("downstream", 15_001, 15_001)],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_toxic_holds_is_received_and_not_sent() {
    let rig = Rig::new().await;
    rig.add(toxic("bandwidth", "upstream", &[("rate", 0)]));
    let mut pair = rig.pair();
    pair.client.write_all(&[1; 5000]).unwrap();
    come_to(&rig, [("upstream", 5000, 0), ("downstream", 0, 0)]);
    rig.remove("bandwidth_upstream");
    read_exactly(&mut pair.upstream, 5000);
    come_to(&rig, [("upstream", 5000, 5000), ("downstream", 0, 0)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_name_the_addresses_and_outlive_the_proxy() {
    let rig = Rig::new().await;
    rig.pair().warm();
    let listener = rig.address().to_string();
    let upstream = rig.upstream.local_addr().unwrap().to_string();
    rig.control.delete(PROXY).await.unwrap();
    let views = rig.control.traffic();
    assert_eq!(views.len(), 2);
    for view in views {
        assert_eq!(
            (view.proxy.as_str(), view.listener, view.upstream),
            (PROXY, listener.clone(), upstream.clone())
        );
    }
}
