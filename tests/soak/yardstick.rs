//! Measures the machine's own delays: a plain exchange over loopback, repeated all the time.
//!
//! A time limit for the server is extended by what this exchange took at the same time. A machine
//! that stalls for a second then fails no test, and the limits can stay tight.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);
/// How far back measurements are needed.
const MEMORY: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Seen {
    /// When an exchange began and how long it took.
    recent: VecDeque<(Instant, Duration)>,
    begun: Option<Instant>,
    all: Vec<Duration>,
}

/// A running measurement; dropping it stops it.
pub struct Yardstick {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
}

impl Yardstick {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || answer(&listener));
        let yardstick = Self {
            seen: Arc::default(),
            stop: Arc::default(),
        };
        let (seen, stop) = (Arc::clone(&yardstick.seen), Arc::clone(&yardstick.stop));
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                measure(address, &seen);
                thread::sleep(PAUSE);
            }
        });
        yardstick
    }

    /// The duration of the longest exchange that was under way between `from` and now.
    pub fn worst_since(&self, from: Instant) -> Duration {
        let seen = self.seen.lock().unwrap();
        let under_way = seen.begun.map(|begun| begun.elapsed());
        let recent = seen.recent.iter().filter(|(at, took)| *at + *took >= from);
        recent
            .map(|(_, took)| *took)
            .chain(under_way)
            .max()
            .unwrap_or_default()
    }

    /// The durations of all exchanges.
    pub fn all(&self) -> Vec<Duration> {
        self.seen.lock().unwrap().all.clone()
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn answer(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        let mut byte = [0];
        let mut stream = &stream;
        let _ = stream.read(&mut byte).and_then(|_| stream.write(&byte));
    }
}

fn measure(address: SocketAddr, seen: &Mutex<Seen>) {
    let start = Instant::now();
    seen.lock().unwrap().begun = Some(start);
    if let Ok(mut stream) = TcpStream::connect(address) {
        let _ = stream.write(b"x").and_then(|_| stream.read(&mut [0]));
    }
    let took = start.elapsed();
    let mut seen = seen.lock().unwrap();
    seen.begun = None;
    seen.all.push(took);
    seen.recent.push_back((start, took));
    while seen
        .recent
        .front()
        .is_some_and(|(at, _)| at.elapsed() > MEMORY)
    {
        seen.recent.pop_front();
    }
}
