//! Addresses with a zone, `[fe80::1%eth0]:80`, which are valid on one interface only.

use std::net::{Ipv6Addr, SocketAddrV6, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::network;
use support::rig::{PATIENCE, Peer, call};
use support::{Server, upstream};

const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 7);

/// An interface `veth-a` with [`LINK_LOCAL`], in the test's own network namespace.
fn with_link() -> Option<u32> {
    let lines = [
        "link add veth-a type veth peer name veth-b",
        "link set veth-a up",
        "link set veth-b up",
        "-6 addr add fe80::7/64 dev veth-a nodad",
    ];
    if !network::own(&lines) {
        return None;
    }
    let shown = Command::new("ip")
        .args(["-o", "link", "show", "veth-a"])
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    Some(shown.split(':').next().unwrap().parse().unwrap())
}

fn echo_at(address: SocketAddrV6) -> u16 {
    let deadline = Instant::now() + PATIENCE;
    let listener = loop {
        match TcpListener::bind(address) {
            Ok(listener) => break listener,
            Err(error) => assert!(Instant::now() < deadline, "{address}: {error}"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((mut socket, _)) = listener.accept() {
            thread::spawn(move || {
                let mut other = socket.try_clone().unwrap();
                let _ = std::io::copy(&mut socket, &mut other);
            });
        }
    });
    port
}

fn create(server: &Server, name: &str, listen: &str, upstream: &str) -> (u16, String) {
    let body = json!({"name": name, "listen": listen, "upstream": upstream});
    let answer = call(server, "POST", "/proxies", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let listen = answer.json()["listen"].as_str().unwrap().to_owned();
    let port = listen.rsplit(':').next().unwrap().parse().unwrap();
    (port, listen)
}

#[test]
fn link_local_addresses_are_listened_on_and_dialled_by_name_and_number_of_their_interface() {
    let Some(index) = with_link() else {
        return;
    };
    let port = echo_at(SocketAddrV6::new(LINK_LOCAL, 0, 0, index));
    let server = Server::start(&[]);
    for (name, zone) in [
        ("by-name", "veth-a".to_owned()),
        ("by-number", index.to_string()),
    ] {
        let upstream = format!("[fe80::7%{zone}]:{port}");
        let (at, listen) = create(&server, name, &format!("[fe80::7%{zone}]:0"), &upstream);
        assert_eq!(listen, format!("[fe80::7%veth-a]:{at}"));
        let address = SocketAddrV6::new(LINK_LOCAL, at, 0, index);
        let client = Peer(TcpStream::connect(address).unwrap());
        client.0.set_read_timeout(Some(PATIENCE)).unwrap();
        assert!(client.echoes(), "{zone}: {}", server.log_text());
        // The same address in another form is no change, and drops no connection.
        for form in [
            format!("[fe80::7%veth-a]:{at}"),
            format!("[FE80::7%{index}]:{at}"),
        ] {
            let same = json!({"listen": form});
            let answer = call(&server, "PATCH", &format!("/proxies/{name}"), &same);
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(client.echoes(), "{form}: {}", server.log_text());
        }
    }
}

#[test]
fn zone_that_the_system_ignores_changes_nothing() {
    let (server, echo) = (Server::start(&[]), upstream::echo());
    if TcpListener::bind("[::1]:0").is_err() {
        return eprintln!("skipped: no IPv6");
    }
    let (port, listen) = create(&server, "inner", "[::1%lo]:0", &echo.addr());
    assert_eq!(listen, format!("[::1]:{port}"));
    let through = format!("[::1%lo]:{port}");
    let (outer, _) = create(&server, "outer", "127.0.0.1:0", &through);
    let client = Peer::to(&format!("127.0.0.1:{outer}"));
    assert!(client.echoes(), "{}", server.log_text());
    let same = json!({"listen": through});
    let answer = call(&server, "PATCH", "/proxies/inner", &same);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(client.echoes(), "{}", server.log_text());
}

#[test]
fn unknown_zone_is_reported_in_the_words_of_go() {
    let server = Server::start(&[]);
    let body = json!({"name": "p", "listen": "[fe80::1%nosuch]:0", "upstream": "127.0.0.1:1"});
    let answer = call(&server, "POST", "/proxies", &body);
    let text = answer.text();
    assert_eq!(answer.status, 500, "{text}");
    assert!(
        text.contains("listen tcp [fe80::1%nosuch]:0: bind: invalid argument"),
        "{text}"
    );
    assert_eq!(call(&server, "GET", "/proxies", &Value::Null).text(), "{}");
}
