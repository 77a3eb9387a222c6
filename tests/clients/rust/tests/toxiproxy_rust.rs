//! The published crate `toxiproxy_rust` against a running server.
//!
//! It looks at no status code, knows neither an update nor a single removal of a toxic, and names
//! toxics by itself: errors show only in what the server holds afterwards.

use clients::{Client as Connection, FAREWELL, HANG_UP, Rig, at_least, mended, refused};
use std::time::Instant;
use toxiproxy_rust::client::Client;
use toxiproxy_rust::proxy::{Proxy, ProxyPack};

fn pack(rig: &Rig, name: &str) -> ProxyPack {
    ProxyPack::new(name.into(), "127.0.0.1:0".into(), rig.upstream.clone())
}

fn start() -> (Rig, Client, Proxy) {
    let rig = Rig::start();
    let client = Client::new(rig.api);
    let proxy = client.populate(vec![pack(&rig, "echo")]).unwrap().remove(0);
    (rig, client, proxy)
}

fn connect(proxy: &Proxy) -> Connection {
    Connection::connect(&proxy.proxy_pack.listen)
}

fn downstream() -> String {
    "downstream".into()
}

#[test]
fn running_and_version() {
    let (_rig, client, _) = start();
    assert!(client.is_running());
    assert!(client.version().unwrap().contains(r#""2."#));
}

#[test]
fn populate_all_find_delete() {
    let (rig, client, proxy) = start();
    let mut off = pack(&rig, "off");
    off.enabled = false;
    let made = client.populate(vec![off, pack(&rig, "more")]).unwrap();
    assert!(!made[0].proxy_pack.enabled);
    connect(&made[1]).echo(100);
    // Not how many: the extended server has one of its own, which comes when it comes.
    let all = client.all().unwrap();
    for name in ["echo", "off", "more"] {
        assert!(all.contains_key(name), "{name} is missing");
    }
    let found = client.find_proxy("echo").unwrap();
    assert_eq!(found.proxy_pack.listen, proxy.proxy_pack.listen);
    found.delete().unwrap();
    assert!(client.find_proxy("echo").is_err());
    assert!(refused(&proxy.proxy_pack.listen));
}

#[test]
fn populate_again_with_what_came_back() {
    let (_rig, client, proxy) = start();
    let mut live = connect(&proxy);
    live.echo(10);
    let listen = proxy.proxy_pack.listen.clone();
    let again = client.populate(vec![proxy.proxy_pack]).unwrap();
    assert_eq!(again[0].proxy_pack.listen, listen);
    live.echo(10);
}

#[test]
fn toggle_with_a_live_connection() {
    let (_rig, _client, proxy) = start();
    let mut live = connect(&proxy);
    live.echo(10);
    proxy
        .with_down(|| {
            assert_eq!(live.rest().0, b"");
            assert!(refused(&proxy.proxy_pack.listen));
        })
        .unwrap();
    connect(&proxy).echo(10);
}

#[test]
fn latency() {
    let (_rig, _client, proxy) = start();
    let mut live = connect(&proxy);
    proxy
        .with_latency("upstream".into(), 200, 0, 1.0)
        .apply(|| at_least(200, live.echo(10)))
        .unwrap();
    assert!(proxy.toxics().unwrap().is_empty());
}

#[test]
fn bandwidth_and_slicer_in_a_chain() {
    let (_rig, _client, proxy) = start();
    proxy
        .with_slicer(downstream(), 5000, 100, 0, 1.0)
        .with_bandwidth(downstream(), 100, 1.0)
        .apply(|| {
            let kinds: Vec<_> = proxy
                .toxics()
                .unwrap()
                .into_iter()
                .map(|toxic| toxic.r#type)
                .collect();
            assert_eq!(kinds, ["slicer", "bandwidth"]);
            at_least(400, connect(&proxy).echo(50_000));
        })
        .unwrap();
}

#[test]
fn slicer_keeps_every_byte() {
    let (_rig, _client, proxy) = start();
    proxy.with_slicer(downstream(), 100, 10, 10_000, 1.0);
    at_least(60, connect(&proxy).echo(1000));
}

#[test]
fn slow_close() {
    let (_rig, _client, proxy) = start();
    proxy.with_slow_close(downstream(), 300, 1.0);
    let mut connection = connect(&proxy);
    let start = Instant::now();
    connection.send(&[b'x', HANG_UP]);
    assert_eq!(connection.rest().0, [b'x', HANG_UP]);
    at_least(300, start.elapsed());
}

#[test]
fn timeout_closes() {
    let (_rig, _client, proxy) = start();
    proxy.with_timeout(downstream(), 300, 1.0);
    let start = Instant::now();
    let mut connection = connect(&proxy);
    connection.send(b"lost");
    assert_eq!(connection.rest().0, b"");
    at_least(300, start.elapsed());
}

#[test]
fn timeout_of_zero_holds_until_removed() {
    let (_rig, _client, proxy) = start();
    proxy.with_timeout(downstream(), 0, 1.0);
    let mut connection = connect(&proxy);
    connection.send(b"lost");
    assert!(connection.holds(300));
    proxy.delete_all_toxics().unwrap();
    assert_eq!(connection.rest().0, b"");
}

#[test]
fn limit_data() {
    let (_rig, _client, proxy) = start();
    proxy.with_limit_data(downstream(), 10, 1.0);
    let mut connection = connect(&proxy);
    connection.send(b"0123456789, and this is too much");
    assert_eq!(connection.rest().0, b"0123456789");
}

#[test]
fn toxicity_as_a_single_precision_number() {
    let (_rig, _client, proxy) = start();
    proxy
        .with_timeout(downstream(), 0, 0.0)
        .with_latency(downstream(), 1, 0, 0.3);
    assert_eq!(proxy.toxics().unwrap()[1].toxicity, 0.3);
    connect(&proxy).echo(10);
}

#[test]
fn reset_and_find_and_reset() {
    let (_rig, client, proxy) = start();
    proxy.with_timeout(downstream(), 0, 1.0).disable().unwrap();
    client.reset().unwrap();
    let found = client.find_proxy("echo").unwrap();
    assert!(found.proxy_pack.enabled && found.proxy_pack.toxics.is_empty());
    proxy.with_timeout(downstream(), 0, 1.0).disable().unwrap();
    client.find_and_reset_proxy("echo").unwrap();
    connect(&proxy).echo(10);
}

#[test]
fn refusals_leave_no_trace() {
    let (_rig, client, proxy) = start();
    assert!(client.find_proxy("nobody").is_err());
    proxy.with_latency("sideways".into(), 1, 0, 1.0);
    assert!(proxy.toxics().unwrap().is_empty());
    proxy
        .with_latency(downstream(), 1, 0, 1.0)
        .with_latency(downstream(), 2, 0, 1.0);
    let toxics = proxy.toxics().unwrap();
    assert_eq!((toxics.len(), toxics[0].attributes["latency"]), (1, 1));
}

#[test]
fn mended_07_half_close() {
    let (_rig, _client, proxy) = start();
    let mut connection = connect(&proxy);
    connection.echo(10);
    connection.end_sending();
    let kept = connection.rest().0 == FAREWELL;
    mended(7, kept, "the answer to the end of the request is lost");
}

#[test]
fn mended_15_populate_with_toxics() {
    let (rig, client, proxy) = start();
    proxy.with_latency("upstream".into(), 200, 0, 1.0);
    let mut copy = pack(&rig, "copy");
    copy.toxics = proxy.toxics().unwrap();
    let copies = client.populate(vec![copy]).unwrap();
    let took = connect(&copies[0]).echo(10);
    mended(
        15,
        took.as_millis() >= 200,
        "the toxics of populate are left out",
    );
}
