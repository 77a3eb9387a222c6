//! Proxies whose upstream leads back to them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wrapped::Wrapped;
use support::process::Usage;
use support::rig::{PATIENCE, Peer};
use support::{free_port, upstream};

const SCRIPT: &str = "ulimit -n 256; exec \"$@\"";

fn create(server: &Wrapped, name: &str, listen: &str, upstream: &str) {
    let body = json!({"name": name, "listen": listen, "upstream": upstream});
    let answer = server.ask("POST", "/proxies", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn descriptors(server: &Wrapped) -> usize {
    Usage::of(server.pid()).unwrap().descriptors
}

fn await_descriptors(server: &Wrapped, most: usize, limit: Duration) {
    let start = Instant::now();
    while descriptors(server) > most {
        let now = descriptors(server);
        assert!(start.elapsed() < limit, "{now} of {most}: {}", server.log());
        thread::sleep(Duration::from_millis(20));
    }
}

/// A client of `address` is refused, at little cost, and a client of another proxy is served.
fn is_refused(server: &Wrapped, address: &str, other: &str) {
    let before = descriptors(server);
    // It may be reset before the client learns that it is connected.
    if let Ok(mut client) = TcpStream::connect(address) {
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let ended = match client.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        };
        assert!(ended, "{}", server.log());
    }
    assert!(Peer::to(other).echoes(), "{}", server.log());
    await_descriptors(server, before, PATIENCE);
}

#[test]
fn proxy_that_is_its_own_upstream_refuses_only_its_clients() {
    let server = Wrapped::start(&[], SCRIPT).unwrap();
    let echo = upstream::echo();
    let other = server.create("other", &echo.addr());
    for (name, listen, upstream) in [
        ("plain", "127.0.0.1", "127.0.0.1"),
        ("any", "0.0.0.0", "127.0.0.1"),
        ("any-upstream", "127.0.0.1", "0.0.0.0"),
        ("name", "127.0.0.1", "localhost"),
        ("other-address", "0.0.0.0", "127.0.0.7"),
    ] {
        let port = free_port();
        let (listen, upstream) = (format!("{listen}:{port}"), format!("{upstream}:{port}"));
        create(&server, name, &listen, &upstream);
        is_refused(&server, &format!("127.0.0.1:{port}"), &other);
        let bursts = |name: &str| {
            let of_proxy = format!("\"proxy\":\"{name}\"");
            let log = server.log();
            let told = log
                .lines()
                .filter(|line| line.contains("leads back to this proxy: such"));
            told.filter(|line| line.contains(&of_proxy)).count()
        };
        for _ in 0..5 {
            is_refused(&server, &format!("127.0.0.1:{port}"), &other);
        }
        // On a busy machine two of them may be two seconds apart, which ends a burst.
        assert!((1..=2).contains(&bursts(name)), "{}", server.log());
    }
}

#[test]
fn a_loop_of_several_proxies_is_refused_and_a_chain_is_not() {
    let server = Wrapped::start(&[], SCRIPT).unwrap();
    let echo = upstream::echo();
    let ports: Vec<u16> = (0..4).map(|_| free_port()).collect();
    let at = |index: usize| format!("127.0.0.1:{}", ports[index]);
    for index in 0..3 {
        create(&server, &format!("p{index}"), &at(index), &at(index + 1));
    }
    create(&server, "p3", &at(3), &echo.addr());
    let clients: Vec<Peer> = (0..5).map(|_| Peer::to(&at(0))).collect();
    assert!(clients.iter().all(Peer::echoes), "{}", server.log());
    drop(clients);
    let back = server.ask("PATCH", "/proxies/p3", &json!({"upstream": at(0)}));
    assert_eq!(back.status, 200, "{}", back.text());
    let other = server.create("other", &echo.addr());
    for index in 0..4 {
        is_refused(&server, &at(index), &other);
    }
}

/// A forwarder outside the server, so that the server cannot detect the loop by its addresses.
fn forward(listener: TcpListener, to: String) {
    thread::spawn(move || {
        while let Ok((from, _)) = listener.accept() {
            let to = to.clone();
            thread::spawn(move || {
                let Ok(up) = TcpStream::connect(to) else {
                    return;
                };
                let pair = (from.try_clone().unwrap(), up.try_clone().unwrap());
                let back = thread::spawn(move || copy(pair.1, pair.0));
                copy(from, up);
                let _ = back.join();
            });
        }
    });
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.flush();
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn undetected_loop_ends_when_its_client_leaves() {
    let server = Wrapped::start(&[], SCRIPT).unwrap();
    let echo = upstream::echo();
    let other = server.create("other", &echo.addr());
    let before = descriptors(&server);
    let between = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.create("p", &between.local_addr().unwrap().to_string());
    forward(between, address.clone());
    let client = Peer::to(&address);
    let start = Instant::now();
    while descriptors(&server) < 200 {
        assert!(start.elapsed() < PATIENCE, "{}", server.log());
        thread::sleep(Duration::from_millis(20));
    }
    let answer = server.ask("GET", "/proxies/p", &Value::Null);
    assert_eq!(answer.status, 200);
    drop(client);
    await_descriptors(&server, before + 10, PATIENCE * 3);
    assert!(Peer::to(&other).echoes(), "{}", server.log());
}
