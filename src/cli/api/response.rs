//! Reading an answer of the API: its body, and the headers that explain it.
//!
//! The body of an error is Toxiproxy's. What aconite adds is in headers, in ASCII; other characters
//! are percent-encoded.

use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::HeaderMap;

use crate::cli::error::RequestError;
use crate::util::text::escape;
use crate::wire::{ERROR_CODE, ErrorBody, HINT, WARNING};

/// An answer without its body.
#[derive(Debug, Default)]
pub(crate) struct Head {
    status: u16,
    code: Option<String>,
    hint: Option<String>,
    /// The server's warnings.
    pub(crate) warnings: Vec<String>,
}

impl Head {
    pub(crate) fn new(status: u16, headers: &HeaderMap) -> Self {
        let all = |name: &str| {
            let values = headers.get_all(name).into_iter();
            let texts = values.map(|value| {
                let text = percent_decode(value.as_bytes()).decode_utf8_lossy();
                escape(text.trim())
            });
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        Head {
            status,
            code: all(ERROR_CODE).into_iter().next(),
            hint: all(HINT).into_iter().next(),
            warnings: all(WARNING),
        }
    }
}

/// The JSON of an answer, or `null` if it has no body.
///
/// # Errors
/// The answer is an error, or it is not from a control API.
pub(crate) fn read(head: Head, text: &str) -> Result<Value, RequestError> {
    let Head {
        status, code, hint, ..
    } = head;
    let value: Option<Value> = match text.trim() {
        "" => Some(Value::Null),
        text => serde_json::from_str(text).ok(),
    };
    if (200..300).contains(&status)
        && let Some(value) = value
    {
        return Ok(value);
    }
    let error = value.and_then(|value| ErrorBody::deserialize(value).ok());
    Err(match error {
        Some(ErrorBody { error, .. }) => RequestError::Refused {
            status,
            error,
            code,
            hint,
        },
        None => RequestError::Foreign {
            status,
            body: text.chars().take(200).collect::<String>().trim().to_owned(),
        },
    })
}

/// An answer as a type of the API. Members that the type does not have are ignored.
///
/// # Errors
/// It is not what the API answers.
pub(crate) fn typed<T: DeserializeOwned>(answer: &Value) -> Result<T, RequestError> {
    T::deserialize(answer).map_err(|_| RequestError::Foreign {
        status: 200,
        body: match answer {
            Value::Null => String::new(),
            answer => answer.to_string(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_plain(status: u16, text: &str) -> Result<Value, RequestError> {
        let head = Head {
            status,
            ..Head::default()
        };
        read(head, text)
    }

    #[test]
    fn body_of_an_error_is_told_from_a_foreign_one() {
        assert_eq!(read_plain(204, ""), Ok(Value::Null));
        assert_eq!(read_plain(200, "[1]"), Ok(serde_json::json!([1])));
        let error = "{\"error\":\"proxy not found\",\"status\":404}";
        let refused = read_plain(404, error).unwrap_err();
        assert_eq!(refused.to_string(), "HTTP 404: proxy not found");
        for (status, text) in [
            (404, "404 page not found\n"),
            (200, "<html>"),
            (500, ""),
            (404, "[]"),
        ] {
            let body = text.trim().to_owned();
            assert_eq!(
                read_plain(status, text),
                Err(RequestError::Foreign { status, body })
            );
        }
    }

    #[test]
    fn headers_of_an_answer_are_decoded_and_sanitised() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("aconite-hint", "did you mean w%C3%A9b?"),
            ("aconite-error-code", "proxy_not_found"),
            ("aconite-warning", "one%1B[2J"),
            ("aconite-warning", "two"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let head = Head::new(404, &headers);
        assert_eq!(head.warnings, ["one\\u{1b}[2J", "two"]);
        let Err(RequestError::Refused { code, hint, .. }) = read(head, r#"{"error":"x"}"#) else {
            panic!("it is refused");
        };
        assert_eq!(code.as_deref(), Some("proxy_not_found"));
        assert_eq!(hint.as_deref(), Some("did you mean wéb?"));
    }
}
