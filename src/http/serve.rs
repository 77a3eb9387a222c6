//! The server under the router: accepts up to a limit, and cuts off who is too slow.
//!
//! May know: hyper. Must not know: routes, `control`.
//!
//! What a client can make the server hold is bounded here for heads and answers, and in `body` for
//! bodies. A head is kept small, since it has to be there in whole before anybody can ask for a
//! token.

mod admission;
mod exchange;
mod transport;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};

pub use self::admission::{Lent, Room};

use self::admission::{Admission, Place};
use self::exchange::Exchange;
use self::transport::{Progress, Transport};
use super::memory::Memory;
use crate::util::accept_backoff::AcceptBackoff;

/// How long a client may take for the head of a request; also how long it may keep a connection
/// without one. Clients that pool connections open another when they come back later.
const HEAD_LIMIT: Duration = Duration::from_secs(60);
/// How long a client may take to read 64 KiB of an answer, or what is left of it.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// The largest head of a request: the longest names of a proxy and a toxic, every byte of them
/// percent-encoded, and 8 KiB besides.
const HEAD: usize = 32 << 10;
/// Bytes of answers that clients have not read, all together, besides the first of each.
const ANSWERS: usize = 64 << 20;

/// What a server allows its clients.
#[derive(Clone, Copy, Debug)]
struct Allowed {
    head: Duration,
    answer: Duration,
}

/// Serves until the future is dropped, as many connections at a time as there is room for.
/// Connections that fail, and a lack of file descriptors, end or delay single connections only.
pub async fn serve(listener: TcpListener, router: Router, room: Room) -> Infallible {
    let allowed = Allowed {
        head: HEAD_LIMIT,
        answer: ANSWER_LIMIT,
    };
    serve_within(allowed, listener, router, room).await
}

async fn serve_within(
    allowed: Allowed,
    listener: TcpListener,
    router: Router,
    room: Room,
) -> Infallible {
    let admission = Admission::new(room);
    let exchange = Exchange {
        router,
        answers: Memory::of(ANSWERS),
        admission: admission.clone(),
    };
    let mut backoff = AcceptBackoff::default();
    loop {
        match listener.accept().await {
            Ok(client) => {
                backoff.succeeded();
                let place = admission.place().await;
                tokio::spawn(serve_one(allowed, client, place, exchange.clone()));
            }
            Err(error) => {
                if let Some(pause) = report(&mut backoff, &error) {
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
}

/// An accept failed: the first of several is logged. Returns the pause before the next.
fn report(backoff: &mut AcceptBackoff, error: &io::Error) -> Option<Duration> {
    let was_failing = backoff.is_failing();
    let pause = backoff.failed(error);
    if pause.is_some() && !was_failing {
        tracing::error!(%error, "the API cannot accept connections; trying on");
    }
    pause
}

async fn serve_one(
    allowed: Allowed,
    (stream, client): (TcpStream, SocketAddr),
    place: Place,
    exchange: Exchange,
) {
    // Answers are small; waiting for more of them helps nobody. It can only fail on a connection
    // that is gone.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(allowed.head)
        .max_buf_size(HEAD)
        .max_header_size(HEAD);
    let progress = Arc::new(Progress::new(place));
    let transport = Transport::new(stream, Arc::clone(&progress), allowed.answer);
    let of_requests = Arc::clone(&progress);
    let service = service_fn(move |request: Request<Incoming>| {
        exchange.answer(request, client, Arc::clone(&of_requests))
    });
    let connection = http.serve_connection(transport, service);
    tokio::select! {
        // First: a request that has come in the same moment is not begun, so that its client may
        // send it again.
        biased;
        () = progress.place.is_wanted() => {
            tracing::debug!(%client, "a connection to the API is closed to make room for others");
        }
        ended = connection => if let Err(error) = ended {
            tracing::debug!(%error, "a connection to the API failed");
        },
    }
}

#[cfg(test)]
mod tests;
