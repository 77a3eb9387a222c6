//! The HTTP server below the router: accepts connections up to a limit, and disconnects clients that are too
//! slow.
//!
//! May know: hyper. Must not know: routes, `control`.
//!
//! This module bounds the memory that a client can occupy with request heads and answers; `body` bounds
//! request bodies. The limit on heads is small, because the server must read a whole head before it can check
//! the token.

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

/// How long a client may take to send the head of a request. The same limit applies to an idle connection.
/// Clients that pool connections open a new one when they need it.
const HEAD_LIMIT: Duration = Duration::from_secs(60);
/// How long a client may take to read 64 KiB of an answer, or the rest of it if that is shorter.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// The largest request head: the longest proxy name and toxic name with every byte percent-encoded, plus 8
/// KiB.
const HEAD: usize = 32 << 10;
/// How many bytes of unread answers the server keeps for all clients together. The first 16 KiB of each
/// answer are not counted.
const ANSWERS: usize = 64 << 20;

/// The time limits that a server sets for its clients.
#[derive(Clone, Copy, Debug)]
struct Allowed {
    head: Duration,
    answer: Duration,
}

/// Serves until the future is dropped, with as many connections at a time as `room` allows. A failed
/// connection affects no other, and a lack of file descriptors only delays new ones.
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

/// Reports a failed accept. Only the first of a series is logged. Returns the pause before the next attempt.
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
    // Disables Nagle's algorithm, because answers are small and gain nothing from waiting for more data. The
    // call can only fail on a connection that is already closed.
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
        // This branch comes first: a request that arrives at the same moment is not started, so its client
        // can safely send it again.
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
