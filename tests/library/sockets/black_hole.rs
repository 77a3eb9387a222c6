//! An upstream that does not answer dials delays neither other clients nor the API.

use std::io::Write;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use aconite::control::{Control, Options, ProxyChange, ToxicChange};

use super::rig::*;
use support::hole::Hole;

/// Far more than any of these calls takes, and far less than a dial takes.
const SOON: Duration = Duration::from_secs(4);

struct Dialling {
    control: Control,
    hole: Hole,
    clients: Vec<std::net::TcpStream>,
}

fn connect(control: &Control) -> std::net::TcpStream {
    let address = control.show(PROXY).unwrap().listen;
    tuned(std::net::TcpStream::connect(address).unwrap())
}

/// Fifty clients whose upstream does not answer.
async fn dialling() -> Dialling {
    let hole = Hole::on_loopback();
    let control = Control::new(Options::default()).unwrap();
    let proxy = new_proxy(PROXY, &hole.addr());
    control.create(proxy).await.unwrap();
    let mut clients: Vec<_> = (0..50).map(|_| connect(&control)).collect();
    for client in &mut clients {
        client.write_all(b"hello?").unwrap();
    }
    assert!(is_silent(&mut clients[0], Duration::from_millis(100)));
    Dialling {
        control,
        hole,
        clients,
    }
}

fn all_ended(clients: Vec<std::net::TcpStream>) {
    for mut client in clients {
        assert!(read_to_end(&mut client).0.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn api_calls_do_not_wait_for_dials() {
    let Dialling {
        control, clients, ..
    } = dialling().await;
    let start = Instant::now();
    let latency = toxic("latency", "upstream", &[("latency", 1)]);
    control.add_toxic(PROXY, latency).unwrap();
    let change = ToxicChange {
        attributes: given(&[("latency", 2)]),
        toxicity: Some(0.5),
        ..ToxicChange::default()
    };
    control
        .update_toxic(PROXY, "latency_upstream", change)
        .unwrap();
    control.remove_toxic(PROXY, "latency_upstream").unwrap();
    assert_eq!(control.list().len(), 1);
    assert!(control.toxics(PROXY).unwrap().is_empty());
    control.reset().await.unwrap();
    control.update(PROXY, ProxyChange::default()).await.unwrap();
    let other = new_proxy("other", "127.0.0.1:1");
    control.create(other).await.unwrap();
    control.delete("other").await.unwrap();
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    drop(clients);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_and_deleting_end_hanging_dials() {
    for delete in [false, true] {
        let Dialling {
            control, clients, ..
        } = dialling().await;
        let start = Instant::now();
        if delete {
            control.delete(PROXY).await.unwrap();
        } else {
            let off = ProxyChange {
                enabled: Some(false),
                ..ProxyChange::default()
            };
            control.update(PROXY, off).await.unwrap();
        }
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        all_ended(clients);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_upstream_ends_hanging_dials_and_serves_at_once() {
    let Dialling {
        control, clients, ..
    } = dialling().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let change = ProxyChange {
        upstream: Some(listener.local_addr().unwrap().to_string()),
        ..ProxyChange::default()
    };
    echo(listener);
    let start = Instant::now();
    control.update(PROXY, change).await.unwrap();
    let mut client = connect(&control);
    client.write_all(b"there").unwrap();
    assert_eq!(read_exactly(&mut client, 5), b"there");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    all_ended(clients);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_served_while_the_dials_of_others_hang() {
    let Dialling {
        control,
        hole,
        clients,
    } = dialling().await;
    echo(hole.into_listener());
    // The others wait for the next SYN of their dials, a second after the first.
    let mut client = connect(&control);
    client.write_all(b"there").unwrap();
    assert_eq!(read_exactly(&mut client, 5), b"there");
    // The clients that could wait are served as well, with what they had sent.
    for mut client in clients {
        assert_eq!(read_exactly(&mut client, 6), b"hello?");
    }
}

/// Blocks the runtime's only thread until it is released.
fn occupy_the_thread() -> mpsc::Sender<()> {
    let (let_go, told) = mpsc::channel::<()>();
    let (busy, is_busy) = mpsc::channel();
    tokio::spawn(async move {
        busy.send(()).unwrap();
        told.recv()
    });
    is_busy.recv().unwrap();
    let_go
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stop_before_the_dial_was_seen_to_succeed_ends_with_a_fin() {
    let hole = Hole::on_loopback();
    let control = Control::new(Options::default()).unwrap();
    let proxy = new_proxy(PROXY, &hole.addr());
    control.create(proxy).await.unwrap();
    let mut client = connect(&control);
    assert!(is_silent(&mut client, Duration::from_millis(100)));
    // The upstream accepts and sends while the proxy's thread is blocked; then the stop comes
    // first.
    let let_go = occupy_the_thread();
    let mut upstream = tuned(hole.into_listener().accept().unwrap().0);
    upstream.write_all(b"220 welcome").unwrap();
    let stopping = tokio::spawn(async move { control.delete(PROXY).await });
    let_go.send(()).unwrap();
    stopping.await.unwrap().unwrap();
    assert_eq!(read_to_end(&mut upstream), (Vec::new(), End::Eof));
    assert_eq!(read_to_end(&mut client), (Vec::new(), End::Eof));
}
