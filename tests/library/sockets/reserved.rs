//! The address of a disabled proxy: no other process can take it, no connection is accepted there,
//! and it is released when the proxy no longer needs it.
//!
//! Linux only: other systems cannot reserve an address in this way.

#![cfg(target_os = "linux")]

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};

use aconite::control::{NewProxy, ProxyChange};
use socket2::{Domain, Socket, Type};

use super::rig::*;

/// Listens as another program would; with `reuse`, as Go programs do.
fn another_program(address: SocketAddr, reuse: bool) -> Result<Socket, ErrorKind> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    socket.set_reuse_address(reuse).unwrap();
    let listens = socket.bind(&address.into()).and_then(|()| socket.listen(1));
    listens.map(|()| socket).map_err(|error| error.kind())
}

fn nobody_else_gets(address: SocketAddr) {
    for ip in [address.ip(), [0, 0, 0, 0].into()] {
        for reuse in [true, false] {
            let other = another_program(SocketAddr::new(ip, address.port()), reuse);
            assert_eq!(other.err(), Some(ErrorKind::AddrInUse), "{ip} {reuse}");
        }
    }
}

fn works(rig: &Rig) {
    let mut pair = rig.pair();
    pair.warm();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_proxy_keeps_its_port_and_refuses_connections() {
    let rig = Rig::new().await;
    let address = rig.address();
    for round in 0..3 {
        // Earlier connections linger on the address, closed by the proxy and by the client.
        let mut pairs = rig.pairs(3);
        pairs.iter_mut().for_each(Pair::warm);
        drop(pairs.pop());
        rig.enable(false).await;
        for mut pair in pairs {
            assert_eq!(read_to_end(&mut pair.client).1, End::Eof);
        }
        nobody_else_gets(address);
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{round}");
        rig.enable(true).await;
        assert_eq!(rig.address(), address);
        works(&rig);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_deleted_or_moved_while_disabled_gives_its_port_up() {
    let rig = Rig::new().await;
    let address = rig.address();
    rig.enable(false).await;
    let elsewhere = ProxyChange {
        listen: Some("127.0.0.1:0".to_owned()),
        ..ProxyChange::default()
    };
    rig.control.update(PROXY, elsewhere).await.unwrap();
    drop(another_program(address, false).expect("it has moved"));
    rig.enable(true).await;
    let address = rig.address();
    rig.enable(false).await;
    rig.control.delete(PROXY).await.unwrap();
    drop(another_program(address, false).expect("it is gone"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_upstream_for_a_disabled_proxy_leaves_its_port_alone() {
    let rig = Rig::new().await;
    let address = rig.address();
    rig.enable(false).await;
    let upstream = impatient("127.0.0.1:0");
    let change = ProxyChange {
        upstream: Some(upstream.local_addr().unwrap().to_string()),
        ..ProxyChange::default()
    };
    rig.control.update(PROXY, change).await.unwrap();
    nobody_else_gets(address);
    rig.enable(true).await;
    rig.connect().write_all(b"x").unwrap();
    assert_eq!(
        read_exactly(&mut tuned(upstream.accept().unwrap().0), 1),
        b"x"
    );
}

/// As in Toxiproxy, which frees the port of a disabled proxy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_proxy_of_this_server_may_have_the_port_of_a_disabled_one() {
    let rig = Rig::new().await;
    let address = rig.address();
    let mut second = new_proxy("q", &rig.upstream.local_addr().unwrap().to_string());
    second.listen = Some(address.to_string());
    for populate in [false, true] {
        rig.enable(false).await;
        if populate {
            rig.control.populate(vec![second.clone()]).await.unwrap();
        } else {
            rig.control.create(second.clone()).await.unwrap();
        }
        works(&rig);
        let change = ProxyChange {
            enabled: Some(true),
            ..ProxyChange::default()
        };
        let error = rig.control.update(PROXY, change).await.unwrap_err();
        assert!(
            error.to_string().contains("address already in use"),
            "{error}"
        );
        works(&rig);
        rig.control.delete("q").await.unwrap();
        rig.enable(true).await;
        works(&rig);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_brings_a_disabled_proxy_back_where_it_was() {
    let rig = Rig::new().await;
    let address = rig.address();
    rig.enable(false).await;
    nobody_else_gets(address);
    rig.control.reset().await.unwrap();
    assert_eq!(rig.address(), address);
    works(&rig);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_list_leaves_the_ports_of_disabled_proxies_to_them() {
    let rig = Rig::new().await;
    let address = rig.address();
    rig.enable(false).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let entry = |name: &str, listen: SocketAddr| NewProxy {
        name: Some(name.to_owned()),
        listen: Some(listen.to_string()),
        upstream: Some("127.0.0.1:9".to_owned()),
        ..NewProxy::default()
    };
    let list = vec![
        entry("one", address),
        entry("other", taken.local_addr().unwrap()),
    ];
    assert_eq!(rig.control.populate(list).await.unwrap_err().entry, 1);
    nobody_else_gets(address);
    rig.enable(true).await;
    works(&rig);
}
