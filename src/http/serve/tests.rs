//! Clients that are slow, idle or many.

use super::*;
use axum::body::Bytes;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

const LONG: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(20);

fn allowed() -> Allowed {
    Allowed {
        head: LONG,
        answer: LONG,
    }
}

async fn started(allowed: Allowed, router: Router) -> (SocketAddr, JoinHandle<Infallible>) {
    started_with(100, allowed, router).await
}

async fn started_with(
    connections: usize,
    allowed: Allowed,
    router: Router,
) -> (SocketAddr, JoinHandle<Infallible>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let room = Room {
        own: connections,
        most: connections,
        lend: Arc::new(|| None),
    };
    let server = tokio::spawn(serve_within(allowed, listener, router, room));
    (address, server)
}

/// Reads what the server sends until it closes the connection.
async fn rest(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut said = Vec::new();
    let read = client.read_to_end(&mut said);
    let read = tokio::time::timeout(PATIENCE, read).await.ok()?;
    // A reset also counts as an end.
    let _ = read;
    Some(said)
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    String::from_utf8(rest(&mut client).await.unwrap()).unwrap()
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_cut_off() {
    let quick = Allowed {
        head: Duration::from_millis(50),
        ..allowed()
    };
    let (address, server) = started(quick, Router::new()).await;
    for head in ["", "GET /version HT", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(head.as_bytes()).await.unwrap();
        assert!(
            rest(&mut slow).await.is_some(),
            "{head:?} may take for ever"
        );
    }
    server.abort();
}

#[tokio::test]
async fn a_head_of_more_than_32_kib_is_refused() {
    let (address, server) = started(allowed(), Router::new()).await;
    for (size, status) in [(30_000, "404"), (33_000, "431")] {
        let answer = ask(address, &format!("/{}", "x".repeat(size))).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    server.abort();
}

#[tokio::test]
async fn idle_connections_make_room_for_those_that_ask() {
    let app = Router::new().route("/", get(async || "here"));
    let (address, server) = started_with(5, allowed(), app).await;
    let mut idle = Vec::new();
    for index in 0..12 {
        let mut client = TcpStream::connect(address).await.unwrap();
        // Some clients have sent a request, some a part of one, and some nothing.
        let begun = ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"][index % 3];
        client.write_all(begun.as_bytes()).await.unwrap();
        idle.push(client);
    }
    for _ in 0..20 {
        let answer = tokio::time::timeout(PATIENCE, ask(address, "/")).await;
        assert!(answer.unwrap().ends_with("here"));
    }
    // The oldest connections were closed first, and their clients saw the close.
    assert!(rest(&mut idle[0]).await.is_some());
    server.abort();
}

#[tokio::test]
async fn who_does_not_read_its_answer_is_cut_off() {
    let quick = Allowed {
        answer: Duration::from_millis(100),
        ..allowed()
    };
    // This is more than the system's buffers hold.
    let large = Bytes::from(vec![b'x'; 32 << 20]);
    let app = Router::new().route("/", get(async move || large.clone()));
    let (address, server) = started(quick, app).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(head).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = rest(&mut client).await.expect("it is kept open");
    assert!(answer.len() < 32 << 20, "all of it was sent");
    server.abort();
}

#[tokio::test]
async fn answers_that_nobody_reads_are_bounded_in_memory() {
    // Three answers of this size fit. The system buffers a few MiB of each.
    let large = Bytes::from(vec![b'x'; 20 << 20]);
    let app = Router::new().route("/", get(async move || large.clone()));
    let app = app.route("/small", get(async || "small"));
    let (address, server) = started(allowed(), app).await;
    let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut unread = Vec::new();
    for _ in 0..3 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(head).await.unwrap();
        let mut first = [0];
        client.read_exact(&mut first).await.unwrap();
        unread.push(client);
    }
    let refused = ask(address, "/").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused:.200}");
    assert!(refused.contains("retry-after: "), "{refused:.400}");
    assert!(ask(address, "/small").await.ends_with("small"));
    // A client that asks again succeeds, because those that do not read were closed.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !ask(address, "/").await.starts_with("HTTP/1.1 200 ") {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.abort();
}
