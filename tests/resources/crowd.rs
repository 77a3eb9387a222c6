//! Many consecutive connections leave nothing behind.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use support::Server;
use support::process::Usage;
use support::rig::{PATIENCE, create};

const CONNECTIONS: usize = 20_000;
/// Two events each. The server keeps the last 8192, so its event buffer is full.
const WARM_UP: usize = 5_000;
/// Concurrent connections.
const CLIENTS: usize = 16;
/// Proxies, with an upstream behind each: towards one upstream the server has 28,000 local ports,
/// and they are not free at once after use.
const PROXIES: usize = 4;
/// What the allocator may retain, in KiB.
const MARGIN: u64 = 4 * 1024;

/// Echoes the first bytes of each connection, and waits for its end.
fn echo_once() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    for _ in 0..CLIENTS {
        let listener = listener.try_clone().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.set_read_timeout(Some(PATIENCE));
                let mut word = [0; 64];
                let read = stream.read(&mut word);
                let _ = read.and_then(|count| stream.write_all(&word[..count]));
                let _ = stream.read(&mut word);
            }
        });
    }
    address
}

/// Connects from one of many loopback addresses, so that ports do not run out.
fn connect(address: &str, number: usize) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let [.., high, low] = ((number / 500 + 1) as u32).to_be_bytes();
    let source = SocketAddr::from((Ipv4Addr::new(127, 1, high, low), 0));
    socket.bind(&source.into()).unwrap();
    let target: SocketAddr = address.parse().unwrap();
    socket.connect(&target.into()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.into()
}

fn visit(address: &str, number: usize) {
    let mut client = connect(address, number);
    client.write_all(b"there and back").unwrap();
    let mut word = [0; 14];
    client.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"there and back");
    if number.is_multiple_of(2) {
        SockRef::from(&client)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    }
}

fn visit_all(addresses: &[String], count: usize) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    visit(&addresses[number % addresses.len()], number);
                }
            });
        }
    });
}

/// The server's usage once it has no more than `most` descriptors.
fn at_rest(server: &Server, most: usize) -> Usage {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let usage = Usage::of(server.pid()).unwrap();
        if usage.descriptors <= most {
            return usage;
        }
        assert!(
            Instant::now() < deadline,
            "{usage:?}, not {most} descriptors"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn twenty_thousand_connections_leave_nothing_behind() {
    let server = Server::start(&[]);
    let proxies: Vec<String> = (0..PROXIES)
        .map(|index| create(&server, &format!("p{index}"), &echo_once()))
        .collect();
    let idle = Usage::of(server.pid()).unwrap().descriptors;
    visit_all(&proxies, WARM_UP);
    let before = at_rest(&server, idle);
    visit_all(&proxies, CONNECTIONS);
    let after = at_rest(&server, idle);
    let told = format!("before {before:?}, after {after:?}");
    assert!(after.memory <= before.memory + MARGIN, "{told}");
    assert_eq!(after.threads, before.threads, "{told}");
    assert_eq!(after.descriptors, before.descriptors, "{told}");
}
