//! A name server that knows one name.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The name that is 127.0.0.1.
pub const NAME: &str = "named.example";

/// The type of a question for an IPv4 address (RFC 1035, section 3.2.2).
const A: [u8; 2] = [0, 1];

/// A running name server; it ends with the value.
pub struct Server {
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves port 53 of a loopback address that nobody else uses, since `/etc/resolv.conf` knows
    /// no other port. `None` where that is not permitted.
    pub fn start() -> Option<Self> {
        let last = u8::try_from(std::process::id() % 250).ok()? + 1;
        let socket = UdpSocket::bind((Ipv4Addr::new(127, 53, 53, last), 53)).ok()?;
        let step = Some(Duration::from_millis(50));
        socket.set_read_timeout(step).ok()?;
        let mut server = Self {
            socket: Arc::new(socket),
            stop: Arc::default(),
            asked: Arc::default(),
            thread: None,
        };
        let (socket, stop, asked) = (
            server.socket.clone(),
            server.stop.clone(),
            server.asked.clone(),
        );
        server.thread = Some(thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let mut question = [0; 512];
                let Ok((size, from)) = socket.recv_from(&mut question) else {
                    continue;
                };
                if let Some(reply) = answer(&question[..size]) {
                    asked.store(true, Ordering::Relaxed);
                    let _ = socket.send_to(&reply, from);
                }
            }
        }));
        Some(server)
    }

    /// What belongs behind `nameserver`.
    pub fn ip(&self) -> IpAddr {
        self.socket.local_addr().unwrap().ip()
    }

    /// Whether someone asked for the name.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The reply to one question for the name: its address, or that it has none of that type.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    for label in NAME.split('.') {
        name.push(u8::try_from(label.len()).ok()?);
        name.extend(label.as_bytes());
    }
    name.push(0);
    let kind = question.get(12..)?.strip_prefix(&name[..])?.get(..2)?;
    let asked = question.get(12..12 + name.len() + 4)?;
    let has_address = kind == A;
    let mut reply = question.get(..2)?.to_vec();
    // A reply without error, to a question that wanted recursion; one question in it.
    reply.extend([0x81, 0x80, 0, 1, 0, u8::from(has_address), 0, 0, 0, 0]);
    reply.extend(asked);
    if has_address {
        // The name of the question, type A, class IN, 60 s, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(reply)
}
