//! The shapes of answers: JSON, text, nothing.
//!
//! May know: axum, `wire`. Must not know: `control`.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::wire::go_json;

/// The content type of JSON answers.
pub(super) const JSON: &str = "application/json";

/// A JSON answer, without a newline at its end.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match go_json::to_vec(value) {
        Ok(text) => typed(status, JSON, text),
        Err(error) => {
            let what = format!("cannot write the answer: {error}\n");
            text(StatusCode::INTERNAL_SERVER_ERROR, what)
        }
    }
}

/// A plain text for people, as Go's `http.Error` sends it. The caller adds the newline.
pub(super) fn text(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = typed(status, "text/plain; charset=utf-8", text);
    response
        .headers_mut()
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An answer of any content type.
pub(super) fn typed(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = empty(status);
    *response.body_mut() = body.into();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// An answer without a body or a content type.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
