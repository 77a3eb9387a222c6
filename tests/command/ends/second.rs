//! A second signal during a drain.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::signal::{END_LIMIT, Signal, ends_well, send, wait_until_refused};
use support::Kind;
use support::rig::{End, Rig};

/// The exit is the same as without a drain: the server's own limit for hanging connections is not
/// needed.
#[test]
fn second_signal_ends_a_drain_at_once() {
    for (first, second) in [(Signal::TERM, Signal::TERM), (Signal::INT, Signal::TERM)] {
        let rig = Rig::with_args(Kind::Manual, &["--drain", "1h"]);
        let (client, server) = rig.pair();
        client.send(b"before");
        assert_eq!(server.read(6), b"before");
        send(rig.server.pid(), first);
        wait_until_refused(rig.server.api_addr(), &rig.server);
        assert_eq!(rig.server.exit_status(), None, "{}", rig.server.log_text());
        let since = Instant::now();
        send(rig.server.pid(), second);
        let took = ends_well(&rig.server, since, END_LIMIT);
        for peer in [client, server] {
            assert_eq!(peer.read_to_end(), (vec![], End::Eof));
        }
        let log = rig.server.log_text();
        assert!(!log.contains("did not end in time"), "{took:?}: {log}");
    }
}

/// The API's listener is closed by then, but connections to it are not.
#[test]
fn open_api_connection_is_answered_while_connections_end() {
    let rig = Rig::with_args(Kind::Manual, &["--drain", "1h"]);
    let _pair = rig.pair();
    let mut kept = TcpStream::connect(rig.server.api_addr()).unwrap();
    kept.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut ask = |request: &str| {
        let head = format!("{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        kept.write_all(head.as_bytes())?;
        kept.read(&mut [0; 4096])
    };
    assert!(ask("GET /version").unwrap() > 0);
    send(rig.server.pid(), Signal::TERM);
    wait_until_refused(rig.server.api_addr(), &rig.server);
    // An answer or the end; either arrives at once.
    for request in ["GET /proxies", "DELETE /proxies/p"] {
        if let Err(error) = ask(request) {
            let hangs = support::wire::is_timeout(&error);
            assert!(!hangs, "{request}: {}", rig.server.log_text());
        }
    }
    if rig.server.exit_status().is_none() {
        send(rig.server.pid(), Signal::TERM);
    }
    ends_well(&rig.server, Instant::now(), END_LIMIT);
}
