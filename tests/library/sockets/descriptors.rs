//! A full descriptor table: open connections continue, and clients are accepted again, without
//! intervention, once descriptors are free.
//!
//! The proxy runs in a child process with a low limit: this executable, told to run only `child`.
//! The clients and the upstream are in this process, which has enough descriptors.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aconite::control::{Control, Options};

use super::rig::*;

const UPSTREAM: &str = "ACONITE_TEST_CHILD_UPSTREAM";
const LIMIT: usize = 64;
const CLIENTS: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child process of the tests in this file"]
async fn child() {
    let Ok(upstream) = std::env::var(UPSTREAM) else {
        return;
    };
    let control = Control::new(Options::default()).unwrap();
    let view = control.create(new_proxy(PROXY, &upstream)).await.unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "\nlistening {}", view.listen).unwrap();
    // Until the parent closes the pipe.
    let mut rest = String::new();
    std::io::stdin().read_line(&mut rest).unwrap();
    control.shutdown().await;
    writeln!(out, "\nstopped").unwrap();
}

/// Ends the child with the test.
struct Limited {
    child: Child,
    address: SocketAddr,
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(upstream: &TcpListener) -> Limited {
    let script = format!(
        "ulimit -n {LIMIT}; exec \"$0\" --exact sockets::descriptors::child --ignored --nocapture --test-threads 1"
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(UPSTREAM, upstream.local_addr().unwrap().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().expect("the child speaks").unwrap();
        if let Some(address) = line.strip_prefix("listening ") {
            break address.parse().unwrap();
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    Limited { child, address }
}

/// Sends a byte. Returns whether it is echoed within `patience`.
fn works(client: &mut TcpStream, patience: Duration) -> bool {
    client.set_read_timeout(Some(patience)).unwrap();
    client.write_all(b"x").is_ok() && matches!(client.read(&mut [0]), Ok(1))
}

/// Whether one of many clients eventually gets through.
fn recovers(address: SocketAddr) -> bool {
    let start = Instant::now();
    while start.elapsed() < 2 * PATIENCE {
        let mut client = tuned(TcpStream::connect(address).unwrap());
        if works(&mut client, PATIENCE) {
            return true;
        }
    }
    false
}

#[test]
fn a_full_table_is_survived() {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut limited = start(&upstream);
    echo(upstream);
    for round in 0..2 {
        let mut early: Vec<_> = (0..10)
            .map(|_| tuned(TcpStream::connect(limited.address).unwrap()))
            .collect();
        assert!(early.iter_mut().all(|client| works(client, PATIENCE)));
        let crowd: Vec<_> = (0..CLIENTS)
            .map(|_| tuned(TcpStream::connect(limited.address).unwrap()))
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        let served = early
            .iter_mut()
            .filter_map(|client| works(client, PATIENCE).then_some(()));
        assert_eq!(
            served.count(),
            early.len(),
            "round {round}: those accepted before"
        );
        drop(crowd);
        assert!(recovers(limited.address), "round {round}: accepts no more");
        assert!(early.iter_mut().all(|client| works(client, PATIENCE)));
    }
    assert!(limited.child.try_wait().unwrap().is_none(), "it is alive");
    drop(limited.child.stdin.take());
    let ended = limited.child.wait().unwrap();
    assert!(ended.success(), "{ended}");
}
