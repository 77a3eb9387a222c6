//! Upstream names with several addresses, some of them unreachable, or with none.

use std::net::TcpListener;
use std::time::Instant;

use serde_json::Value;

use super::wrapped::Wrapped;
use support::rig::{End, PATIENCE, Peer};
use support::{Kind, ScratchFile, Upstream, free_port};

/// Three addresses of this machine; the system may return them in any order.
const ADDRESSES: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/// A server for which the name `many` resolves to all [`ADDRESSES`], and `nosuch` to none.
fn server() -> Option<(Wrapped, ScratchFile, ScratchFile)> {
    let lines = ADDRESSES.map(|address| format!("{address} many\n"));
    let hosts = ScratchFile::with("hosts", &lines.concat());
    // Without it, a name that is not in the file would be looked up at a name server, if there is
    // one.
    let order = ScratchFile::with("conf", "hosts: files\n");
    let script = format!(
        "mount --bind '{}' /etc/hosts && mount --bind '{}' /etc/nsswitch.conf && exec \"$@\"",
        hosts.path(),
        order.path()
    );
    Some((Wrapped::in_namespace(&script)?, hosts, order))
}

#[test]
fn dial_skips_the_dead_addresses_of_a_name() {
    let Some((server, _hosts, _order)) = server() else {
        return;
    };
    // Each address is the only reachable one once, so in any order some unreachable ones come
    // first.
    for alive in ADDRESSES {
        let upstream = Upstream::try_start(alive, Kind::Echo).unwrap();
        let address = server.create(alive, &format!("many:{}", upstream.port()));
        for _ in 0..3 {
            assert!(Peer::to(&address).echoes(), "{alive}: {}", server.log());
        }
    }
    let dead = server.create("dead", &format!("many:{}", free_port()));
    assert_eq!(Peer::to(&dead).read_to_end(), (vec![], End::Eof));
}

#[test]
fn name_without_addresses_closes_only_its_client() {
    let Some((server, _hosts, _order)) = server() else {
        return;
    };
    let address = server.create("p", "nosuch:80");
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(Peer::to(&address).read_to_end(), (vec![], End::Eof));
        assert!(start.elapsed() < PATIENCE);
    }
    let log = server.log();
    assert!(log.contains("nosuch"), "{log}");
    assert_eq!(server.ask("GET", "/proxies/p", &Value::Null).status, 200);
}

/// As on most machines, `localhost` is 127.0.0.1 and ::1, and a server listens on only one of them.
#[test]
fn localhost_finds_an_upstream_of_either_family() {
    let hosts = ScratchFile::with("hosts", "127.0.0.1 localhost\n::1 localhost\n");
    let script = format!("mount --bind '{}' /etc/hosts && exec \"$@\"", hosts.path());
    if TcpListener::bind("[::1]:0").is_err() {
        return eprintln!("skipped: no IPv6");
    }
    let Some(server) = Wrapped::in_namespace(&script) else {
        return;
    };
    for alive in ["127.0.0.1", "::1"] {
        let upstream = Upstream::try_start(alive, Kind::Echo).unwrap();
        let address = server.create(alive, &format!("localhost:{}", upstream.port()));
        assert!(Peer::to(&address).echoes(), "{alive}: {}", server.log());
    }
}
