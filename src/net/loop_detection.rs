//! LoopDetector of proxies of this server, and how one that leads back into itself is noticed.
//!
//! A proxy may be the upstream of another, which is how people combine toxics. A proxy that is its own
//! upstream, be it through a name, another address or further proxies, would answer one client with
//! connections until no file descriptor is left. From the addresses alone that cannot be told. So the
//! server remembers the two ends of each socket that it connects, and a client that comes from such a
//! socket is the next link of that connection's chain. A chain that meets a proxy again is refused.
//!
//! The other end may accept before `connect` has returned. So a connection to a port that a proxy of
//! this server listens on is made and remembered behind a gate, which whoever accepts there passes too.
//!
//! What stands between, such as another forwarder or a translation of the source address, hides a
//! loop; then the limit on waiting for descriptors (`listener.rs`) dissolves it. Must not know how a
//! connection is made or what a proxy is.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::address::canonical;

/// Proxies of this server that one connection may go through.
pub(super) const MAX_HOPS: usize = 64;

/// Locks that share the work: two calls a connection take one.
const SHARDS: usize = 16;

/// The proxies that a connection has gone through, the latest last.
pub(super) type Hops = Arc<[u64]>;

/// Both ends of a connected socket, ours first.
type Ends = (SocketAddr, SocketAddr);

type Shard = BTreeMap<Ends, Hops>;

/// The sockets that this server has connected. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct LoopDetector(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    shards: [Mutex<Shard>; SHARDS],
    gates: [Mutex<Gate>; SHARDS],
    ids: AtomicU64,
}

/// How many proxies listen on a port.
type Gate = BTreeMap<u16, usize>;

/// Why a client is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It has come through this proxy before.
    Loop,
    /// It has come through as many as it may.
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

/// A proxy that listens.
#[derive(Debug)]
pub(super) struct LoopMember {
    id: u64,
    /// The chain of clients that come from elsewhere.
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
    /// A proxy listens on this port, until it is dropped.
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

    /// Connects a socket by `connect`, which gives its local address too, and remembers it. `connect`
    /// must not wait.
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

    /// Remembers a socket that was connected on behalf of the last proxy of `chain`, until the guard
    /// is dropped.
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
    /// The chain of a client of this proxy that has connected from `client`. `local` says what it has
    /// connected to, and is asked only if we have a socket of that address: the address as it is
    /// here, and as it was before the system translated it.
    pub(super) fn hops_of_client(
        &self,
        client: SocketAddr,
        local: impl FnOnce() -> [Option<SocketAddr>; 2],
    ) -> Result<Hops, Refusal> {
        let client = canonical(client);
        // A connection that is being made to this port is remembered when the gate is free.
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

/// Where the system goes if it is told to connect to no address in particular.
fn of_this_machine(mut remote: SocketAddr) -> SocketAddr {
    match remote.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => remote.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => remote.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    remote
}

/// Comes before all other addresses.
const LOWEST: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// A connected socket that is remembered. In a box, as a connection keeps it from beginning to end.
#[derive(Debug)]
pub(super) struct Registration(Box<Entry>);

#[derive(Debug)]
struct Entry {
    ends: Ends,
    table: Arc<Table>,
}

impl Registration {
    /// Whether the socket is connected with itself.
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

    /// A client of a proxy, seen from `from` at `at`.
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
