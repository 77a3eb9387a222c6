//! The server under the router: accepts, and cuts off who is too slow.
//!
//! May know: hyper. Must not know: routes, `control`.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

use super::caller::Client;

/// How long a client may take for the head of a request; also how long it may keep a connection
/// without one. Clients that pool connections open another when they come back later.
const HEAD_LIMIT: Duration = Duration::from_secs(60);
/// The pause after a connection could not be accepted, for want of file descriptors say.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until the future is dropped. Connections that fail, and a lack of file descriptors, end
/// or delay single connections only.
pub async fn serve(listener: TcpListener, router: Router) -> Infallible {
    serve_within(HEAD_LIMIT, listener, router).await
}

async fn serve_within(limit: Duration, listener: TcpListener, router: Router) -> Infallible {
    let mut in_trouble = false;
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                in_trouble = false;
                tokio::spawn(serve_one(limit, (stream, client), router.clone()));
            }
            // The client went away before it was accepted.
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut in_trouble, true) {
                    tracing::error!(%error, "the API cannot accept connections; trying on");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}

async fn serve_one(limit: Duration, (stream, client): (TcpStream, SocketAddr), router: Router) {
    // Answers are small; waiting for more of them helps nobody. It can only fail on a connection
    // that is gone.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limit);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Client(client));
        router.clone().call(request)
    });
    if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection to the API failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn who_does_not_finish_a_head_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limit = Duration::from_millis(50);
        let server = tokio::spawn(serve_within(limit, listener, Router::new()));
        for head in ["", "GET /version HT", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
            let mut slow = TcpStream::connect(address).await.unwrap();
            slow.write_all(head.as_bytes()).await.unwrap();
            let mut said = Vec::new();
            let cut = slow.read_to_end(&mut said);
            let cut = tokio::time::timeout(Duration::from_secs(10), cut).await;
            assert!(cut.is_ok(), "{head:?} may take for ever");
        }
        server.abort();
    }
}
