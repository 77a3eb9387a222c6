//! No byte is lost, repeated or reordered when toxics are added, changed and removed, whatever the
//! receiver does.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use aconite::control::{NewToxic, ToxicChange};

use super::pattern;
use super::rig::*;

const TOTAL: usize = 8_000_000;

/// Every kind that can hold or shape bytes in transit.
fn holding(stream: &str) -> Vec<NewToxic> {
    let slices = [("average_size", 3000), ("size_variation", 1000)];
    let late_slices = [
        ("average_size", 9000),
        ("size_variation", 0),
        ("delay", 500),
    ];
    vec![
        toxic("bandwidth", stream, &[("rate", 0)]),
        toxic("bandwidth", stream, &[("rate", 4000)]),
        toxic("latency", stream, &[("latency", 100), ("jitter", 50)]),
        toxic("latency", stream, &[("latency", 60_000)]),
        toxic("slicer", stream, &slices),
        toxic("slicer", stream, &late_slices),
        toxic("slow_close", stream, &[("delay", 60_000)]),
        toxic("reset_peer", stream, &[("timeout", 60_000)]),
        toxic("limit_data", stream, &[("bytes", 2 * TOTAL as i64)]),
    ]
}

/// Sends everything and half-closes.
fn send_all(mut socket: TcpStream, bytes: std::sync::Arc<Vec<u8>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        socket
            .write_all(&bytes)
            .expect("the receiver reads at last");
        socket.shutdown(Shutdown::Write).unwrap();
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removal_while_the_receiver_does_not_read() {
    let bytes = std::sync::Arc::new(pattern::bytes(0, TOTAL));
    for stream in STREAMS {
        for toxic in holding(stream) {
            let what = format!("{} {stream} {:?}", toxic.kind, toxic.attributes);
            let name = format!("{}_{stream}", toxic.kind);
            let rig = Rig::with(Default::default(), vec![toxic]).await;
            let mut pair = rig.pair();
            let (from, to) = pair.ends(stream);
            let sending = send_all(from.try_clone().unwrap(), bytes.clone());
            std::thread::sleep(Duration::from_millis(150));
            rig.remove(&name);
            std::thread::sleep(Duration::from_millis(50));
            let (seen, end) = read_to_end(to);
            assert_eq!((seen.len(), end), (TOTAL, End::Eof), "{what}");
            assert!(seen == *bytes, "{what}: other bytes");
            sending.join().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removal_of_a_whole_chain_one_by_one() {
    let bytes = std::sync::Arc::new(pattern::bytes(0, TOTAL));
    for stream in STREAMS {
        let mut toxics = holding(stream);
        for (index, toxic) in toxics.iter_mut().enumerate() {
            toxic.name = Some(index.to_string());
        }
        let names: Vec<String> = (0..toxics.len()).map(|index| index.to_string()).collect();
        let rig = Rig::with(Default::default(), toxics).await;
        let mut pair = rig.pair();
        let (from, to) = pair.ends(stream);
        let sending = send_all(from.try_clone().unwrap(), bytes.clone());
        for name in names {
            std::thread::sleep(Duration::from_millis(30));
            rig.remove(&name);
        }
        let (seen, end) = read_to_end(to);
        assert_eq!((seen.len(), end), (TOTAL, End::Eof), "{stream}");
        assert!(seen == *bytes, "{stream}: other bytes");
        sending.join().unwrap();
    }
}

/// One of the changes made while bytes flow: each toxic is added, updated and removed.
fn change(rig: &Rig, step: usize) {
    let stream = STREAMS[step % 2];
    let kinds: [(&str, [(&str, i64); 2]); 5] = [
        ("latency", [("latency", 7), ("jitter", 3)]),
        ("bandwidth", [("rate", 5000), ("", 0)]),
        ("slicer", [("average_size", 900), ("size_variation", 400)]),
        ("slow_close", [("delay", 5), ("", 0)]),
        ("limit_data", [("bytes", 1 << 40), ("", 0)]),
    ];
    let (kind, attributes) = kinds[step / 2 % kinds.len()];
    let name = format!("{kind}_{stream}");
    if rig.control.toxic(PROXY, &name).is_err() {
        return rig.add(toxic(kind, stream, &attributes));
    }
    if step.is_multiple_of(3) {
        return rig.remove(&name);
    }
    let [(attribute, value), _] = attributes;
    let change = ToxicChange {
        attributes: given(&[(attribute, value + step as i64)]),
        toxicity: step.is_multiple_of(7).then_some(0.5),
        ..ToxicChange::default()
    };
    rig.control.update_toxic(PROXY, &name, change).unwrap();
}

/// Sends the stream block by block until told to stop. Returns how many bytes it sent.
fn stream_until(mut socket: TcpStream, done: &std::sync::atomic::AtomicBool) -> usize {
    let mut sent = 0;
    while !done.load(std::sync::atomic::Ordering::Relaxed) {
        socket.write_all(&pattern::bytes(sent, 5000)).unwrap();
        sent += 5000;
        // Keeps the check of the bytes from taking longer than the changes.
        std::thread::sleep(Duration::from_millis(4));
    }
    socket.shutdown(Shutdown::Write).unwrap();
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_changes_while_sixteen_connections_stream_both_ways() {
    let rig = Rig::new().await;
    let mut pairs = rig.pairs(16);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut streams = Vec::new();
        for pair in &mut pairs {
            for stream in STREAMS {
                let (from, to) = pair.ends(stream);
                let (from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let sender = scope.spawn(|| stream_until(from, &done));
                let receiver = scope.spawn(move || read_to_end(&mut to));
                streams.push((sender, receiver));
            }
        }
        for step in 0..200 {
            change(&rig, step);
            std::thread::sleep(Duration::from_millis(8));
        }
        for stream in STREAMS {
            // A toxic that limits the rate must not decide how long the rest takes.
            let _ = rig
                .control
                .remove_toxic(PROXY, &format!("bandwidth_{stream}"));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        for (sender, receiver) in streams {
            let (sent, (seen, end)) = (sender.join().unwrap(), receiver.join().unwrap());
            assert_eq!((seen.len(), end), (sent, End::Eof));
            pattern::check(0, &seen, "a stream under change");
        }
    });
}
