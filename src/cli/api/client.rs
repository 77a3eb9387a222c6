//! Requests to the control API, over plain HTTP.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{Agent, Body, http};

use super::no_answer::no_answer;
use super::response::{self, Head};
use super::target::{Request, Target};
use crate::args::client::Dialect;
use crate::cli::error::RequestError;

/// How long a request may take: Toxiproxy's client gives up after 30 s.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("aconite-cli/", env!("CARGO_PKG_VERSION"));

/// Characters that are not escaped in a segment of a path (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// Characters that Go does not escape in a path. Toxiproxy's client does not escape names, so a slash
/// in one separates segments.
const GO_NAME: &AsciiSet = &SEGMENT
    .remove(b'/')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

/// The warnings of the server, which are printed on standard error.
pub(crate) type Warnings = Arc<Mutex<Vec<String>>>;

/// A client of one control API.
pub(crate) struct ApiClient {
    agent: Agent,
    target: Target,
    token: Option<String>,
    dialect: Dialect,
    warnings: Warnings,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    /// The method as Go writes it in its errors.
    fn name(self) -> &'static str {
        match self {
            Verb::Get => "Get",
            Verb::Post => "Post",
            Verb::Delete => "Delete",
        }
    }

    fn method(self) -> http::Method {
        match self {
            Verb::Get => http::Method::GET,
            Verb::Post => http::Method::POST,
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
            // HTTP_PROXY and the like are meant for the internet; a control API is on a local network.
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

    /// A path: `/proxies/{name}/…`. Every name has a path, also `a/b` and `..`. Called as
    /// `toxiproxy-cli`, a slash separates segments, and a percent sign that does not begin an escape
    /// is an error, as in Toxiproxy's client.
    pub(crate) fn path(&self, parts: &[&str]) -> String {
        let is_toxiproxy = self.dialect == Dialect::Toxiproxy;
        let segment = |part: &&str| match *part {
            part if is_toxiproxy && has_bare_percent(part) => format!("/{part}"),
            part if is_toxiproxy => format!("/{}", utf8_percent_encode(part, GO_NAME)),
            // As they are, these two would be removed as dot segments (RFC 3986, section 5.2.4).
            "." => "/%2E".to_owned(),
            ".." => "/%2E%2E".to_owned(),
            part => format!("/{}", utf8_percent_encode(part, SEGMENT)),
        };
        parts.iter().map(segment).collect()
    }

    /// A path with one parameter in its query.
    pub(crate) fn query(path: &str, key: &str, value: &str) -> String {
        format!("{path}?{key}={}", utf8_percent_encode(value, SEGMENT))
    }

    /// Sends a request and returns the JSON of the answer, or `null` if it has no body.
    pub(crate) fn send(
        &self,
        verb: Verb,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, RequestError> {
        self.send_within(REQUEST_LIMIT, verb, path, body)
    }

    /// Like `send`, but waits at most `limit` for the answer.
    pub(crate) fn send_within(
        &self,
        limit: Duration,
        verb: Verb,
        path: &str,
        body: Option<&Value>,
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
        body: Option<&Value>,
    ) -> Result<(T, Value), RequestError> {
        let answer = self.send(verb, path, body)?;
        Ok((response::typed(&answer)?, answer))
    }

    /// Requests a stream that goes on until the server ends it.
    pub(crate) fn stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<impl io::Read + use<>, RequestError> {
        let mut path = path.to_owned();
        for (index, (key, value)) in query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            path.push(mark);
            path.push_str(&format!("{key}={}", utf8_percent_encode(value, SEGMENT)));
        }
        let request = self.target.url(Verb::Get.name(), &path)?;
        let answer = self.request(Verb::Get, &request, None, None)?;
        if answer.status() == 200 {
            return Ok(answer.into_body().into_reader());
        }
        let status = answer.status().as_u16();
        let body = self.read(&request, answer)?.to_string();
        Err(RequestError::Foreign { status, body })
    }

    /// Requests the version of the server, and waits at most `limit`.
    pub(crate) fn version(&self, limit: Duration) -> Result<Value, RequestError> {
        self.send_within(limit, Verb::Get, "/version", None)
    }

    fn read(&self, request: &Request, answer: http::Response<Body>) -> Result<Value, RequestError> {
        let mut read = Head::new(answer.status().as_u16(), answer.headers());
        let text = answer.into_body().read_to_string();
        let text = text.map_err(|error| no_answer(request, &error))?;
        let warnings = std::mem::take(&mut read.warnings);
        let mut collected = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        collected.extend(warnings);
        response::read(read, &text).map_err(|error| self.explain_token(error))
    }

    /// Adds to a 401 whether the token is missing or wrong, which depends on whether one was sent.
    fn explain_token(&self, error: RequestError) -> RequestError {
        match error {
            RequestError::Refused {
                status: 401,
                error,
                code,
                ..
            } => {
                let hint = match &self.token {
                    Some(_) => {
                        "The token that was sent is not the server's: check --auth-token or TOXIPROXY_AUTH_TOKEN."
                    }
                    None => {
                        "The server requires a token: give it with --auth-token or TOXIPROXY_AUTH_TOKEN."
                    }
                };
                RequestError::Refused {
                    status: 401,
                    error,
                    code,
                    hint: Some(hint.to_owned()),
                }
            }
            other => other,
        }
    }

    /// Sends a request. Without a limit, only connecting is limited.
    fn request(
        &self,
        verb: Verb,
        to: &Request,
        body: Option<&Value>,
        limit: Option<Duration>,
    ) -> Result<http::Response<Body>, RequestError> {
        let mut request = http::Request::builder().method(verb.method()).uri(&to.url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", bearer(token)?);
        }
        let sent = match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                let request = request.body(body.to_string());
                request
                    .map_err(Into::into)
                    .and_then(|request| self.run(request, limit))
            }
            None => {
                let request = request.body(());
                request
                    .map_err(Into::into)
                    .and_then(|request| self.run(request, limit))
            }
        };
        sent.map_err(|error| no_answer(to, &error))
    }

    fn run<B: ureq::AsSendBody>(
        &self,
        request: http::Request<B>,
        limit: Option<Duration>,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let request = self.agent.configure_request(request);
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

fn has_bare_percent(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes().get(..2);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(dialect: Dialect, name: &str) -> String {
        let target = Target::new(None, dialect);
        ApiClient::new(target, None, dialect, Warnings::default()).path(&["proxies", name])
    }

    #[test]
    fn every_name_has_a_path() {
        for (name, expected) in [
            ("a ?#%é", "/proxies/a%20%3F%23%25%C3%A9"),
            ("a/b", "/proxies/a%2Fb"),
            (".", "/proxies/%2E"),
            ("..", "/proxies/%2E%2E"),
            ("...", "/proxies/..."),
            ("a.b", "/proxies/a.b"),
        ] {
            assert_eq!(path(Dialect::Aconite, name), expected);
        }
    }

    #[test]
    fn toxiproxy_cli_does_not_escape_slashes_in_names() {
        for (name, expected) in [
            ("a/b", "/proxies/a/b"),
            ("..", "/proxies/.."),
            ("a b+c", "/proxies/a%20b+c"),
            ("%zz é", "/proxies/%zz é"),
        ] {
            assert_eq!(path(Dialect::Toxiproxy, name), expected);
        }
    }
}
