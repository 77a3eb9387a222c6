//! Signals under full load: busy connections through toxics, dials that hang, API calls under way.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use serde_json::json;

use super::signal::{END_LIMIT, ends_well, nth, send};
use support::hole::Hole;
use support::rig::{API_PATIENCE, PATIENCE, Peer, Rig, TOXICS, create};
use support::{Kind, Request, Server, wire};

/// Together with the starts in `start`, 200 in all.
const ROUNDS: u32 = 20;
const CONNECTIONS: usize = 40;
const DIALS: usize = 10;
/// How many bytes show that the load is running.
const BUSY: u64 = 4 * 1024 * 1024;

/// State that the threads of a round share.
#[derive(Default)]
struct Load {
    /// The signal was sent: from now on any operation may fail.
    told: AtomicBool,
    /// Bytes that were echoed to clients.
    moved: AtomicU64,
    /// API calls that were answered.
    answered: AtomicU64,
}

impl Load {
    /// Sends as fast as it can until the connection ends.
    fn pump(&self, stream: &TcpStream) {
        let deadline = Instant::now() + PATIENCE;
        let never = AtomicBool::new(false);
        let piece = [7; 16 * 1024];
        while wire::write_all_by(stream, &piece, deadline, &never).is_ok() {}
        assert!(self.told.load(Ordering::SeqCst), "it ended by itself");
    }

    /// Reads to the end, which must come.
    fn drink(&self, stream: &TcpStream) {
        let deadline = Instant::now() + PATIENCE;
        let mut piece = vec![0; 64 * 1024];
        loop {
            match wire::read_by(stream, &mut piece, deadline) {
                Ok(0) => return,
                Ok(count) => {
                    assert!(piece[..count].iter().all(|byte| *byte == 7));
                    self.moved.fetch_add(count as u64, Ordering::Relaxed);
                }
                Err(error) => {
                    assert!(!wire::is_timeout(&error), "a client is left hanging");
                    return;
                }
            }
        }
    }

    /// Adds, shows and removes a toxic, and toggles a proxy, as long as the API answers.
    fn operate(&self, server: &Server, name: &str) {
        let toxic = json!({"type": "latency", "name": name, "attributes": {"latency": 3}});
        let calls = [
            ("POST", TOXICS.to_owned(), toxic.to_string()),
            ("GET", "/proxies".to_owned(), String::new()),
            ("DELETE", format!("{TOXICS}/{name}"), String::new()),
            (
                "PATCH",
                "/proxies/q".to_owned(),
                r#"{"enabled":false}"#.to_owned(),
            ),
            (
                "PATCH",
                "/proxies/q".to_owned(),
                r#"{"enabled":true}"#.to_owned(),
            ),
        ];
        for (method, path, body) in calls.iter().cycle() {
            let request = Request {
                method: (*method).to_owned(),
                path: path.clone(),
                body: body.clone().into_bytes(),
                ..Request::default()
            };
            let answer = server.request(&request, API_PATIENCE);
            let told = self.told.load(Ordering::SeqCst);
            match answer {
                Ok(answer) if answer.status < 300 => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) => assert!(told, "{method} {path}: {}", answer.text()),
                Err(error) => {
                    assert!(!wire::is_timeout(&error), "{method} {path} hangs");
                    assert!(told, "{method} {path}: {error}; {}", server.log_text());
                    return;
                }
            }
        }
    }

    fn wait_until_on(&self, server: &Server) {
        let deadline = Instant::now() + PATIENCE;
        while self.moved.load(Ordering::Relaxed) < BUSY || self.answered.load(Ordering::Relaxed) < 5
        {
            assert!(Instant::now() < deadline, "no load; {}", server.log_text());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn connect<'scope, 'env>(scope: &'scope Scope<'scope, 'env>, rig: &Rig, load: &'scope Load) {
    let sending = rig.connect().0;
    let receiving = sending.try_clone().unwrap();
    scope.spawn(move || load.pump(&sending));
    scope.spawn(move || load.drink(&receiving));
}

/// One server under load that is told to stop.
fn round(number: u32, hole: &str) -> Duration {
    let rig = Rig::new(Kind::Echo);
    for toxic in [
        json!({"type": "latency", "stream": "upstream", "attributes": {"latency": 5, "jitter": 5}}),
        json!({"type": "slicer", "attributes": {"average_size": 2000, "size_variation": 500}}),
        json!({"type": "bandwidth", "attributes": {"rate": 100_000}}),
    ] {
        rig.add(&toxic);
    }
    let hanging = create(&rig.server, "hanging", hole);
    create(&rig.server, "q", &rig.upstream.addr());
    let load = Load::default();
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            connect(scope, &rig, &load);
        }
        let dialled: Vec<Peer> = (0..DIALS).map(|_| Peer::to(&hanging)).collect();
        for name in ["one", "two", "three"] {
            let (load, server) = (&load, &rig.server);
            scope.spawn(move || load.operate(server, name));
        }
        load.wait_until_on(&rig.server);
        thread::sleep(Duration::from_millis(u64::from(number) * 3));
        load.told.store(true, Ordering::SeqCst);
        let since = Instant::now();
        send(rig.server.pid(), nth(number));
        let took = ends_well(&rig.server, since, END_LIMIT);
        for peer in dialled {
            peer.read_to_end();
        }
        took
    })
}

#[test]
fn signal_under_full_load_ends_the_server() {
    let hole = Hole::on_loopback();
    let mut longest = Duration::ZERO;
    for number in 0..ROUNDS {
        longest = longest.max(round(number, &hole.addr()));
    }
    eprintln!("the longest of {ROUNDS} ends took {longest:?}");
}
