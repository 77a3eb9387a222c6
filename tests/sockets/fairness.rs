//! Busy links leave the threads to others.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::pattern;
use super::rig::*;

/// Feeds a connection and reads what comes out until it ends.
fn load(pair: Pair, stream: &str) {
    let Pair { client, upstream } = pair;
    let (mut from, mut to): (TcpStream, TcpStream) = match stream {
        "upstream" => (client, upstream),
        _ => (upstream, client),
    };
    let bytes = pattern::bytes(0, 100_000);
    std::thread::spawn(move || while from.write_all(&bytes).is_ok() {});
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while matches!(to.read(&mut buffer), Ok(1..)) {}
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slices_of_one_byte_do_not_take_the_threads_away() {
    let slices = [("average_size", 1), ("size_variation", 0)];
    for stream in STREAMS {
        let rig = Rig::with(Default::default(), vec![toxic("slicer", stream, &slices)]).await;
        for _ in 0..4 {
            load(rig.pair(), stream);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut longest = Duration::ZERO;
        for _ in 0..10 {
            let start = Instant::now();
            // A task of its own has to wait for one of the threads.
            tokio::spawn(async {}).await.unwrap();
            longest = longest.max(start.elapsed());
        }
        let start = Instant::now();
        rig.enable(false).await;
        assert!(
            longest < Duration::from_millis(500),
            "a task had to wait {longest:?}"
        );
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
    }
}
