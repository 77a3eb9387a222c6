//! A request and its answer, as the HTTP server below the router sees them: who sent the request, how far it
//! has progressed, and how much memory the answer takes.
//!
//! May know: hyper's bodies, the router as a service. Must not know: routes, sockets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use hyper::Request;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tower::Service;

use super::admission::{Admission, Stage};
use super::transport::Progress;
use crate::http::client::Client;
use crate::http::error::ApiError;
use crate::http::memory::{self, Held, Memory};

/// What the connections of a server share.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) router: Router,
    pub(super) answers: Memory,
    pub(super) admission: Admission,
}

impl Exchange {
    /// The router's answer to a request.
    pub(super) fn answer(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        progress: Arc<Progress>,
    ) -> impl Future<Output = Result<Response<Answer>, Infallible>> + use<> {
        progress.begins(!request.body().is_end_stream());
        let of_body = Arc::clone(&progress);
        let is_safe = request.method().is_safe();
        let mut request = request.map(|body| Received {
            body,
            progress: of_body,
        });
        request.extensions_mut().insert(Client(client));
        let called = self.router.clone().call(request);
        let (answers, admission) = (self.answers.clone(), self.admission.clone());
        async move {
            let mut response = called.await?;
            // A stream has no size. It holds little memory, which is bounded where the stream is made.
            let size = response.body().size_hint().exact();
            progress.answers(size.is_none());
            let size = size.unwrap_or(0);
            let held = answers.hold(usize::try_from(size).unwrap_or(usize::MAX));
            if held.is_none() {
                admission.close_blocked();
                response = withheld(&response, is_safe);
            }
            let held = held.filter(|_| size > 0).map(Arc::new);
            Ok(response.map(|body| Answer {
                body,
                held,
                progress,
            }))
        }
    }
}

/// The answer that replaces one for which there is not enough memory.
fn withheld(response: &Response, is_safe: bool) -> Response {
    let mut instead = ApiError::no_memory_for_answer(is_safe).into_response();
    for name in ["server", "x-toxiproxy-request-id"] {
        if let Some(value) = response.headers().get(name) {
            instead.headers_mut().insert(name, value.clone());
        }
    }
    instead
}

/// The body of a request. It is dropped when it has been read in full or is no longer needed.
struct Received {
    body: Incoming,
    progress: Arc<Progress>,
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.progress.place.enter(Stage::Working);
    }
}

/// The body of an answer. It is dropped when hyper has taken all of it.
pub(super) struct Answer {
    body: Body,
    held: Option<Arc<Held>>,
    progress: Arc<Progress>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| {
            frame.map(|frame| match &self.held {
                Some(held) => frame.map_data(|bytes| memory::tie(bytes, held)),
                None => frame,
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.is_answered();
    }
}
