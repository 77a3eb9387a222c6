//! The Toxiproxy HTTP API of a contestant that has one proxy, named `bench`.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::fault::{About, Result, fault};

/// The time limit for a call.
pub const LIMIT: Duration = Duration::from_secs(5);

pub const UP: &str = "upstream";
pub const DOWN: &str = "downstream";

/// A toxic as the API takes it. Whole in updates too, and without attributes when there are none:
/// not every server that speaks the API takes less, or more.
#[derive(Clone, Debug)]
pub struct Toxic {
    name: String,
    body: Value,
}

impl Toxic {
    /// Of `kind` on `stream`, on every connection. `attributes` may be null.
    pub fn new(kind: &str, stream: &str, attributes: Value) -> Self {
        let name = format!("{kind}_{stream}");
        let mut body = json!({"name": name, "type": kind, "stream": stream, "toxicity": 1.0});
        if let (false, Value::Object(map)) = (attributes.is_null(), &mut body) {
            map.insert("attributes".to_owned(), attributes);
        }
        Self { name, body }
    }

    /// In ms.
    pub fn latency(stream: &str, latency: u64, jitter: u64) -> Self {
        Self::new(
            "latency",
            stream,
            json!({"latency": latency, "jitter": jitter}),
        )
    }

    /// This toxic, with another name, on the requests that a `match.http` says.
    pub fn of_http(mut self, name: &str, http: &Value) -> Self {
        name.clone_into(&mut self.name);
        if let Value::Object(map) = &mut self.body {
            map.insert("name".to_owned(), json!(name));
            map.insert("match".to_owned(), json!({"http": http}));
        }
        self
    }

    /// In KB/s, of 1000 bytes.
    pub fn bandwidth(stream: &str, rate: u64) -> Self {
        Self::new("bandwidth", stream, json!({"rate": rate}))
    }

    /// In bytes.
    pub fn slicer(stream: &str, size: u64, variation: u64) -> Self {
        let attributes = json!({"average_size": size, "size_variation": variation, "delay": 0});
        Self::new("slicer", stream, attributes)
    }

    /// In ms.
    pub fn slow_close(stream: &str, delay: u64) -> Self {
        Self::new("slow_close", stream, json!({"delay": delay}))
    }
}

/// The API on one connection, which is kept.
pub struct Api {
    agent: Agent,
    base: String,
}

impl Api {
    /// On 127.0.0.1. Nothing is sent yet.
    pub fn new(port: u16) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(LIMIT))
            .proxy(None)
            .http_status_as_error(false);
        Self {
            agent: config.build().into(),
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Creates the proxy.
    pub fn create(&self, listen: SocketAddr, upstream: SocketAddr) -> Result<()> {
        let (listen, upstream) = (listen.to_string(), upstream.to_string());
        self.post(
            "/proxies",
            &json!({"name": "bench", "listen": listen, "upstream": upstream, "enabled": true}),
        )
    }

    /// Requests the proxy with its toxics.
    pub fn show(&self) -> Result<()> {
        let path = "/proxies/bench";
        judge(
            "GET",
            path,
            self.agent.get(format!("{}{path}", self.base)).call(),
        )
    }

    pub fn add(&self, toxic: &Toxic) -> Result<()> {
        self.post("/proxies/bench/toxics", &toxic.body)
    }

    pub fn update(&self, toxic: &Toxic) -> Result<()> {
        self.post(
            &format!("/proxies/bench/toxics/{}", toxic.name),
            &toxic.body,
        )
    }

    pub fn remove(&self, toxic: &Toxic) -> Result<()> {
        let path = format!("/proxies/bench/toxics/{}", toxic.name);
        judge(
            "DELETE",
            &path,
            self.agent.delete(format!("{}{path}", self.base)).call(),
        )
    }

    fn post(&self, path: &str, body: &Value) -> Result<()> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = request.header("Content-Type", "application/json");
        judge("POST", path, request.send(body.to_string()))
    }
}

fn judge(
    method: &str,
    path: &str,
    answer: std::result::Result<Response<Body>, ureq::Error>,
) -> Result<()> {
    let mut answer = answer.about(format_args!("{method} {path}"))?;
    // The answer is read completely; only then can the connection be reused.
    let text = answer
        .body_mut()
        .read_to_string()
        .about(format_args!("{method} {path}"))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(fault(format!("{method} {path}: {status} {}", text.trim()))),
    }
}
