//! The checks before the handlers: hosts, sites, the token, paths, methods and user agents; also request ids
//! and the log.
//!
//! May know: axum, `path`, `host`, `access`. Must not know: `control`.
//!
//! [`front`] sees every request. [`admit`] sees those with a known path, like Toxiproxy's middleware, so only
//! their answers carry a request id. As in Toxiproxy 2.13, the token is checked last. A wrong path, a wrong
//! method and a browser are reported even without a token, because those answers reveal no state of the
//! server. No body is read before these checks.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::{ApiError, Failure};
use super::path::{self, Reading};
use super::settings::Settings;
use super::{access, headers, host, response};
use crate::wire::ErrorCode;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-toxiproxy-request-id");
const SERVER: HeaderValue =
    HeaderValue::from_static(concat!("aconite/", env!("CARGO_PKG_VERSION")));

/// The methods that a route takes. An empty list means all of them.
pub(super) type Methods = &'static [&'static str];

/// Who may use a route, in addition to the checks of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Programs that have the token, if one is set. Browsers are refused, as in Toxiproxy.
    Programs,
    /// A route that does not exist here. Only clients with the token learn that it does not.
    Hidden,
}

/// What a route requires of its requests.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) methods: Methods,
    /// Whether only aconite has this route, and not Toxiproxy.
    pub(super) is_own: bool,
    pub(super) access: Access,
    pub(super) settings: Arc<Settings>,
}

/// Checks the host and the site, reads the path, adds the `Server` header and writes the log.
pub(super) async fn front(
    State(settings): State<Arc<Settings>>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match enter(&settings, request) {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal,
    };
    // axum adds an `Allow` header to empty answers; remove it. Those of `wrong_method` have a body and keep
    // theirs.
    if !response.headers().contains_key(header::CONTENT_TYPE) {
        response.headers_mut().remove(header::ALLOW);
    }
    response.headers_mut().insert(header::SERVER, SERVER);
    log(&method, &path, &response);
    response
}

/// Checks the method, the user agent and the token, runs the handler, and adds the request id.
pub(super) async fn admit(State(entry): State<Entry>, request: Request, next: Next) -> Response {
    if entry.access == Access::Hidden {
        return match holds_token(&entry.settings, &request) {
            true => next.run(request).await,
            false => unauthorized(&request),
        };
    }
    let methods = entry.methods;
    if !methods.is_empty() && !methods.contains(&request.method().as_str()) {
        return wrong_method(&entry, request.method());
    }
    let mut response = if is_browser(&request) {
        refused(
            response::text(StatusCode::FORBIDDEN, "User agent not allowed\n"),
            ErrorCode::BrowserNotAllowed,
            "the API does not answer browsers, as Toxiproxy does not; use `aconite`, `toxiproxy-cli`, \
             curl or a client library",
        )
    } else if !holds_token(&entry.settings, &request) {
        unauthorized(&request)
    } else {
        // The handler runs in a task of its own. So a client that hangs up does not stop an operation half-way,
        // and a panic ends only that task.
        let handled = tokio::spawn(next.run(request)).await;
        handled.unwrap_or_else(|_| ApiError::internal().into_response())
    };
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Toxiproxy's recorded 405 is empty and has no `Allow`. Its routes keep that, and the hint names the
/// methods. aconite's own routes answer as HTTP requires.
fn wrong_method(entry: &Entry, method: &Method) -> Response {
    let methods = entry.methods.join(", ");
    let hint = format!("this path takes {methods}");
    let response = match entry.is_own {
        false => response::empty(StatusCode::METHOD_NOT_ALLOWED),
        true => {
            let mut response = ApiError::wrong_method(method, &methods).into_response();
            if let Ok(allow) = HeaderValue::from_str(&methods) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            response
        }
    };
    refused(response, ErrorCode::MethodNotAllowed, &hint)
}

#[expect(
    clippy::result_large_err,
    reason = "both arms are as large, and neither travels far"
)]
fn enter(settings: &Settings, request: Request) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    if let Some(refusal) = unreadable(&parts) {
        return Err(refusal);
    }
    let policy = host::Policy {
        listen: settings.listen,
        allowed: &settings.allow_hosts,
        has_token: settings.token.is_some(),
    };
    if let Some(foreign) = host::refused(&parts, &policy) {
        return Err(foreign_host(&foreign));
    }
    if access::is_of_other_site(&parts.method, &parts.headers) {
        let why = "Requests from pages of other sites are not allowed\n";
        return Err(refused(
            response::text(StatusCode::FORBIDDEN, why),
            ErrorCode::SiteNotAllowed,
            "a browser sent this for a page of another site (Origin, Sec-Fetch-Site); call the API \
             from a program",
        ));
    }
    match path::read(&parts.uri) {
        Reading::Route(uri) => parts.uri = uri,
        Reading::Redirect(to) => return Err(redirect(&to)),
        Reading::Malformed => {
            return Err(bad_request("400 Bad Request"));
        }
        Reading::TooLong => return Err(response::empty(StatusCode::URI_TOO_LONG)),
    }
    Ok(Request::from_parts(parts, body))
}

/// The answer of Go's server to a malformed request, before it looks at the path.
fn unreadable(parts: &Parts) -> Option<Response> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    if parts.version == Version::HTTP_11 && !parts.headers.contains_key(header::HOST) {
        return Some(bad_request("400 Bad Request: missing required Host header"));
    }
    if hosts.any(|host| !host.as_bytes().iter().all(host::is_host_byte)) {
        return Some(bad_request("400 Bad Request: malformed Host header"));
    }
    let expects = parts.headers.get(header::EXPECT);
    if expects.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Some(response::empty(StatusCode::EXPECTATION_FAILED));
    }
    let about_server = parts.method == Method::OPTIONS && parts.uri.path() == "*";
    about_server.then(|| response::empty(StatusCode::OK))
}

fn bad_request(text: &'static str) -> Response {
    let mut response = response::typed(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", text);
    headers::set_code(&mut response, ErrorCode::InvalidRequest);
    response
}

fn foreign_host(foreign: &host::Foreign) -> Response {
    let name = &foreign.name;
    let why = match foreign.of_page {
        false => {
            "while the API listens on loopback it answers only to addresses, localhost and names \
             without a dot"
        }
        true => {
            "a request with Origin or Sec-Fetch-Site, as web pages send them, has to come by an \
             address or localhost, unless TOXIPROXY_AUTH_TOKEN is set"
        }
    };
    let why = format!(
        "Host {name:?} not allowed: {why}; to add a name, start the server with --allow-host NAME \
         or ACONITE_ALLOW_HOST=NAME\n"
    );
    refused(
        response::text(StatusCode::FORBIDDEN, why),
        ErrorCode::HostNotAllowed,
        "call the API by an address or as localhost, or start the server with --allow-host NAME",
    )
}

fn refused(mut response: Response, code: ErrorCode, hint: &str) -> Response {
    headers::set_code(&mut response, code);
    headers::set_hint(&mut response, hint);
    response
}

fn holds_token(settings: &Settings, request: &Request) -> bool {
    let token = settings.token.as_ref();
    token.is_none_or(|token| access::holds_token(request.headers(), token))
}

/// A wrong token and a missing one get different codes: the client knows which it sent, so nothing is
/// revealed.
fn unauthorized(request: &Request) -> Response {
    let given = request.headers().contains_key(header::AUTHORIZATION);
    let (code, hint) = match given {
        true => (
            ErrorCode::TokenWrong,
            "the token of the request is not the server's: compare TOXIPROXY_AUTH_TOKEN on both sides",
        ),
        false => (
            ErrorCode::TokenMissing,
            "the request has no token: send the server's TOXIPROXY_AUTH_TOKEN as \
             \"Authorization: Bearer TOKEN\"",
        ),
    };
    let mut response = ApiError::unauthorized(code).into_response();
    headers::set_hint(&mut response, hint);
    let challenge = HeaderValue::from_static("Bearer");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    response
}

fn redirect(to: &str) -> Response {
    let mut response = response::empty(StatusCode::MOVED_PERMANENTLY);
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

fn is_browser(request: &Request) -> bool {
    let agent = request.headers().get(header::USER_AGENT);
    agent.is_some_and(|value| value.as_bytes().starts_with(b"Mozilla/"))
}

/// A request id: 100 random bits, five to a character.
fn request_id() -> String {
    let bits: u128 = rand::random();
    let digit = |index: u32| char::from_digit((bits >> (5 * index) & 31) as u32, 32);
    (0..20).filter_map(digit).collect()
}

fn log(method: &Method, path: &str, response: &Response) {
    let status = response.status().as_u16();
    let id = response
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok());
    let id = id.unwrap_or_default();
    let error = response.extensions().get::<Failure>();
    let error = error.map(|failure| failure.message.as_str());
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, request_id = id, error, "request failed");
    } else {
        tracing::debug!(%method, path, status, request_id = id, error, "request");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use tower::Service;

    #[test]
    fn request_ids_are_fresh_and_of_twenty_letters() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| request_id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert_eq!(id.len(), 20);
            assert!(
                id.bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v')),
                "{id}"
            );
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_500() {
        async fn stumble() -> Response {
            panic!("for the test");
        }
        let entry = Entry {
            methods: &[],
            is_own: false,
            access: Access::Programs,
            settings: Arc::new(Settings::new("127.0.0.1:1".parse().unwrap())),
        };
        let admitted = any(stumble).layer(from_fn_with_state(entry, admit));
        let mut router = Router::new().route("/", admitted);
        let request: Request = Request::default();
        let response = router.call(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.headers().contains_key(REQUEST_ID));
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        assert!(body.ends_with(b",\"status\":500}\n"), "{body:?}");
    }

    #[tokio::test]
    async fn a_foreign_host_is_told_the_way_out() {
        let response = foreign_host(&host::Foreign {
            name: "evil.example".into(),
            of_page: false,
        });
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(
            text.contains("\"evil.example\"") && text.contains("--allow-host"),
            "{text}"
        );
    }
}
