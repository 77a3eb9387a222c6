//! The published crate `noxious-client` against a running server.
//!
//! It calls the stream of a toxic `direction`, which no server but its own reads, so every toxic
//! is a downstream one; it knows no `reset_peer`; and it cannot read what `/populate` answers.

use clients::{Client as Connection, FAREWELL, HANG_UP, Rig, at_least, mended, refused};
use noxious_client::error::ClientError;
use noxious_client::{Client, Proxy, ProxyConfig, StreamDirection, Toxic, ToxicKind};
use std::fmt::Debug;
use std::time::Instant;

async fn start() -> (Rig, Client, Proxy) {
    let rig = Rig::start();
    let client = Client::new(&rig.api.to_string());
    client
        .create_proxy("echo", "127.0.0.1:0", &rig.upstream)
        .await
        .unwrap();
    let proxy = client.proxy("echo").await.unwrap();
    (rig, client, proxy)
}

fn connect(proxy: &Proxy) -> Connection {
    Connection::connect(&proxy.config.listen)
}

fn toxic(kind: ToxicKind) -> Toxic {
    Toxic {
        kind,
        name: "toxic".into(),
        toxicity: 1.0,
        direction: StreamDirection::Downstream,
    }
}

async fn with(proxy: &Proxy, kind: ToxicKind) -> Connection {
    let answer = proxy.add_toxic(&toxic(kind)).await.unwrap();
    assert_eq!((answer.kind, answer.toxicity), (kind, 1.0));
    connect(proxy)
}

fn status<T: Debug>(result: Result<T, ClientError>) -> (u16, String) {
    match result {
        Err(ClientError::ApiError(error)) => (error.status_code, error.message),
        other => panic!("want an error of the API, got {other:?}"),
    }
}

#[tokio::test]
async fn create_list_get_delete() {
    let (_rig, client, proxy) = start().await;
    let all = client.proxies().await.unwrap();
    assert_eq!(all["echo"], proxy);
    assert!(proxy.is_enabled());
    connect(&proxy).echo(100);
    let listen = proxy.config.listen.clone();
    proxy.delete().await.unwrap();
    assert!(refused(&listen));
    assert_eq!(status(client.proxy("echo").await).0, 404);
}

#[tokio::test]
async fn populate_does_its_work_though_the_client_cannot_read_the_answer() {
    let (rig, client, _proxy) = start().await;
    let config = ["one", "two"].map(|name| ProxyConfig {
        name: name.into(),
        listen: "127.0.0.1:0".into(),
        upstream: rig.upstream.clone(),
        enabled: name == "one",
        rand_seed: None,
    });
    let answer = client.populate(&config).await;
    assert!(matches!(answer, Err(ClientError::IoError(_))), "{answer:?}");
    connect(&client.proxy("one").await.unwrap()).echo(10);
    assert!(!client.proxy("two").await.unwrap().is_enabled());
}

#[tokio::test]
async fn toggle_with_a_live_connection() {
    let (_rig, client, mut proxy) = start().await;
    let mut live = connect(&proxy);
    live.echo(10);
    proxy.disable().await.unwrap();
    assert!(!client.proxy("echo").await.unwrap().is_enabled());
    assert_eq!(live.rest().0, b"");
    assert!(refused(&proxy.config.listen));
    proxy.enable().await.unwrap();
    connect(&proxy).echo(10);
}

#[tokio::test]
async fn save_changes_the_upstream_and_nothing_the_name() {
    let (_rig, client, mut proxy) = start().await;
    let other = Rig::start();
    proxy.config.upstream = other.upstream.clone();
    proxy.save().await.unwrap();
    assert_eq!(
        client.proxy("echo").await.unwrap().config.upstream,
        other.upstream
    );
    connect(&proxy).echo(10);
    proxy.change_name("renamed").await.unwrap();
    assert_eq!(status(client.proxy("renamed").await).0, 404);
    assert!(client.proxy("echo").await.is_ok());
}

#[tokio::test]
async fn latency_and_its_update() {
    let (_rig, _client, proxy) = start().await;
    let mut live = with(
        &proxy,
        ToxicKind::Latency {
            latency: 150,
            jitter: 0,
        },
    )
    .await;
    at_least(150, live.echo(10));
    let slower = ToxicKind::Latency {
        latency: 300,
        jitter: 0,
    };
    let answer = proxy
        .update_toxic("toxic", 1.0, slower, StreamDirection::Downstream)
        .await
        .unwrap();
    assert_eq!(answer.kind, slower);
    at_least(300, live.echo(10));
    proxy.remove_toxic("toxic").await.unwrap();
    assert!(proxy.toxics().await.unwrap().is_empty());
}

#[tokio::test]
async fn toxicity_decides_for_new_connections() {
    let (_rig, _client, proxy) = start().await;
    let hole = ToxicKind::Timeout { timeout: 0 };
    let never = Toxic {
        toxicity: 0.0,
        ..toxic(hole)
    };
    proxy.add_toxic(&never).await.unwrap();
    connect(&proxy).echo(10);
    proxy
        .update_toxic("toxic", 1.0, hole, StreamDirection::Downstream)
        .await
        .unwrap();
    let mut connection = connect(&proxy);
    connection.send(b"lost");
    assert!(connection.holds(200));
}

#[tokio::test]
async fn bandwidth() {
    let (_rig, _client, proxy) = start().await;
    let mut connection = with(&proxy, ToxicKind::Bandwidth { rate: 100 }).await;
    at_least(400, connection.echo(50_000));
}

#[tokio::test]
async fn slow_close() {
    let (_rig, _client, proxy) = start().await;
    let mut connection = with(&proxy, ToxicKind::SlowClose { delay: 300 }).await;
    let start = Instant::now();
    connection.send(&[b'x', HANG_UP]);
    assert_eq!(connection.rest().0, [b'x', HANG_UP]);
    at_least(300, start.elapsed());
}

#[tokio::test]
async fn timeout_closes() {
    let (_rig, _client, proxy) = start().await;
    let start = Instant::now();
    let mut connection = with(&proxy, ToxicKind::Timeout { timeout: 300 }).await;
    connection.send(b"lost");
    assert_eq!(connection.rest().0, b"");
    at_least(300, start.elapsed());
}

#[tokio::test]
async fn timeout_of_zero_holds_until_removed() {
    let (_rig, _client, proxy) = start().await;
    let mut connection = with(&proxy, ToxicKind::Timeout { timeout: 0 }).await;
    connection.send(b"lost");
    assert!(connection.holds(300));
    proxy.remove_toxic("toxic").await.unwrap();
    assert_eq!(connection.rest().0, b"");
}

#[tokio::test]
async fn slicer_keeps_every_byte() {
    let (_rig, _client, proxy) = start().await;
    let kind = ToxicKind::Slicer {
        average_size: 100,
        size_variation: 10,
        delay: 10_000,
    };
    at_least(60, with(&proxy, kind).await.echo(1000));
}

#[tokio::test]
async fn limit_data() {
    let (_rig, _client, proxy) = start().await;
    let mut connection = with(&proxy, ToxicKind::LimitData { bytes: 10 }).await;
    connection.send(b"0123456789, and this is too much");
    assert_eq!(connection.rest().0, b"0123456789");
}

#[tokio::test]
async fn the_direction_is_not_what_servers_read() {
    let (_rig, _client, proxy) = start().await;
    let latency = ToxicKind::Latency {
        latency: 1,
        jitter: 0,
    };
    let upstream = Toxic {
        direction: StreamDirection::Upstream,
        ..toxic(latency)
    };
    let answer = proxy.add_toxic(&upstream).await.unwrap();
    assert_eq!(answer.direction, StreamDirection::Downstream);
}

#[tokio::test]
async fn reset_state() {
    let (_rig, client, mut proxy) = start().await;
    proxy
        .add_toxic(&toxic(ToxicKind::Timeout { timeout: 0 }))
        .await
        .unwrap();
    proxy.disable().await.unwrap();
    client.reset_state().await.unwrap();
    assert!(client.proxy("echo").await.unwrap().is_enabled());
    assert!(proxy.toxics().await.unwrap().is_empty());
    connect(&proxy).echo(10);
}

#[tokio::test]
async fn errors() {
    let (rig, client, proxy) = start().await;
    let found = |code, text: &str| (code, text.to_owned());
    let latency = toxic(ToxicKind::Latency {
        latency: 1,
        jitter: 0,
    });
    proxy.add_toxic(&latency).await.unwrap();
    assert_eq!(
        status(client.proxy("nobody").await),
        found(404, "proxy not found")
    );
    let again = client
        .create_proxy("echo", "127.0.0.1:0", &rig.upstream)
        .await;
    assert_eq!(status(again), found(409, "proxy already exists"));
    assert_eq!(
        status(proxy.add_toxic(&latency).await),
        found(409, "toxic already exists")
    );
    assert_eq!(
        status(proxy.remove_toxic("nothing").await),
        found(404, "toxic not found")
    );
}

#[tokio::test]
async fn mended_07_half_close() {
    let (_rig, _client, proxy) = start().await;
    let mut connection = connect(&proxy);
    connection.echo(10);
    connection.end_sending();
    let kept = connection.rest().0 == FAREWELL;
    mended(7, kept, "the answer to the end of the request is lost");
}
