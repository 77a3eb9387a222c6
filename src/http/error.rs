//! Maps errors to status, code and body, in Toxiproxy's two body formats.
//!
//! May know: the errors of `control`, `decode` and `body`. Must not know: routes.

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::body::BodyError;
use super::{headers, response, wording};
use crate::control::{ControlError, ListenFault, PopulateError};
use crate::decode::DecodeError;
use crate::wire::{ErrorBody, ErrorCode, go_json};

/// An error answer: `{"error":…,"status":…}` and a newline, sent as text.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: ErrorCode,
    message: String,
    cause: Cause,
    warnings: Vec<String>,
}

/// The error from which a hint is made.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// No hint is needed: the message is complete.
    Told,
    /// A body that could not be decoded.
    Body(Box<DecodeError>),
    /// An error of `control`, whose hint depends on the other proxies and toxics. For a list of proxies,
    /// `entry` is the position at fault, from 0.
    Control {
        error: Box<ControlError>,
        entry: Option<usize>,
    },
}

/// The error behind an answer, for the layers that the answer passes through: the log and
/// [`hints`](super::hints).
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) cause: Cause,
}

impl ApiError {
    fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            cause: Cause::Told,
            warnings: Vec::new(),
        }
    }

    /// The token is missing or wrong.
    pub(super) fn unauthorized(code: ErrorCode) -> Self {
        // This is the wording of Toxiproxy from 2.13 on.
        let message = "missing or invalid auth token";
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// Part of the request's target is invalid.
    pub(super) fn bad(message: String) -> Self {
        let message = format!("bad request: {message}");
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidQuery, message)
    }

    /// There is no memory for the answer. Any change that the request makes has been made already.
    pub(super) fn no_memory_for_answer(is_safe: bool) -> Self {
        let message = match is_safe {
            true => "the server holds too many answers that clients have not read; ask again",
            false => {
                "the request was carried out, but the server holds too many answers that clients \
                 have not read to send this one; ask for what it would have shown"
            }
        };
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, ErrorCode::ServerBusy, message)
    }

    /// The path does not take this method.
    pub(super) fn wrong_method(method: &Method, methods: &str) -> Self {
        let message = format!("method {method} not allowed: this path takes {methods}");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, ErrorCode::MethodNotAllowed, message)
    }

    /// A handler panicked, which is always a bug.
    pub(super) fn internal() -> Self {
        let message = "internal error: the request made the server stumble, its log says where";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, ErrorCode::Internal, message)
    }

    /// Adds warnings about the request, which may explain the error.
    pub(super) fn with_warnings(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }

    /// Adds what every error answer has besides its body.
    fn annotate(self, mut response: Response) -> Response {
        headers::set_code(&mut response, self.code);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        headers::add_warnings(&mut response, &self.warnings);
        response.extensions_mut().insert(Failure {
            message: self.message,
            cause: self.cause,
        });
        response
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        let (status, code) = classify(&error);
        Self {
            cause: Cause::Control {
                error: Box::new(error.clone()),
                entry: None,
            },
            ..Self::new(status, code, wording::message(&error))
        }
    }
}

fn classify(error: &ControlError) -> (StatusCode, ErrorCode) {
    use ErrorCode as Code;
    use StatusCode as Status;
    match error {
        ControlError::ProxyNotFound { .. } => (Status::NOT_FOUND, Code::ProxyNotFound),
        ControlError::ToxicNotFound { .. } => (Status::NOT_FOUND, Code::ToxicNotFound),
        ControlError::ConnectionNotFound { .. } => (Status::NOT_FOUND, Code::ConnectionNotFound),
        ControlError::SessionNotFound { .. } => (Status::NOT_FOUND, Code::SessionNotFound),
        ControlError::NoProfile { .. } => (Status::NOT_FOUND, Code::ProfileNotFound),
        ControlError::ProxyExists { .. } => (Status::CONFLICT, Code::ProxyExists),
        ControlError::ToxicExists { .. } | ControlError::ProfileClash { .. } => {
            (Status::CONFLICT, Code::ToxicExists)
        }
        ControlError::SessionExists { .. } => (Status::CONFLICT, Code::SessionExists),
        ControlError::NotInSession { .. } | ControlError::ProfileNotInSession { .. } => {
            (Status::CONFLICT, Code::NotInSession)
        }
        ControlError::MissingField { .. } => (Status::BAD_REQUEST, Code::MissingField),
        ControlError::InvalidStream { .. } => (Status::BAD_REQUEST, Code::InvalidStream),
        ControlError::InvalidToxicType { .. } => (Status::BAD_REQUEST, Code::InvalidToxicType),
        ControlError::TooMany { .. } => (Status::BAD_REQUEST, Code::LimitReached),
        ControlError::LongName { .. } => (Status::BAD_REQUEST, Code::NameTooLong),
        ControlError::LongAddress { .. } => (Status::BAD_REQUEST, Code::AddressTooLong),
        ControlError::ProxyRepeated { .. } => (Status::BAD_REQUEST, Code::ProxyRepeated),
        ControlError::BadValue { .. }
        | ControlError::BadAttribute { .. }
        | ControlError::NoBuiltIn { .. } => (Status::BAD_REQUEST, Code::InvalidValue),
        ControlError::UnknownSession { .. } => (Status::BAD_REQUEST, Code::SessionNotFound),
        ControlError::UnknownProfile { .. } => (Status::BAD_REQUEST, Code::ProfileNotFound),
        ControlError::Strict { finding } => match finding.unknown {
            true => (Status::BAD_REQUEST, Code::UnknownField),
            false => (Status::BAD_REQUEST, Code::InvalidValue),
        },
        // A proxy is refused as a whole, whichever error its toxic has.
        ControlError::InToxic { error, .. } | ControlError::InProfile { error, .. } => {
            (Status::BAD_REQUEST, classify(error).1)
        }
        ControlError::Listen(error) => (Status::INTERNAL_SERVER_ERROR, of_listen(error.fault)),
        ControlError::Stopping => (Status::SERVICE_UNAVAILABLE, Code::Stopping),
        ControlError::Broken => (Status::INTERNAL_SERVER_ERROR, Code::Internal),
    }
}

fn of_listen(fault: ListenFault) -> ErrorCode {
    match fault {
        ListenFault::Malformed => ErrorCode::InvalidAddress,
        ListenFault::UnknownHost => ErrorCode::UnknownHost,
        ListenFault::InUse => ErrorCode::AddressInUse,
        ListenFault::NotAvailable => ErrorCode::AddressNotAvailable,
        ListenFault::NotPermitted => ErrorCode::PermissionDenied,
        ListenFault::NoDescriptors => ErrorCode::NoDescriptors,
        ListenFault::Other => ErrorCode::ListenFailed,
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        let code = match &error {
            DecodeError::Empty { .. } => ErrorCode::EmptyBody,
            DecodeError::Syntax(_) => ErrorCode::InvalidJson,
            DecodeError::TooMuch(_) => ErrorCode::LimitReached,
            DecodeError::Type { .. } => ErrorCode::WrongType,
            DecodeError::Unknown { .. } => ErrorCode::UnknownField,
        };
        let message = format!("bad request body: {error}");
        Self {
            cause: Cause::Body(Box::new(error)),
            ..Self::new(StatusCode::BAD_REQUEST, code, message)
        }
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        let (status, code) = match &error {
            BodyError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BodyTooLarge),
            BodyError::Broken(_) => (StatusCode::BAD_REQUEST, ErrorCode::BodyIncomplete),
            BodyError::Late => (StatusCode::REQUEST_TIMEOUT, ErrorCode::BodyTooSlow),
            BodyError::NoMemory => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServerBusy),
        };
        Self::new(status, code, format!("bad request body: {error}"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: self.message.clone(),
            status: self.status.as_u16(),
        };
        // Serializing a string and a number cannot fail.
        let mut text = go_json::to_vec(&body).unwrap_or_default();
        text.push(b'\n');
        let response = response::text(self.status, text);
        self.annotate(response)
    }
}

/// A failed populate: the error's JSON with one more member, and without a newline.
#[derive(Debug)]
pub(super) struct PopulateRefused {
    error: ApiError,
    /// Toxiproxy lists the proxies that it created before the error. aconite keeps none if one entry fails.
    /// So this is an empty list where Toxiproxy sends a list, and `null` where it sends `null`.
    proxies: Option<[(); 0]>,
}

impl<E: Into<ApiError>> From<E> for PopulateRefused {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            proxies: None,
        }
    }
}

impl PopulateRefused {
    /// Adds warnings about the list.
    pub(super) fn with_warnings(self, warnings: Vec<String>) -> Self {
        let error = self.error.with_warnings(warnings);
        Self { error, ..self }
    }

    /// The error after `control` has refused the list.
    pub(super) fn by_control(refusal: PopulateError) -> Self {
        let begun = refusal.entry > 0 && matches!(refusal.error, ControlError::Listen(_));
        let mut error = ApiError::from(refusal.error);
        if let Cause::Control { entry, .. } = &mut error.cause {
            *entry = Some(refusal.entry);
        }
        Self {
            error,
            proxies: begun.then_some([]),
        }
    }
}

impl IntoResponse for PopulateRefused {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Shape<'a> {
            error: &'a str,
            status: u16,
            proxies: Option<[(); 0]>,
        }
        let Self { error, proxies } = self;
        let shape = Shape {
            error: &error.message,
            status: error.status.as_u16(),
            proxies,
        };
        let response = response::json(error.status, &shape);
        error.annotate(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::ListenError;

    async fn shown(response: Response) -> (u16, String, String) {
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .unwrap();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }

    fn no_proxy() -> ControlError {
        ControlError::ProxyNotFound { proxy: "p".into() }
    }

    fn invalid_stream() -> ControlError {
        let stream = "up".into();
        ControlError::InvalidStream { stream }
    }

    fn bad_value() -> ControlError {
        ControlError::BadValue {
            field: "ttl",
            value: "0s".into(),
            remedy: "give more",
        }
    }

    fn listen() -> ControlError {
        ControlError::Listen(ListenError {
            address: "127.0.0.1:1".into(),
            at: None,
            fault: ListenFault::InUse,
            text: "l".into(),
        })
    }

    fn refusal(error: ControlError, entry: usize) -> Response {
        PopulateRefused::by_control(PopulateError { error, entry }).into_response()
    }

    #[tokio::test]
    async fn errors_have_their_status_and_shape() {
        let cases = [
            (no_proxy(), 404, "proxy_not_found"),
            (
                ControlError::MissingField {
                    field: "name",
                    entry: None,
                },
                400,
                "missing_field",
            ),
            (invalid_stream(), 400, "invalid_stream"),
            (bad_value(), 400, "invalid_value"),
            (invalid_stream().in_toxic(2), 400, "invalid_stream"),
            (listen(), 500, "address_in_use"),
            (ControlError::Broken, 500, "internal"),
        ];
        for (error, status, code) in cases {
            let message = wording::message(&error);
            let expected = format!("{{\"error\":\"{message}\",\"status\":{status}}}\n");
            let response = ApiError::from(error).into_response();
            assert_eq!(response.headers()[headers::CODE], code);
            let (status_shown, kind, body) = shown(response).await;
            assert_eq!((status_shown, body), (status, expected));
            assert_eq!(kind, "text/plain; charset=utf-8");
        }
    }

    #[tokio::test]
    async fn a_refused_populate_shows_null_or_an_empty_list() {
        let (code, kind, body) = shown(refusal(listen(), 0)).await;
        assert_eq!((code, kind.as_str()), (500, "application/json"));
        assert_eq!(body, r#"{"error":"l","status":500,"proxies":null}"#);
        let (_, _, body) = shown(refusal(listen(), 1)).await;
        assert_eq!(body, r#"{"error":"l","status":500,"proxies":[]}"#);
        let (_, _, body) = shown(refusal(invalid_stream(), 1)).await;
        assert!(body.ends_with(r#""status":400,"proxies":null}"#), "{body}");
    }
}
