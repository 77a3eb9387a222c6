//! What goes wrong → status and body, in the reference's two shapes.
//!
//! May know: `control`'s errors, `wrong`, `body`. Must not know: routes.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::body::BodyError;
use super::wrong::WireError;
use super::{answer, write};
use crate::control::{ControlError, PopulateError};

/// An answer that says what went wrong: `{"error":…,"status":…}` and a newline, as text.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    /// The token is missing or wrong.
    pub(super) fn unauthorized() -> Self {
        let message = "unauthorized: send the server's TOXIPROXY_AUTH_TOKEN as \
                       \"Authorization: Bearer TOKEN\"";
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: message.to_owned(),
        }
    }

    /// Something in the request's target makes no sense.
    pub(super) fn bad(message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: format!("bad request: {message}"),
        }
    }

    /// Bugs only: a handler that panicked.
    pub(super) fn internal() -> Self {
        let message = "internal error: the request made the server stumble, its log says where";
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: message.to_owned(),
        }
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        let status = match &error {
            ControlError::ProxyNotFound
            | ControlError::ToxicNotFound
            | ControlError::ConnectionNotFound
            | ControlError::SessionNotFound => StatusCode::NOT_FOUND,
            ControlError::ProxyExists
            | ControlError::ToxicExists
            | ControlError::SessionExists
            | ControlError::OfNoSession { .. } => StatusCode::CONFLICT,
            ControlError::MissingField(_)
            | ControlError::InvalidStream
            | ControlError::InvalidToxicType
            | ControlError::TooMany { .. }
            | ControlError::TooManySessions(_)
            | ControlError::TooManyFollowers(_)
            | ControlError::LongName { .. }
            | ControlError::BadValue(_) => StatusCode::BAD_REQUEST,
            ControlError::Listen(_) | ControlError::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            message: error.to_string(),
        }
    }
}

impl From<WireError> for ApiError {
    fn from(error: WireError) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: format!("bad request body: {error}"),
        }
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        let status = match &error {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
            BodyError::Late => StatusCode::REQUEST_TIMEOUT,
        };
        Self {
            status,
            message: format!("bad request body: {error}"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Shape<'a> {
            error: &'a str,
            status: u16,
        }
        let shape = Shape {
            error: &self.message,
            status: self.status.as_u16(),
        };
        // A string and a number: there is nothing that could fail.
        let mut text = write::json(&shape).unwrap_or_default();
        text.push(b'\n');
        answer::text(self.status, text)
    }
}

/// What went wrong with a populate: JSON with one member more, and no newline.
#[derive(Debug)]
pub(super) struct PopulateRefused {
    error: ApiError,
    /// The reference lists what it created so far. Nothing is kept here when one entry fails, so
    /// it is an empty list where the reference would have one, and `null` where it has none.
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
    /// After `control` has refused the list.
    pub(super) fn by_control(refusal: PopulateError) -> Self {
        let begun = refusal.entry > 0 && matches!(refusal.error, ControlError::Listen(_));
        Self {
            error: refusal.error.into(),
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
        answer::json(error.status, &shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn refusal(error: ControlError, entry: usize) -> Response {
        PopulateRefused::by_control(PopulateError { error, entry }).into_response()
    }

    #[tokio::test]
    async fn errors_have_their_status_and_shape() {
        let cases = [
            (ControlError::ProxyNotFound, 404),
            (ControlError::ToxicNotFound, 404),
            (ControlError::ProxyExists, 409),
            (ControlError::ToxicExists, 409),
            (ControlError::MissingField("name".into()), 400),
            (ControlError::InvalidStream, 400),
            (ControlError::InvalidToxicType, 400),
            (ControlError::BadValue("x".into()), 400),
            (ControlError::Listen("l".into()), 500),
            (ControlError::Broken, 500),
        ];
        for (error, status) in cases {
            let expected = format!("{{\"error\":\"{error}\",\"status\":{status}}}\n");
            let (code, kind, body) = shown(ApiError::from(error).into_response()).await;
            assert_eq!((code, body), (status, expected));
            assert_eq!(kind, "text/plain; charset=utf-8");
        }
    }

    #[tokio::test]
    async fn a_refused_populate_shows_null_or_an_empty_list() {
        let listen = || ControlError::Listen("l".into());
        let (code, kind, body) = shown(refusal(listen(), 0)).await;
        assert_eq!((code, kind.as_str()), (500, "application/json"));
        assert_eq!(body, r#"{"error":"l","status":500,"proxies":null}"#);
        let (_, _, body) = shown(refusal(listen(), 1)).await;
        assert_eq!(body, r#"{"error":"l","status":500,"proxies":[]}"#);
        let (_, _, body) = shown(refusal(ControlError::InvalidStream, 1)).await;
        assert!(body.ends_with(r#""status":400,"proxies":null}"#), "{body}");
    }
}
