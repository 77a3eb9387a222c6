//! API clients that exhaust resources: connections, request heads, bodies, and answers that they do
//! not read.
//!
//! `HOSTILE=full` runs them at the size at which the defects were found.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::allow_descriptors;
use super::wrapped::Wrapped;
use support::process::Usage;
use support::rig::{PATIENCE, Peer, create};
use support::{Server, is_full_size, upstream};

/// The time limit for an API call while other clients hold resources.
const SOON: Duration = Duration::from_secs(3);

fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).unwrap()
}

/// Resident memory in MiB.
fn memory(pid: u32) -> u64 {
    Usage::of(pid).unwrap().memory / 1024
}

/// How much the memory grows above `before` within this time.
fn growth(server: &Server, before: u64, time: Duration) -> u64 {
    let start = Instant::now();
    let mut most = 0;
    while start.elapsed() < time {
        most = most.max(memory(server.pid()).saturating_sub(before));
        thread::sleep(Duration::from_millis(50));
    }
    most
}

fn answers_soon(server: &Server) {
    let asked = Instant::now();
    assert_eq!(server.api("GET", "/version", "").status, 200);
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

/// More connections than there are descriptors.
#[test]
fn idle_api_connections_block_neither_the_api_nor_proxies() {
    allow_descriptors();
    let server = Wrapped::start(&[], "ulimit -n 1024; exec \"$@\"").unwrap();
    let echo = upstream::echo();
    let address = server.create("p", &echo.addr());
    let idle: Vec<TcpStream> = (0..1100).map(|_| connect(server.api())).collect();
    for _ in 0..20 {
        let answer = server.try_ask("GET", "/proxies", &Value::Null, SOON);
        let status = answer.map(|answer| answer.status);
        assert_eq!(status, Some(200), "{}", server.log());
    }
    // The descriptors for proxies are as available as before.
    let clients: Vec<Peer> = (0..100).map(|_| Peer::to(&address)).collect();
    assert!(clients.iter().all(Peer::echoes), "{}", server.log());
    assert!(!server.log().contains("Too many open files"));
    drop(idle);
}

#[test]
fn unfinished_request_heads_take_little_memory() {
    allow_descriptors();
    let count = if is_full_size() { 1000 } else { 300 };
    let server = Server::start(&[]);
    let before = memory(server.pid());
    let mut open = Vec::new();
    let start = Instant::now();
    for index in 0..count {
        let mut client = connect(server.api_addr());
        client.set_write_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET /version?{index} HTTP/1.1\r\nHost: localhost\r\nX: ");
        // Normally refused before it is complete.
        let _ = client.write_all(head.as_bytes());
        let _ = client.write_all(&vec![b'x'; 390_000]);
        open.push(client);
    }
    let most = growth(&server, before, Duration::from_secs(1));
    // 300 of them took 114 MiB at 390 kB each.
    assert!(most < 60, "{most} MiB after {:?}", start.elapsed());
    answers_soon(&server);
}

#[test]
fn stalled_request_bodies_take_bounded_memory() {
    let count = if is_full_size() { 100 } else { 16 };
    let server = Server::start(&[]);
    let before = memory(server.pid());
    const SIZE: usize = 16 << 20;
    let senders = (0..count).map(|_| {
        let address = server.api_addr();
        thread::spawn(move || {
            let mut client = connect(address);
            client.set_write_timeout(Some(PATIENCE)).unwrap();
            let head = format!(
                "POST /populate HTTP/1.1\r\nHost: localhost\r\nContent-Length: {SIZE}\r\n\r\n"
            );
            client.write_all(head.as_bytes()).unwrap();
            let chunk = vec![b' '; 1 << 20];
            let mut left = SIZE - 1;
            while left > 0 {
                let size = chunk.len().min(left);
                // A server that rejects the body may close the connection.
                if client.write_all(&chunk[..size]).is_err() {
                    break;
                }
                left -= size;
            }
            client
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut most = 0;
    while senders.iter().any(|sender| !sender.is_finished()) {
        most = most.max(growth(&server, before, Duration::from_millis(100)));
        answers_soon(&server);
    }
    let held: Vec<TcpStream> = senders.into_iter().map(|one| one.join().unwrap()).collect();
    most = most.max(growth(&server, before, Duration::from_millis(500)));
    // Together they were 256 MiB.
    assert!(most < 160, "{most} MiB");
    // A body of ordinary size is accepted meanwhile.
    let body = format!("{}[]", " ".repeat(10_000));
    assert_eq!(server.api("POST", "/populate", &body).status, 201);
    drop(held);
}

/// At full size only, since a debug build takes most of a second for each. A test in
/// `http/serve.rs` covers the small size.
#[test]
fn unread_responses_take_bounded_memory_and_are_dropped() {
    if !is_full_size() {
        eprintln!("skipped: only with HOSTILE=full");
        return;
    }
    let count = 300;
    let server = Server::start(&[]);
    create(&server, "p", "127.0.0.1:1");
    // Four MiB of names.
    for index in 0..1000 {
        let name = format!("{index}{}", "n".repeat(4000));
        let toxic = format!(r#"{{"type":"noop","name":"{name}"}}"#);
        assert_eq!(server.api("POST", "/proxies/p/toxics", &toxic).status, 200);
    }
    let before = memory(server.pid());
    let unread = (0..count).map(|_| {
        let mut client = connect(server.api_addr());
        let request = b"GET /proxies/p HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.write_all(request).unwrap();
        client
    });
    let mut unread: Vec<TcpStream> = unread.collect();
    let most = growth(&server, before, Duration::from_secs(300));
    // Together they were 1.2 GiB, minus what the kernel buffers of each.
    assert!(most < 120, "{most} MiB");
    answers_soon(&server);
    // A client that reads gets its answer, although it may have to ask again.
    let deadline = Instant::now() + PATIENCE;
    while server.api("GET", "/proxies/p", "").status != 200 {
        assert!(
            Instant::now() < deadline,
            "those who do not read stay for ever"
        );
        thread::sleep(Duration::from_millis(200));
    }
    // The others were told that memory is exhausted.
    let mut refused = 0;
    for client in &mut unread {
        client
            .set_read_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        let mut first = [0; 13];
        refused += usize::from(client.read_exact(&mut first).is_ok() && first.ends_with(b"503 "));
    }
    assert!(refused > 0);
}
