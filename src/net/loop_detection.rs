//! Detects proxies of this server that lead back to themselves.
//!
//! A proxy may be the upstream of another, which is how people combine toxics. A proxy that is its
//! own upstream would answer one client with connections until no file descriptor is left. The loop
//! may go through a host name, another address or further proxies, so addresses alone do not reveal
//! it. The server therefore remembers both ends of each socket that it connects. A client that
//! connects from such a socket is the next hop of that connection's chain. The server refuses a
//! chain that reaches the same proxy twice.
//!
//! The other end may accept before `connect` has returned. So a connection to a port that a proxy
//! of this server listens on is made and recorded under a lock, the gate. The accepting task takes
//! the same lock before it looks the connection up.
//!
//! An intermediary, such as another forwarder or source address translation, hides a loop. The
//! limit on waiting for descriptors (`listener.rs`) then breaks it. Must not know how a connection
//! is made or what a proxy is.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::address::canonical;

/// The most proxies of this server that one connection may pass through.
pub(super) const MAX_HOPS: usize = 64;

/// How many locks share the work; each connection takes a lock twice.
const SHARDS: usize = 16;

/// The proxies that a connection has passed through, the latest last.
pub(super) type Hops = Arc<[u64]>;

/// The two addresses of a connected socket, the local one first.
type Ends = (SocketAddr, SocketAddr);

type Shard = BTreeMap<Ends, Hops>;

/// The table of sockets that this server has connected. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct LoopDetector(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    shards: [Mutex<Shard>; SHARDS],
    gates: [Mutex<Gate>; SHARDS],
    ids: AtomicU64,
}

/// How many proxies listen on each port.
type Gate = BTreeMap<u16, usize>;

/// Why a client is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It has already come through this proxy.
    Loop,
    /// It has come through the maximum number of proxies.
    TooLong,
}

impl Table {
    fn shard(&self, local: SocketAddr) -> MutexGuard<'_, Shard> {
        pick(&self.shards, local.port())
    }

    fn gate(&self, port: u16) -> MutexGuard<'_, Gate> {
        pick(&self.gates, port)
    }
}

fn pick<T>(all: &[Mutex<T>; SHARDS], port: u16) -> MutexGuard<'_, T> {
    let [first, ..] = all;
    let one = all.get(usize::from(port) % SHARDS).unwrap_or(first);
    one.lock()
}

/// A listening proxy.
#[derive(Debug)]
pub(super) struct LoopMember {
    id: u64,
    /// The chain of clients that do not come from a proxy of this server.
    own: Hops,
    port: u16,
    table: Arc<Table>,
}

impl Drop for LoopMember {
    fn drop(&mut self) {
        let mut gate = self.table.gate(self.port);
        if let Some(count) = gate.get_mut(&self.port) {
            *count -= 1;
            if *count == 0 {
                gate.remove(&self.port);
            }
        }
    }
}

impl LoopDetector {
    /// Registers a proxy that listens on this port, until the returned value is dropped.
    pub(super) fn add_proxy(&self, port: u16) -> LoopMember {
        let id = self.0.ids.fetch_add(1, Ordering::Relaxed);
        *self.0.gate(port).entry(port).or_default() += 1;
        LoopMember {
            id,
            own: Arc::new([id]),
            port,
            table: Arc::clone(&self.0),
        }
    }

    /// Connects a socket with `connect`, which also returns its local address, and records the
    /// socket. `connect` must not block.
    pub(super) fn connect<T>(
        &self,
        remote: SocketAddr,
        hops: &Hops,
        connect: impl FnOnce() -> io::Result<(T, SocketAddr)>,
    ) -> io::Result<(T, Registration)> {
        let gate = self.0.gate(remote.port());
        let is_ours = gate.contains_key(&remote.port());
        let _held = is_ours.then_some(gate);
        let (socket, local) = connect()?;
        Ok((socket, self.enter(local, remote, hops)))
    }

    /// Records a socket that was connected on behalf of the last proxy of `hops`, until the
    /// returned guard is dropped.
    fn enter(&self, local: SocketAddr, remote: SocketAddr, hops: &Hops) -> Registration {
        let ends = (canonical(local), canonical(of_this_machine(remote)));
        self.0.shard(ends.0).insert(ends, Arc::clone(hops));
        Registration(Box::new(Entry {
            ends,
            table: Arc::clone(&self.0),
        }))
    }
}

impl LoopMember {
    /// The chain of a client that has connected to this proxy from `client`. `local` returns the
    /// address that the client connected to, as it is here and as it was before the system
    /// translated it. It is called only if this server has connected a socket from the client's
    /// address.
    pub(super) fn hops_of_client(
        &self,
        client: SocketAddr,
        local: impl FnOnce() -> [Option<SocketAddr>; 2],
    ) -> Result<Hops, Refusal> {
        let client = canonical(client);
        // Once this lock has been taken, every earlier connection to this port has been recorded.
        drop(self.table.gate(self.port));
        let shard = self.table.shard(client);
        let mut from_here = shard
            .range((client, LOWEST)..)
            .take_while(|(ends, _)| ends.0 == client)
            .peekable();
        if from_here.peek().is_none() {
            return Ok(Arc::clone(&self.own));
        }
        let locals = local().map(|local| local.map(canonical));
        let entry = from_here.find(|(ends, _)| locals.contains(&Some(ends.1)));
        match entry {
            None => Ok(Arc::clone(&self.own)),
            Some((_, hops)) if hops.contains(&self.id) => Err(Refusal::Loop),
            Some((_, hops)) if hops.len() >= MAX_HOPS => Err(Refusal::TooLong),
            Some((_, hops)) => Ok(hops.iter().copied().chain([self.id]).collect()),
        }
    }
}

/// The address that the system uses when it is told to connect to the unspecified address.
fn of_this_machine(mut remote: SocketAddr) -> SocketAddr {
    match remote.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => remote.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => remote.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    remote
}

/// Sorts before all other addresses.
const LOWEST: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Keeps a connected socket in the table until it is dropped. Boxed, because a connection holds it
/// for its whole life.
#[derive(Debug)]
pub(super) struct Registration(Box<Entry>);

#[derive(Debug)]
struct Entry {
    ends: Ends,
    table: Arc<Table>,
}

impl Registration {
    /// Whether the socket is connected to itself.
    pub(super) fn is_of_one_end(&self) -> bool {
        self.0.ends.0 == self.0.ends.1
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.table.shard(self.ends.0).remove(&self.ends);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// The chain of a client that connects to a proxy from address `from` to address `at`.
    fn follow(proxy: &LoopMember, (from, at): (&str, &str)) -> Result<Hops, Refusal> {
        proxy.hops_of_client(address(from), || [Some(address(at)), None])
    }

    const P: &str = "127.0.0.1:1000";
    const Q: &str = "127.0.0.1:2000";

    #[test]
    fn a_chain_that_meets_a_proxy_again_is_a_loop() {
        let detector = LoopDetector::default();
        let (p, q) = (detector.add_proxy(1000), detector.add_proxy(2000));
        let first = follow(&p, ("127.0.0.1:5", P)).unwrap();
        let _one = detector.enter(address("127.0.0.1:6"), address(Q), &first);
        let second = follow(&q, ("127.0.0.1:6", Q)).unwrap();
        assert_eq!(*second, [p.id, q.id]);
        let _two = detector.enter(address("127.0.0.1:7"), address(P), &second);
        assert_eq!(follow(&p, ("127.0.0.1:7", P)), Err(Refusal::Loop));
    }

    #[test]
    fn a_client_of_the_same_address_that_connected_elsewhere_is_no_link() {
        let detector = LoopDetector::default();
        let p = detector.add_proxy(1000);
        let database = address("127.0.0.1:5432");
        let link = detector.enter(address("127.0.0.1:6"), database, &p.own);
        assert_eq!(follow(&p, ("127.0.0.1:6", P)), Ok(Arc::clone(&p.own)));
        drop((link, p));
        assert!(detector.0.gates.iter().all(|gate| gate.lock().is_empty()));
        assert!(
            detector
                .0
                .shards
                .iter()
                .all(|shard| shard.lock().is_empty())
        );
    }

    #[test]
    fn mapped_and_translated_addresses_are_recognised() {
        let detector = LoopDetector::default();
        let p = detector.add_proxy(1000);
        let _link = detector.enter(address("127.0.0.1:6"), address("10.0.0.1:80"), &p.own);
        let before_translation = Some(address("10.0.0.1:80"));
        let seen = p.hops_of_client(address("[::ffff:127.0.0.1]:6"), || {
            [Some(address(P)), before_translation]
        });
        assert_eq!(seen, Err(Refusal::Loop));
    }

    #[test]
    fn a_chain_has_an_end() {
        let detector = LoopDetector::default();
        let mut hops: Hops = Arc::new([]);
        let mut links = Vec::new();
        for hop in 1..=MAX_HOPS + 1 {
            let proxy = detector.add_proxy(1000);
            let seen = follow(&proxy, ("127.0.0.1:6", P));
            if hop > MAX_HOPS {
                assert_eq!(seen, Err(Refusal::TooLong));
                return;
            }
            hops = seen.unwrap();
            assert_eq!(hops.len(), hop);
            links.clear();
            links.push(detector.enter(address("127.0.0.1:6"), address(P), &hops));
        }
        unreachable!("{hops:?}");
    }

    #[test]
    fn a_client_that_is_accepted_while_it_connects_is_seen() {
        let detector = LoopDetector::default();
        let p = detector.add_proxy(1000);
        let hops = Arc::clone(&p.own);
        let seen = std::thread::scope(|scope| {
            let connected = detector.connect(address(P), &hops, || {
                let seen = scope.spawn(|| follow(&p, ("127.0.0.1:6", P)));
                std::thread::sleep(std::time::Duration::from_millis(50));
                Ok((seen, address("127.0.0.1:6")))
            });
            let (seen, link) = connected.unwrap();
            let seen = seen.join().unwrap();
            drop(link);
            seen
        });
        assert_eq!(seen, Err(Refusal::Loop));
    }
}
