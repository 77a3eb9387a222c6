//! Requests to the control API, over plain HTTP.
//!
//! Must not know what commands there are.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::{Agent, Body, http};

use super::answer::{self, Answer};
use super::failure::Failure;
use super::target::{Request, Target};
use super::transport;
use crate::args::client::Dialect;

/// How long a request may take: Toxiproxy's client gives up after 30 s.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("aconite-cli/", env!("CARGO_PKG_VERSION"));

/// What stays as it is in a segment of a path (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// What Go leaves as it is in a path. Toxiproxy's client puts names there as they are, so a slash
/// separates.
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

/// What the server has said beside its answers, for standard error.
pub(super) type Warnings = Arc<Mutex<Vec<String>>>;

/// A control API.
pub(super) struct Api {
    agent: Agent,
    target: Target,
    token: Option<String>,
    manner: Dialect,
    warnings: Warnings,
}

/// What to do to what is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    /// As Go writes it in its errors.
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

impl Api {
    /// The API at an address, which may be wrong: each request says so.
    pub(super) fn new(
        target: Target,
        token: Option<String>,
        manner: Dialect,
        warnings: Warnings,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A control API is near; a proxy of the environment is meant for what is far.
            .proxy(None)
            .user_agent(USER_AGENT)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(PATIENCE))
            .build();
        Api {
            agent: config.new_agent(),
            target,
            token,
            manner,
            warnings,
        }
    }

    /// Where it is.
    pub(super) fn base(&self) -> &str {
        self.target.base()
    }

    /// The path of something: `/proxies/{name}/…`. Any name can be reached, `a/b` and `..` too; as
    /// `toxiproxy-cli` a slash separates and a percent sign that begins no escape is refused, as
    /// Toxiproxy's client does.
    pub(super) fn path(&self, parts: &[&str]) -> String {
        let is_plain = self.manner == Dialect::Toxiproxy;
        let segment = |part: &&str| match *part {
            part if is_plain && has_plain_percent(part) => format!("/{part}"),
            part if is_plain => format!("/{}", utf8_percent_encode(part, GO_NAME)),
            // Between slashes these two would be read as steps (RFC 3986, section 5.2.4).
            "." => "/%2E".to_owned(),
            ".." => "/%2E%2E".to_owned(),
            part => format!("/{}", utf8_percent_encode(part, SEGMENT)),
        };
        parts.iter().map(segment).collect()
    }

    /// A path with something to be told by its query.
    pub(super) fn query(path: &str, key: &str, value: &str) -> String {
        format!("{path}?{key}={}", utf8_percent_encode(value, SEGMENT))
    }

    /// Sends a request; the answer's JSON, or `null` where it has no body.
    pub(super) fn send(
        &self,
        verb: Verb,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.send_within(PATIENCE, verb, path, body)
    }

    /// The same, waiting at most `limit` for the answer.
    pub(super) fn send_within(
        &self,
        limit: Duration,
        verb: Verb,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let request = self.target.url(verb.name(), path)?;
        let answer = self.ask(verb, &request, body, Some(limit))?;
        self.read(&request, answer)
    }

    /// Asks for what goes on for as long as the server has something to say.
    pub(super) fn stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<impl io::Read + use<>, Failure> {
        let mut path = path.to_owned();
        for (index, (key, value)) in query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            path.push(mark);
            path.push_str(&format!("{key}={}", utf8_percent_encode(value, SEGMENT)));
        }
        let request = self.target.url(Verb::Get.name(), &path)?;
        let answer = self.ask(Verb::Get, &request, None, None)?;
        if answer.status() == 200 {
            return Ok(answer.into_body().into_reader());
        }
        let status = answer.status().as_u16();
        let body = self.read(&request, answer)?.to_string();
        Err(Failure::Foreign { status, body })
    }

    /// Asks for the version, waiting at most `limit`.
    pub(super) fn version(&self, limit: Duration) -> Result<Value, Failure> {
        self.send_within(limit, Verb::Get, "/version", None)
    }

    fn read(&self, request: &Request, answer: http::Response<Body>) -> Result<Value, Failure> {
        let mut read = Answer::new(answer.status().as_u16(), answer.headers());
        let text = answer.into_body().read_to_string();
        let text = text.map_err(|error| transport::no_answer(request, &error))?;
        let warnings = std::mem::take(&mut read.warnings);
        let mut told = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        told.extend(warnings);
        answer::read(read, &text).map_err(|failure| self.about_token(failure))
    }

    /// Says of a 401 whether a token is missing or wrong: only we know whether one was sent.
    fn about_token(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Refused {
                status: 401,
                error,
                code,
                ..
            } => {
                let hint = match &self.token {
                    Some(_) => {
                        "The token that was sent is not the server's: look at --auth-token or TOXIPROXY_AUTH_TOKEN."
                    }
                    None => {
                        "The server asks for a token: give it with --auth-token or TOXIPROXY_AUTH_TOKEN."
                    }
                };
                Failure::Refused {
                    status: 401,
                    error,
                    code,
                    hint: Some(hint.to_owned()),
                }
            }
            other => other,
        }
    }

    /// Sends a request; without a limit, only connecting has one.
    fn ask(
        &self,
        verb: Verb,
        to: &Request,
        body: Option<&Value>,
        limit: Option<Duration>,
    ) -> Result<http::Response<Body>, Failure> {
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
        sent.map_err(|error| transport::no_answer(to, &error))
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

fn bearer(token: &str) -> Result<http::HeaderValue, Failure> {
    let value = http::HeaderValue::from_str(&format!("Bearer {token}"));
    value.map_err(|_| {
        let told = "the token has a character that a header cannot carry, such as a newline: look at --auth-token or TOXIPROXY_AUTH_TOKEN";
        Failure::Local(told.to_owned())
    })
}

fn has_plain_percent(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes().get(..2);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(manner: Dialect, name: &str) -> String {
        let target = Target::new(None, manner);
        Api::new(target, None, manner, Warnings::default()).path(&["proxies", name])
    }

    #[test]
    fn any_name_has_a_path() {
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
    fn toxiproxys_client_puts_names_into_paths_as_they_are() {
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
