//! A proxy that is deleted while it dials an upstream that does not answer. (Toxics, moves and stops
//! meanwhile: tests/traffic/mended/waiting.rs, tests/library/sockets/black_hole.rs.)

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use support::hole::Hole;
use support::rig::{End, Peer, call, create};
use support::{Server, upstream};

#[test]
fn deleting_a_proxy_with_hanging_dials_returns_at_once() {
    let (server, hole, echo) = (Server::start(&[]), Hole::on_loopback(), upstream::echo());
    for _ in 0..3 {
        let address = create(&server, "p", &hole.addr());
        let other = create(&server, "other", &echo.addr());
        let clients: Vec<Peer> = (0..20).map(|_| Peer::to(&address)).collect();
        for client in &clients {
            client.send(b"hello?");
        }
        thread::sleep(Duration::from_millis(100));
        for name in ["p", "other"] {
            let path = format!("/proxies/{name}");
            assert!(name == "p" || Peer::to(&other).echoes());
            let answer = call(&server, "DELETE", &path, &Value::Null);
            assert_eq!(answer.status, 204, "{}", answer.text());
        }
        for client in clients {
            assert_eq!(client.read_to_end(), (vec![], End::Eof));
        }
        assert!(TcpStream::connect(&address).is_err(), "it listens still");
        assert_eq!(call(&server, "GET", "/proxies/p", &Value::Null).status, 404);
    }
}

/// Neither the sockets of the dials nor their clients stay open.
#[cfg(target_os = "linux")]
#[test]
fn abandoned_dials_release_their_descriptors() {
    use std::time::Instant;

    use support::process::Usage;
    use support::rig::PATIENCE;

    let (server, hole) = (Server::start(&[]), Hole::on_loopback());
    let open = || Usage::of(server.pid()).unwrap().descriptors;
    let before = open();
    let address = create(&server, "p", &hole.addr());
    let clients: Vec<Peer> = (0..50).map(|_| Peer::to(&address)).collect();
    let start = Instant::now();
    while open() < before + 100 {
        assert!(start.elapsed() < PATIENCE, "{} of {before}", open());
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        call(&server, "DELETE", "/proxies/p", &Value::Null).status,
        204
    );
    drop(clients);
    let start = Instant::now();
    while open() > before {
        assert!(start.elapsed() < PATIENCE, "{} of {before}", open());
        thread::sleep(Duration::from_millis(5));
    }
}
