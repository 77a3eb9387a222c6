//! The step `http`: one request to the control API.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer;
use super::places::Places;
use super::request::HttpStep;
use super::step::unhex;
use super::window::{Bounds, Window};
use support::{Request, Response, Server};

/// The pause between two attempts of a request that has `retry_ms`.
const PAUSE: Duration = Duration::from_millis(20);

/// When a request's clock starts.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The step's window.
    pub within: Option<Bounds>,
    /// The moment of the mark that it counts from; otherwise the moment of sending.
    pub since: Option<Instant>,
}

/// Sends the request and compares the answer. Returns the differences, which do not stop the
/// scenario.
///
/// # Errors
/// No answer arrived, which does stop the scenario.
pub fn run(
    step: &HttpStep,
    clock: Clock,
    server: &Server,
    places: &mut Places,
) -> Result<Vec<String>, String> {
    let request = build(step, places)?;
    let retry = Duration::from_millis(step.retry_ms.unwrap_or(0));
    let give_up = Instant::now() + retry.mul_f64(super::window::slack());
    loop {
        let window = Window::new(clock.within, clock.since.unwrap_or_else(Instant::now));
        let response = server
            .request(&request, window.left().max(Duration::from_millis(1)))
            .map_err(|error| {
                format!(
                    "expected status {}, got no answer: {error}",
                    step.expect.status
                )
            })?;
        let mut found: Vec<String> = window.check().err().into_iter().collect();
        found.extend(bind(step, &response, places));
        found.extend(answer::differences(&step.expect, &response, places));
        if found.is_empty() || Instant::now() >= give_up {
            return Ok(found);
        }
        thread::sleep(PAUSE);
    }
}

fn build(step: &HttpStep, places: &Places) -> Result<Request, String> {
    let mut headers = Vec::new();
    for (name, value) in &step.headers {
        headers.extend(value.as_ref().map(|value| (name.clone(), value.clone())));
    }
    for (name, value) in [
        ("User-Agent", "conformance/1"),
        ("Content-Type", "application/json"),
    ] {
        if !step
            .headers
            .keys()
            .any(|given| given.eq_ignore_ascii_case(name))
        {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let mut body = vec![b' '; step.leading_spaces];
    body.extend(match (&step.json, &step.raw, &step.raw_hex) {
        (Some(json), None, None) => places.fill_json(json).to_string().into_bytes(),
        (None, Some(text), None) => places.fill(text).into_bytes(),
        (None, None, Some(digits)) => unhex(digits)?,
        (None, None, None) => Vec::new(),
        _ => return Err("a request has one of json, raw and raw_hex".to_owned()),
    });
    Ok(Request {
        method: step.method.clone(),
        path: places.fill(&step.path),
        headers,
        body,
        chunked: step.chunked,
    })
}

/// Records the ports that the server chose. Returns what could not be found.
fn bind(step: &HttpStep, response: &Response, places: &mut Places) -> Vec<String> {
    if response.status != step.expect.status || step.bind.is_empty() {
        return Vec::new();
    }
    let json: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let mut missing = Vec::new();
    for (name, pointer) in &step.bind {
        match json
            .pointer(pointer)
            .and_then(Value::as_str)
            .and_then(port_at_end)
        {
            Some(port) => places.set(&format!("bound:{name}"), port),
            None => missing.push(format!("expected an address at {pointer}, got {json}")),
        }
    }
    missing
}

fn port_at_end(address: &str) -> Option<u16> {
    address.rsplit(':').next()?.parse().ok()
}
