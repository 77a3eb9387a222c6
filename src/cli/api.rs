//! Requests to the control API, over plain HTTP.
//!
//! Must not know what commands there are.

use std::io;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::{Agent, Body, http};

use super::failure::Failure;
use crate::args::client::Manner;

/// How long a request may take: the reference gives up on its own after 25 s.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
const DEFAULT: &str = "http://localhost:8474";
const USER_AGENT: &str = concat!("aconite-cli/", env!("CARGO_PKG_VERSION"));

/// What stays as it is in a segment of a path (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// The reference puts names into paths as they are; a slash then separates.
const NAME: &AsciiSet = &SEGMENT.remove(b'/');

/// A control API.
pub(super) struct Api {
    agent: Agent,
    /// Without a slash at the end.
    base: String,
    token: Option<String>,
    manner: Manner,
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
    /// The API at `host`, an URL or `HOST:PORT`; empty means the default.
    pub(super) fn new(host: &str, token: Option<String>, manner: Manner) -> Result<Self, Failure> {
        let base = base(host)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A control API is near; a proxy of the environment is meant for what is far.
            .proxy(None)
            .user_agent(USER_AGENT)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(PATIENCE))
            .build();
        Ok(Api {
            agent: config.new_agent(),
            base,
            token,
            manner,
        })
    }

    /// Where it is.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The path of something: `/proxies/{name}/…`.
    ///
    /// # Errors
    ///
    /// As the reference does, `toxiproxy-cli` refuses names with a percent sign that begins no
    /// escape.
    pub(super) fn path(&self, parts: &[&str]) -> Result<String, Failure> {
        let path = parts.iter().map(|part| utf8_percent_encode(part, NAME));
        let path: String = path.map(|part| format!("/{part}")).collect();
        let plain = parts.iter().any(|part| has_plain_percent(part));
        if plain && self.manner == Manner::Reference {
            return Err(Failure::BadUrl {
                url: format!("{}/{}", self.base, parts.join("/")),
                reason: "a percent sign without two hexadecimal digits".into(),
            });
        }
        Ok(path)
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
        let url = format!("{}{path}", self.base);
        let sent = self.exchange(verb, &url, body, limit);
        let (status, text) = sent.map_err(|error| no_answer(verb, &url, &error))?;
        read(status, &text)
    }

    /// Asks for what goes on for as long as the server has something to say.
    pub(super) fn stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<impl io::Read + use<>, Failure> {
        let mut url = format!("{}{path}", self.base);
        for (index, (key, value)) in query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            url.push(mark);
            url.push_str(&format!("{key}={}", utf8_percent_encode(value, SEGMENT)));
        }
        let sent = self.ask(Verb::Get, &url, None, None);
        let answer = sent.map_err(|error| no_answer(Verb::Get, &url, &error))?;
        let status = answer.status().as_u16();
        if status == 200 {
            return Ok(answer.into_body().into_reader());
        }
        let text = answer.into_body().read_to_string();
        let text = text.map_err(|error| no_answer(Verb::Get, &url, &error))?;
        let refused = read(status, &text).err();
        Err(refused.unwrap_or(Failure::Foreign { status, body: text }))
    }

    /// Asks for the version, waiting at most `limit`.
    pub(super) fn version(&self, limit: Duration) -> Result<Value, Failure> {
        self.send_within(limit, Verb::Get, "/version", None)
    }

    fn exchange(
        &self,
        verb: Verb,
        url: &str,
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<(u16, String), ureq::Error> {
        let answer = self.ask(verb, url, body, Some(limit))?;
        let status = answer.status().as_u16();
        let text = answer.into_body().read_to_string()?;
        Ok((status, text))
    }

    /// Sends a request; without a limit, only connecting has one.
    fn ask(
        &self,
        verb: Verb,
        url: &str,
        body: Option<&Value>,
        limit: Option<Duration>,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let mut request = http::Request::builder().method(verb.method()).uri(url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        match body {
            Some(body) => {
                let request = request.header("Content-Type", "application/json");
                self.run(request.body(body.to_string())?, limit)
            }
            None => self.run(request.body(())?, limit),
        }
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

fn base(host: &str) -> Result<String, Failure> {
    let host = host.trim();
    let url = match host {
        "" => DEFAULT.to_owned(),
        _ if host.contains("://") => host.to_owned(),
        _ => format!("http://{host}"),
    };
    let url = url.trim_end_matches('/').to_owned();
    let bad = |reason: &str| Failure::BadUrl {
        url: url.clone(),
        reason: reason.to_owned(),
    };
    if !url.starts_with("http://") {
        return Err(bad("only http:// is spoken here"));
    }
    match url.parse::<http::Uri>() {
        Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => Ok(url),
        Ok(_) => Err(bad("no host is named")),
        Err(error) => Err(bad(&error.to_string())),
    }
}

fn has_plain_percent(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes().get(..2);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn no_answer(verb: Verb, url: &str, error: &ureq::Error) -> Failure {
    let reason = match error {
        ureq::Error::Io(error) => format!("dial tcp: {error}"),
        ureq::Error::ConnectionFailed => "dial tcp: connection refused".into(),
        ureq::Error::HostNotFound => "dial tcp: no such host".into(),
        other => other.to_string(),
    };
    Failure::NoAnswer {
        verb: verb.name(),
        url: url.to_owned(),
        reason,
    }
}

/// What an answer says.
fn read(status: u16, text: &str) -> Result<Value, Failure> {
    let value: Option<Value> = match text.trim() {
        "" => Some(Value::Null),
        text => serde_json::from_str(text).ok(),
    };
    if (200..300).contains(&status)
        && let Some(value) = value
    {
        return Ok(value);
    }
    let error = value
        .as_ref()
        .and_then(|value| value.get("error")?.as_str());
    Err(match error {
        Some(error) => Failure::Refused {
            status,
            error: error.to_owned(),
        },
        None => Failure::Foreign {
            status,
            body: text.chars().take(200).collect::<String>().trim().to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_api_is() {
        for (given, base_url) in [
            ("", DEFAULT),
            ("example.test:1", "http://example.test:1"),
            ("http://[::1]:1/", "http://[::1]:1"),
            (" http://h/x// ", "http://h/x"),
        ] {
            assert_eq!(base(given).as_deref(), Ok(base_url), "{given}");
        }
        for bad in ["https://h", "http://", "a b", "unix:///x", "http://:1"] {
            assert!(matches!(base(bad), Err(Failure::BadUrl { .. })), "{bad}");
        }
    }

    #[test]
    fn names_are_escaped_in_paths() {
        let path =
            |manner, name: &str| Api::new("", None, manner).unwrap().path(&["proxies", name]);
        assert_eq!(
            path(Manner::Own, "a ?#%é").unwrap(),
            "/proxies/a%20%3F%23%25%C3%A9"
        );
        assert_eq!(path(Manner::Reference, "a/b").unwrap(), "/proxies/a/b");
        for bad in ["%", "%4", "x%zz", "a%20%"] {
            assert!(path(Manner::Reference, bad).is_err(), "{bad}");
        }
        assert!(path(Manner::Reference, "%41").is_ok());
    }

    #[test]
    fn answers() {
        assert_eq!(read(204, ""), Ok(Value::Null));
        assert_eq!(read(200, "[1]"), Ok(serde_json::json!([1])));
        let refused = read(404, "{\"error\":\"proxy not found\",\"status\":404}").unwrap_err();
        assert_eq!(refused.to_string(), "HTTP 404: proxy not found");
        for (status, text) in [
            (404, "404 page not found\n"),
            (200, "<html>"),
            (500, ""),
            (404, "{}"),
        ] {
            let foreign = read(status, text).unwrap_err();
            assert!(matches!(foreign, Failure::Foreign { .. }), "{foreign}");
        }
    }
}
