//! A panic in one connection ends only this connection, is logged with its identity and is counted.
//! The panic comes from a test toxic, which no server has.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use aconite::engine::{Chunk, DrawKey, Outlet, Plan, PlannedToxic, Toxic};
use aconite::net::{Bound, Budget, HostPort, Running, Setup, Traffic, Workers};

const PATIENCE: Duration = Duration::from_secs(10);

/// Panics at the word `boom`.
#[derive(Debug)]
struct Defect;

impl Toxic for Defect {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        assert!(&chunk.bytes[..] != b"boom", "a defect, on purpose");
        out.send(chunk);
    }
}

fn plan() -> Arc<Plan> {
    let mut plan = Plan::default();
    let toxic = PlannedToxic::new(1, "defect", DrawKey::of_seed(1), Arc::new(Defect));
    plan.upstream.push(toxic.into());
    Arc::new(plan)
}

fn client(address: &str) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client
}

fn echoes(client: &mut TcpStream) {
    client.write_all(b"fine").unwrap();
    let mut answer = [0; 4];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"fine");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn panic_in_a_connection_ends_only_that_one_and_is_counted() {
    let log = Log::default();
    let to = log.clone();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || to.clone())
        .init();
    let echo = support::upstream::echo();
    let workers = Workers::start(2).unwrap();
    let traffic = Arc::new(Traffic::default());
    let address = HostPort::parse("127.0.0.1:0").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bound = Bound::bind(&address.resolved().unwrap()).unwrap();
    let listen = bound.local().to_string();
    let setup = Setup {
        proxy: "p".into(),
        upstream: echo.addr(),
        address: echo.addr(),
        defers_dial: false,
        traffic: Arc::clone(&traffic),
        connections: Arc::default(),
        workers,
        budget: Budget::default(),
        // The descriptor permit of the broken connection must be free again for the third.
        max_connections: 2,
    };
    let running = Running::start(bound, setup, plan(), || {}).unwrap();

    let mut other = client(&listen);
    echoes(&mut other);
    let mut broken = client(&listen);
    echoes(&mut broken);
    broken.write_all(b"boom").unwrap();
    let end = broken.read(&mut [0; 9]);
    assert!(matches!(end, Ok(0) | Err(_)), "it goes on: {end:?}");
    let deadline = Instant::now() + PATIENCE;
    while traffic.breakdowns() == 0 {
        assert!(Instant::now() < deadline, "it was not counted");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(traffic.breakdowns(), 1);

    echoes(&mut other);
    echoes(&mut client(&listen));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("broke down"))
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].contains("proxy=p") && told[0].contains("connection=2"),
        "{log}"
    );
    // Nothing waits for the connection that has ended.
    let stopped = runtime.block_on(async { tokio::time::timeout(PATIENCE, running.stop()).await });
    assert!(stopped.is_ok(), "the proxy does not stop");
}
