//! Addresses that cannot be listened on, because they are in use or do not belong to this machine.

use std::net::TcpListener;

use serde_json::json;

use support::rig::{PATIENCE, Peer, call, create};
use support::{Server, child, free_port, server, upstream};

/// An address for documentation (RFC 5737), which no machine has.
const NOT_HERE: &str = "203.0.113.7";

/// How a server that cannot listen exits, and what it prints.
fn refusal(args: &[&str]) -> String {
    let output = child::run(server::command().args(args), PATIENCE);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn unavailable_api_address_is_reported_and_ends_the_server() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = refusal(&["-host", "127.0.0.1", "-port", &port]);
    for word in [format!("127.0.0.1:{port}").as_str(), "in use"] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    let port = free_port().to_string();
    let told = refusal(&["-host", NOT_HERE, "-port", &port]);
    for word in [
        format!("{NOT_HERE}:{port}").as_str(),
        "assign requested address",
    ] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
}

#[test]
fn unavailable_proxy_address_is_reported_and_other_proxies_work() {
    let (server, echo) = (Server::start(&[]), upstream::echo());
    let good = Peer::to(&create(&server, "good", &echo.addr()));
    assert!(good.echoes());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken
        .local_addr()
        .map(|address| (taken, address.to_string()));
    let (_taken, taken) = taken.unwrap();
    let gone = format!("{NOT_HERE}:{}", free_port());
    for (listen, why) in [
        (&taken, "address already in use"),
        (&gone, "cannot assign requested address"),
    ] {
        let body = json!({"name": "bad", "listen": listen, "upstream": echo.addr()});
        let answer = call(&server, "POST", "/proxies", &body);
        let text = answer.text();
        // The status that Toxiproxy returns.
        assert_eq!(answer.status, 500, "{text}");
        assert!(
            text.contains(listen.as_str()) && text.contains(why),
            "{text}"
        );
        assert_eq!(server.api("GET", "/proxies/bad", "").status, 404);
        // A proxy that an update moves to that address.
        let body = json!({"listen": listen});
        create(&server, "moved", &echo.addr());
        let answer = call(&server, "PATCH", "/proxies/moved", &body);
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert_eq!(server.api("DELETE", "/proxies/moved", "").status, 204);
    }
    assert!(good.echoes());
}

/// A proxy that was moved to a taken port while disabled can be enabled once the port is free.
#[test]
fn port_taken_meanwhile_is_reported_and_can_be_used_once_free() {
    let (server, echo) = (Server::start(&[]), upstream::echo());
    create(&server, "p", &echo.addr());
    let enable = |on: bool| call(&server, "PATCH", "/proxies/p", &json!({"enabled": on}));
    assert_eq!(enable(false).status, 200);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let moved = call(&server, "PATCH", "/proxies/p", &json!({"listen": listen}));
    assert_eq!(moved.status, 200);
    let refused = enable(true);
    assert_eq!(refused.status, 500);
    assert!(
        refused.text().contains("address already in use"),
        "{}",
        refused.text()
    );
    drop(taken);
    assert_eq!(enable(true).status, 200);
    assert!(Peer::to(&listen).echoes());
}
