//! Requests to the API, with their latency and status checked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::world::World;
use support::Response;
use support::http::{self, Request};

/// The time limit for any answer.
const BOUND: Duration = Duration::from_secs(1);
/// How long to wait for a late answer nevertheless.
const LIMIT: Duration = Duration::from_secs(5);
/// How many consecutive requests may stay unanswered before the soak stops asking.
const DEAD_AFTER: u32 = 8;

pub struct Api<'a> {
    world: &'a World,
    address: SocketAddr,
    unanswered: AtomicU32,
}

impl<'a> Api<'a> {
    pub fn new(world: &'a World, address: SocketAddr) -> Self {
        Self {
            world,
            address,
            unanswered: AtomicU32::new(0),
        }
    }

    /// Whether the server has stopped answering for good.
    pub fn is_dead(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) >= DEAD_AFTER
    }

    /// Sends one request and returns its status, if it was answered; anything but `expected` is a
    /// violation.
    pub fn ask(
        &self,
        kind: &'static str,
        (method, path): (&str, &str),
        body: &Value,
        expected: &[u16],
    ) -> Option<u16> {
        let answer = self.answer(kind, (method, path), body, expected);
        answer.map(|answer| answer.status)
    }

    /// The same, for callers that read the answer.
    pub fn answer(
        &self,
        kind: &'static str,
        (method, path): (&str, &str),
        body: &Value,
        expected: &[u16],
    ) -> Option<Response> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.clone().into_bytes(),
            chunked: false,
        };
        self.world.book.operation(kind);
        let start = Instant::now();
        let answer = http::exchange(self.address, &request, LIMIT);
        let took = start.elapsed();
        let told = || format!("{method} {path} {body} after {took:?}");
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        self.world.book.answer(took, format!("{status} {}", told()));
        let answer: Option<Response> = match answer {
            Ok(answer) => {
                self.unanswered.store(0, Ordering::Relaxed);
                Some(answer)
            }
            Err(error) => {
                self.unanswered.fetch_add(1, Ordering::Relaxed);
                self.world
                    .violate("API without an answer", &format!("{error}: {}", told()));
                None
            }
        };
        if let Some(answer) = &answer {
            if self.world.exceeds(took, BOUND) {
                self.world.violate("API answer late", &told());
            }
            if !expected.contains(&answer.status) {
                let text = format!("{} {}: {}", answer.status, answer.text(), told());
                self.world.violate("API answer unexpected", &text);
            }
        }
        answer
    }
}
