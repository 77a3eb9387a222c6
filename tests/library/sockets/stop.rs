//! When a stop returns, the port refuses connections and every connection has ended, whatever toxic
//! was holding it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aconite::control::{NewToxic, ProxyChange};

use super::rig::*;

/// Far more than a stop takes, and far less than any of the toxics would hold a connection.
const SOON: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
enum Stop {
    Disable,
    Delete,
    OtherUpstream,
    OtherListen,
    Shutdown,
}

const STOPS: [Stop; 5] = [
    Stop::Disable,
    Stop::Delete,
    Stop::OtherUpstream,
    Stop::OtherListen,
    Stop::Shutdown,
];

async fn stop(rig: &Rig, how: Stop) {
    let change = |listen: Option<&str>, upstream: Option<&str>| ProxyChange {
        listen: listen.map(str::to_owned),
        upstream: upstream.map(str::to_owned),
        enabled: None,
        ..ProxyChange::default()
    };
    let start = Instant::now();
    match how {
        Stop::Disable => rig.enable(false).await,
        Stop::Delete => rig.control.delete(PROXY).await.unwrap(),
        Stop::Shutdown => rig.control.shutdown().await,
        Stop::OtherUpstream => {
            let other = change(None, Some("127.0.0.1:1"));
            rig.control.update(PROXY, other).await.unwrap();
        }
        Stop::OtherListen => {
            let other = change(Some("127.0.0.1:0"), None);
            rig.control.update(PROXY, other).await.unwrap();
        }
    }
    assert!(start.elapsed() < SOON, "{how:?} took {:?}", start.elapsed());
}

fn refuses(address: SocketAddr) -> bool {
    let connected = TcpStream::connect_timeout(&address, PATIENCE);
    matches!(connected, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}

fn port_is_gone(address: SocketAddr, how: Stop) {
    // The same port listens again for another upstream.
    if !matches!(how, Stop::OtherUpstream) {
        assert!(refuses(address), "{how:?}: the port is still served");
        // A proxy that may be enabled again keeps its port, where the system supports that.
        if !matches!(how, Stop::Disable) {
            drop(TcpListener::bind(address).expect("the port is free"));
        }
    }
}

fn all_ended(pairs: Vec<Pair>, what: &str) {
    let start = Instant::now();
    for mut pair in pairs {
        let client = read_to_end(&mut pair.client);
        let upstream = read_to_end(&mut pair.upstream);
        assert_eq!((client.1, upstream.1), (End::Eof, End::Eof), "{what}");
    }
    assert!(start.elapsed() < SOON, "{what}: {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_end() {
    for how in STOPS {
        let rig = Rig::new().await;
        let (address, mut pairs) = (rig.address(), rig.pairs(20));
        pairs.iter_mut().for_each(Pair::warm);
        stop(&rig, how).await;
        port_is_gone(address, how);
        all_ended(pairs, &format!("{how:?}"));
    }
}

/// Toxics that hold a connection for a minute or for ever.
fn holding(stream: &str) -> Vec<NewToxic> {
    vec![
        toxic("bandwidth", stream, &[("rate", 0)]),
        toxic("timeout", stream, &[("timeout", 0)]),
        toxic("slow_close", stream, &[("delay", 60_000)]),
        toxic("reset_peer", stream, &[("timeout", 60_000)]),
        toxic("latency", stream, &[("latency", 60_000)]),
        toxic("bandwidth", stream, &[("rate", 1)]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_connections_end() {
    for stream in STREAMS {
        for toxic in holding(stream) {
            for how in [Stop::Disable, Stop::Delete, Stop::OtherUpstream] {
                let rig = Rig::with(Default::default(), vec![toxic.clone()]).await;
                let (address, mut pairs) = (rig.address(), rig.pairs(4));
                for (index, pair) in pairs.iter_mut().enumerate() {
                    let (from, _) = pair.ends(stream);
                    from.write_all(&[7; 10_000]).unwrap();
                    if index % 2 == 0 {
                        from.shutdown(std::net::Shutdown::Write).unwrap();
                    }
                }
                rig.wait_for_bytes(stream, 4 * 10_000);
                stop(&rig, how).await;
                port_is_gone(address, how);
                all_ended(pairs, &format!("{} {stream}, {how:?}", toxic.kind));
            }
        }
    }
}

/// A thread that writes to all of these and reads from all, until it is told to stop.
fn pump(pairs: &[Pair], done: &AtomicBool) {
    let block = [9; 2048];
    let mut buffer = [0; 65_536];
    while !done.load(Ordering::Relaxed) {
        for pair in pairs {
            for mut socket in [&pair.client, &pair.upstream] {
                let _ = socket.write(&block);
                let _ = socket.read(&mut buffer);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_busy_connections_end() {
    for how in [Stop::Disable, Stop::Delete, Stop::Shutdown] {
        let slices = [("average_size", 700), ("size_variation", 300)];
        let toxics = vec![
            toxic("latency", "upstream", &[("latency", 20), ("jitter", 10)]),
            toxic("slicer", "downstream", &slices),
            toxic("bandwidth", "downstream", &[("rate", 1000)]),
        ];
        let rig = Rig::with(Default::default(), toxics).await;
        let (address, pairs) = (rig.address(), Arc::new(rig.pairs(200)));
        for socket in pairs.iter().flat_map(|pair| [&pair.client, &pair.upstream]) {
            socket.set_nonblocking(true).unwrap();
        }
        let done = Arc::new(AtomicBool::new(false));
        let pumping = {
            let (pairs, done) = (Arc::clone(&pairs), Arc::clone(&done));
            std::thread::spawn(move || pump(&pairs, &done))
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop(&rig, how).await;
        done.store(true, Ordering::Relaxed);
        pumping.join().unwrap();
        port_is_gone(address, how);
        for socket in pairs.iter().flat_map(|pair| [&pair.client, &pair.upstream]) {
            socket.set_nonblocking(false).unwrap();
            // Bytes that the pump wrote after the end are answered with a reset.
            read_to_end(&mut socket.try_clone().unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_was_stopped_starts_again_on_its_port() {
    let rig = Rig::new().await;
    let address = rig.address();
    for _ in 0..20 {
        let mut pair = rig.pair();
        pair.warm();
        rig.enable(false).await;
        assert!(refuses(address));
        all_ended(vec![pair], "disabled");
        rig.enable(true).await;
        assert_eq!(rig.address(), address);
    }
    rig.pair().warm();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_changes_nothing_drops_nothing() {
    let rig = Rig::new().await;
    let mut pair = rig.pair();
    let same = ProxyChange {
        listen: Some(rig.address().to_string()),
        upstream: Some(rig.upstream.local_addr().unwrap().to_string()),
        enabled: Some(true),
        ..ProxyChange::default()
    };
    rig.control.update(PROXY, same).await.unwrap();
    pair.warm();
}
