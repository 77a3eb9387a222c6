//! Reads the body of a request, up to a limit for each body and a limit for all bodies together.
//!
//! May know: axum, `memory`. Must not know: what the bytes mean.

use std::ops::Deref;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use thiserror::Error;

use super::memory::{Held, Memory};

/// A body that is too large is read and discarded up to this many times the limit before the answer is sent.
/// A client that is still sending when the connection closes may never see the answer.
const PATIENCE: usize = 4;

/// How long a client may take to send a body.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Why a body could not be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum BodyError {
    /// The body is larger than the limit.
    #[error("it is larger than {0} bytes, the most that is taken")]
    TooLarge(usize),
    /// The connection failed, or the chunked encoding is invalid.
    #[error("it broke off: {0}")]
    Broken(String),
    /// Other bodies use all the memory that is reserved for bodies.
    #[error("the server holds too many large bodies, ask again")]
    NoMemory,
    /// The body took too long to arrive.
    #[error("it did not arrive within {} s", TIME_LIMIT.as_secs())]
    Late,
}

/// A complete body. Its memory stays reserved until this is dropped.
#[derive(Debug)]
pub(super) struct Whole {
    bytes: Vec<u8>,
    held: Held,
}

impl Whole {
    /// Drops the bytes but keeps the memory reservation.
    pub(super) fn into_held(self) -> Held {
        self.held
    }
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body of at most `limit` bytes, if `memory` has room for it.
///
/// # Errors
/// The body is larger, breaks off or takes more than a minute, or there is no memory for it.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    memory: &Memory,
) -> Result<Whole, BodyError> {
    tokio::time::timeout(TIME_LIMIT, read_all(headers, body, limit, memory))
        .await
        .unwrap_or(Err(BodyError::Late))
}

async fn read_all(
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
    memory: &Memory,
) -> Result<Whole, BodyError> {
    let patience = limit.saturating_mul(PATIENCE);
    let declared = declared_size(headers);
    // A client that sends `Expect` gets the error before it sends the body.
    let asks = headers.contains_key(header::EXPECT);
    if declared > patience || (asks && declared > limit) {
        return Err(BodyError::TooLarge(limit));
    }
    let mut whole = Some((Vec::new(), Held::default()));
    let mut total = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        total = total.saturating_add(data.len());
        if total > patience {
            break;
        }
        // Bytes that are not kept are still read: see `PATIENCE`.
        whole = whole
            .filter(|_| total <= limit)
            .and_then(|(mut bytes, mut held)| {
                memory.grow(&mut held, total).then(|| {
                    bytes.extend_from_slice(&data);
                    (bytes, held)
                })
            });
    }
    match whole {
        _ if total > limit => Err(BodyError::TooLarge(limit)),
        Some((bytes, held)) => Ok(Whole { bytes, held }),
        None => Err(BodyError::NoMemory),
    }
}

fn declared_size(headers: &HeaderMap) -> usize {
    let value = headers.get(header::CONTENT_LENGTH);
    value
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::memory;
    use axum::body::Bytes;
    use http_body_util::Full;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    async fn read_size(size: usize, limit: usize) -> Result<usize, BodyError> {
        let body = Body::from(vec![b'x'; size]);
        let memory = Memory::of(limit);
        Ok(read(&HeaderMap::new(), body, limit, &memory).await?.len())
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_limit_and_small_ones_none() {
        let (small, large) = (memory::UNCOUNTED, memory::UNCOUNTED + 600);
        let total = Memory::of(1000);
        let read = async |size: usize| {
            let body = Body::from(vec![b'x'; size]);
            read(&HeaderMap::new(), body, 1 << 20, &total).await
        };
        let first = read(large).await.unwrap();
        assert_eq!(read(large).await.unwrap_err(), BodyError::NoMemory);
        assert_eq!(read(small).await.unwrap().len(), small);
        drop(first);
        assert_eq!(read(large).await.unwrap().len(), large);
    }

    #[tokio::test]
    async fn the_limit_is_exact() {
        assert_eq!(read_size(10, 10).await, Ok(10));
        assert_eq!(read_size(11, 10).await, Err(BodyError::TooLarge(10)));
        assert_eq!(read_size(0, 0).await, Ok(0));
    }

    #[tokio::test]
    async fn a_client_that_asks_is_told_before_its_body_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::EXPECT, "100-continue".parse().unwrap());
        headers.insert(header::CONTENT_LENGTH, "11".parse().unwrap());
        let touched = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&touched);
        let body = Full::new(Bytes::from_static(b"eleven byte")).map_frame(move |frame| {
            flag.store(true, Ordering::Relaxed);
            frame
        });
        let read = read(&headers, Body::new(body), 10, &Memory::of(10)).await;
        assert_eq!(read.unwrap_err(), BodyError::TooLarge(10));
        assert!(!touched.load(Ordering::Relaxed));
    }
}
