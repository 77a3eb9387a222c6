//! Requests to the control API, over plain HTTP.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{Agent, http};

use super::no_answer::no_answer;
use super::path;
use super::response::{self, Head};
use super::target::{Request, Target};
use crate::args::client::Dialect;
use crate::cli::error::RequestError;
use crate::wire::ErrorCode;

/// How long a request may take: Toxiproxy's client gives up after 30 s.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("aconite-cli/", env!("CARGO_PKG_VERSION"));

/// The server's warnings, which are printed on standard error.
pub(crate) type Warnings = Arc<Mutex<Vec<String>>>;

/// A client of one control API.
pub(crate) struct ApiClient {
    agent: Agent,
    target: Target,
    token: Option<String>,
    dialect: Dialect,
    warnings: Warnings,
}

/// The JSON body of a request.
pub(crate) struct Body(String);

impl Body {
    /// The JSON of a type of the API.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        // The types of the API have text as keys and no floats that JSON lacks, so this cannot fail.
        Body(serde_json::to_string(value).unwrap_or_default())
    }
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    /// The method as Go writes it in its errors.
    fn name(self) -> &'static str {
        match self {
            Verb::Get => "Get",
            Verb::Post => "Post",
            Verb::Put => "Put",
            Verb::Delete => "Delete",
        }
    }

    fn method(self) -> http::Method {
        match self {
            Verb::Get => http::Method::GET,
            Verb::Post => http::Method::POST,
            Verb::Put => http::Method::PUT,
            Verb::Delete => http::Method::DELETE,
        }
    }
}

impl ApiClient {
    /// A client of the API at an address. If that is wrong, every request fails with the reason.
    pub(crate) fn new(
        target: Target,
        token: Option<String>,
        dialect: Dialect,
        warnings: Warnings,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // HTTP_PROXY and similar variables are for internet access; a control API is on a local
            // network.
            .proxy(None)
            .user_agent(USER_AGENT)
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_global(Some(REQUEST_LIMIT))
            .build();
        ApiClient {
            agent: config.new_agent(),
            target,
            token,
            dialect,
            warnings,
        }
    }

    /// The address of the API.
    pub(crate) fn base(&self) -> &str {
        self.target.base()
    }

    /// The path of these segments: `/proxies/{name}/…`.
    pub(crate) fn path(&self, parts: &[&str]) -> String {
        path::path(self.dialect, parts)
    }

    /// Sends a request and returns the JSON of the answer, or `null` if it has no body.
    pub(crate) fn send(
        &self,
        verb: Verb,
        path: &str,
        body: Option<Body>,
    ) -> Result<Value, RequestError> {
        self.send_within(REQUEST_LIMIT, verb, path, body)
    }

    /// Like `send`, but waits at most `limit` for the answer.
    pub(crate) fn send_within(
        &self,
        limit: Duration,
        verb: Verb,
        path: &str,
        body: Option<Body>,
    ) -> Result<Value, RequestError> {
        let request = self.target.url(verb.name(), path)?;
        let answer = self.request(verb, &request, body, Some(limit))?;
        self.read(&request, answer)
    }

    /// Like `send`, and also returns the answer as a type of the API.
    pub(crate) fn fetch<T: DeserializeOwned>(
        &self,
        verb: Verb,
        path: &str,
        body: Option<Body>,
    ) -> Result<(T, Value), RequestError> {
        let answer = self.send(verb, path, body)?;
        Ok((response::typed(&answer)?, answer))
    }

    /// Requests a stream, which continues until the server ends it.
    pub(crate) fn stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<impl io::Read + use<>, RequestError> {
        let path = format!("{path}{}", path::query(query));
        let request = self.target.url(Verb::Get.name(), &path)?;
        let answer = self.request(Verb::Get, &request, None, None)?;
        if answer.status() == 200 {
            return Ok(answer.into_body().into_reader());
        }
        let status = answer.status().as_u16();
        let body = self.read(&request, answer)?.to_string();
        Err(RequestError::Foreign { status, body })
    }

    /// Requests the server's version, and waits at most `limit`.
    pub(crate) fn version(&self, limit: Duration) -> Result<Value, RequestError> {
        self.send_within(limit, Verb::Get, "/version", None)
    }

    fn read(
        &self,
        request: &Request,
        answer: http::Response<ureq::Body>,
    ) -> Result<Value, RequestError> {
        let mut read = Head::new(answer.status().as_u16(), answer.headers());
        let text = answer.into_body().read_to_string();
        let text = text.map_err(|error| no_answer(request, &error))?;
        let warnings = std::mem::take(&mut read.warnings);
        let mut collected = self.warnings.lock();
        collected.extend(warnings);
        response::read(read, &text).map_err(|error| self.with_token_code(error))
    }

    /// Explains a 401 without an error code, as Toxiproxy sends it: whether the token is missing or
    /// wrong.
    fn with_token_code(&self, mut error: RequestError) -> RequestError {
        if let RequestError::Refused {
            status: 401, code, ..
        } = &mut error
        {
            let known = match self.token {
                Some(_) => ErrorCode::TokenWrong,
                None => ErrorCode::TokenMissing,
            };
            code.get_or_insert_with(|| known.as_str().to_owned());
        }
        error
    }

    /// Sends a request. Without a limit, only connecting has a timeout.
    fn request(
        &self,
        verb: Verb,
        to: &Request,
        body: Option<Body>,
        limit: Option<Duration>,
    ) -> Result<http::Response<ureq::Body>, RequestError> {
        let mut request = http::Request::builder().method(verb.method()).uri(&to.url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", bearer(token)?);
        }
        let sent = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                self.run(request, body.0, limit)
            }
            None => self.run(request, (), limit),
        };
        sent.map_err(|error| no_answer(to, &error))
    }

    fn run<B: ureq::AsSendBody>(
        &self,
        request: http::request::Builder,
        body: B,
        limit: Option<Duration>,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let request = self.agent.configure_request(request.body(body)?);
        self.agent.run(request.timeout_global(limit).build())
    }
}

fn bearer(token: &str) -> Result<http::HeaderValue, RequestError> {
    let value = http::HeaderValue::from_str(&format!("Bearer {token}"));
    value.map_err(|_| {
        let text = "the token has a character that a header cannot carry, such as a newline; check --auth-token or TOXIPROXY_AUTH_TOKEN";
        RequestError::Local(text.to_owned())
    })
}
