//! A pool of Redis connections that is filled while connecting fails in several ways.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use aconite::control::NewToxic;
use aconite::toxics::Value;

use super::{PATIENCE, Proxy, ping, proxy};

/// How many connections the pool keeps.
const SIZE: usize = 8;
/// How long it waits for a new connection's first answer.
const CHECK: Duration = Duration::from_millis(300);
/// How often it tries to connect.
const ATTEMPTS: usize = 20 * SIZE;

/// A pool that checks each new connection, and replaces those that fail the check.
#[derive(Default)]
struct Pool {
    connections: Vec<TcpStream>,
    failures: Vec<io::ErrorKind>,
}

impl Pool {
    fn fill(&mut self, proxy: &Proxy) {
        for _ in 0..ATTEMPTS {
            if self.connections.len() == SIZE {
                return;
            }
            match Self::connect(proxy) {
                Ok(connection) => self.connections.push(connection),
                Err(error) => self.failures.push(error.kind()),
            }
        }
        panic!(
            "{} connections after {:?}",
            self.connections.len(),
            self.failures
        );
    }

    fn connect(proxy: &Proxy) -> io::Result<TcpStream> {
        let mut connection = TcpStream::connect(proxy.address())?;
        connection.set_read_timeout(Some(CHECK))?;
        match ping(&mut connection)?.as_str() {
            "+PONG\r\n" => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(connection)
    }

    fn works(&mut self) -> bool {
        let mut answers = self.connections.iter_mut().map(ping);
        answers.all(|answer| answer.is_ok_and(|answer| answer == "+PONG\r\n"))
    }
}

fn fault(kind: &str, toxicity: f32) -> NewToxic {
    let connect = ("phase".to_owned(), Value::Text("connect".to_owned()));
    let time = ("timeout".to_owned(), Value::Integer(0));
    NewToxic {
        name: Some(kind.to_owned()),
        kind: kind.to_owned(),
        toxicity: Some(toxicity),
        attributes: vec![connect, time],
        ..NewToxic::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_fills_in_spite_of_half_dead_connects_and_open_connections_are_spared() {
    let Some(proxy) = proxy().await else { return };
    let mut before = Pool::default();
    before.fill(&proxy);
    for (kind, failure) in [
        ("reset_peer", &[io::ErrorKind::ConnectionReset][..]),
        // What a read that takes too long fails with differs between systems.
        (
            "timeout",
            &[io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut],
        ),
    ] {
        proxy.control.add_toxic("redis", fault(kind, 0.5)).unwrap();
        let mut pool = Pool::default();
        pool.fill(&proxy);
        assert!(!pool.failures.is_empty(), "{kind} hit no connection");
        let expected = pool.failures.iter().all(|kind| failure.contains(kind));
        assert!(expected, "{kind}: {:?}", pool.failures);
        assert!(pool.works(), "{kind}");
        proxy.remove(kind);
        // The removal ends connections that wait, and none that was let through.
        assert!(pool.works() && before.works(), "{kind}");
    }
    proxy
        .control
        .add_toxic("redis", fault("reset_peer", 1.0))
        .unwrap();
    assert!(!proxy.answers());
    assert!(
        before.works(),
        "an open connection is past its connect phase"
    );
    proxy.remove("reset_peer");
    assert!(proxy.answers());
}
