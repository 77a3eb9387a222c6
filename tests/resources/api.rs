//! Slow clients of the API, and very many clients at once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use support::rig::{PATIENCE, create};
use support::{Server, upstream};

const SLOW: usize = 200;
const SPAN: Duration = Duration::from_secs(3);
/// The time limit for an API call while many other clients send requests.
const SOON: Duration = Duration::from_secs(3);
const AT_ONCE: usize = 1000;

/// Each sends one byte per second of a request that never ends: half of them in its head, half in
/// its body.
#[test]
fn two_hundred_slow_requests_do_not_delay_others() {
    let server = Server::start(&[]);
    let mut slow: Vec<TcpStream> = (0..SLOW)
        .map(|_| TcpStream::connect(server.api_addr()).unwrap())
        .collect();
    let head = "POST /proxies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    for (index, client) in slow.iter_mut().enumerate() {
        let size = if index.is_multiple_of(2) {
            head.len()
        } else {
            30
        };
        client.write_all(&head.as_bytes()[..size]).unwrap();
    }
    let start = Instant::now();
    let mut told = 0;
    while start.elapsed() < SPAN {
        if start.elapsed().as_secs() >= told {
            told += 1;
            for client in &mut slow {
                client.write_all(b"x").unwrap();
            }
        }
        let asked = Instant::now();
        assert_eq!(server.api("GET", "/proxies", "").status, 200);
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
        thread::sleep(Duration::from_millis(20));
    }
}

/// Lets this process and the servers that it starts open more than 1000 files, where the soft limit
/// is lower, as it often is.
pub fn allow_descriptors() {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_ascii_whitespace().nth(3)?.parse().ok());
    if soft.is_some_and(|soft: u64| soft < 4096) {
        let id = std::process::id().to_string();
        let raised = Command::new("prlimit")
            .args(["--nofile=4096:", "--pid", &id])
            .status();
        assert!(raised.unwrap().success(), "{line:?} cannot be raised");
    }
}

#[test]
fn a_thousand_requests_at_once_are_all_answered() {
    allow_descriptors();
    let server = Server::start(&[]);
    let echo = upstream::echo();
    create(&server, "p", &echo.addr());
    let mut clients: Vec<TcpStream> = (0..AT_ONCE)
        .map(|_| TcpStream::connect(server.api_addr()).unwrap())
        .collect();
    // Half of them read, and half of them add one toxic each.
    for (index, client) in clients.iter_mut().enumerate() {
        client.set_read_timeout(Some(2 * PATIENCE)).unwrap();
        let end = "Host: localhost\r\nConnection: close\r\n";
        let request = if index.is_multiple_of(2) {
            format!("GET /proxies/p HTTP/1.1\r\n{end}\r\n")
        } else {
            let body = format!(r#"{{"type":"latency","name":"t{index}"}}"#);
            let size = body.len();
            format!("POST /proxies/p/toxics HTTP/1.1\r\n{end}Content-Length: {size}\r\n\r\n{body}")
        };
        client.write_all(request.as_bytes()).unwrap();
    }
    for (index, mut client) in clients.into_iter().enumerate() {
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n"),
            "{index}: {answer:?}"
        );
    }
    let toxics = server.api("GET", "/proxies/p/toxics", "").json();
    assert_eq!(toxics.as_array().unwrap().len(), AT_ONCE / 2);
    assert_eq!(server.api("POST", "/reset", "").status, 204);
}
