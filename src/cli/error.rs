//! The client's errors: in Toxiproxy's words for scripts, and in plain words for people.

use thiserror::Error;

use crate::wire::ErrorCode;

/// Why a request failed. Its `Display` text is that of Toxiproxy's client.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// A request cannot be sent to this address. The URL is in quotes.
    #[error("parse {url}: {reason}")]
    BadUrl { url: String, reason: String },
    /// There is no connection, or no answer on it. The URL is in quotes.
    #[error("fail to request: {verb} {url}: {reason}")]
    NoAnswer {
        verb: &'static str,
        url: String,
        /// In Go's words, which scripts may look for.
        reason: String,
        /// The same for people.
        plain: String,
        cause: NoAnswerCause,
    },
    /// The API answered with an error.
    #[error("HTTP {status}: {error}")]
    Refused {
        status: u16,
        error: String,
        /// The error's code, if the server gives one.
        code: Option<String>,
        /// What the server suggests, for people.
        hint: Option<String>,
    },
    /// The answer does not come from the API.
    #[error("{}", go_decoder_error(*status, body))]
    Foreign { status: u16, body: String },
    /// The command cannot be executed, which is known without sending a request.
    #[error("{0}")]
    Local(String),
}

/// Why there is no answer, as far as hints need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswerCause {
    /// No connection to such an address is possible.
    Address,
    /// No process listens there.
    Refused { is_port_named: bool },
    /// No host has that name.
    NoHost,
    /// It took too long.
    Timeout,
    /// Something else.
    Other,
}

/// A command that failed. Its `Display` text is that of Toxiproxy's client.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{outer}{doing}{inner}{source}")]
pub(crate) struct CommandError {
    /// What Toxiproxy's client prints before `doing`.
    outer: &'static str,
    /// The operation that failed, with a colon at its end.
    pub(crate) doing: String,
    /// What Toxiproxy's client prints after `doing`: the name of a function.
    inner: &'static str,
    /// Why it failed.
    pub(crate) source: Box<RequestError>,
    /// The remedy, if the source does not name it.
    pub(crate) hint: Option<String>,
}

impl RequestError {
    /// Adds the operation that failed.
    pub(crate) fn in_doing(self, doing: impl Into<String>) -> CommandError {
        let hint = self.hint();
        CommandError {
            outer: "",
            doing: doing.into(),
            inner: "",
            source: Box::new(self),
            hint,
        }
    }

    #[cfg(test)]
    pub(crate) fn refused(status: u16, error: &str) -> Self {
        RequestError::Refused {
            status,
            error: error.to_owned(),
            code: None,
            hint: None,
        }
    }

    /// The code of an error of the API. Toxiproxy sends none, so its texts are mapped to codes.
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        let RequestError::Refused {
            status,
            error,
            code,
            ..
        } = self
        else {
            return None;
        };
        if let Some(code) = code {
            let mut all = ErrorCode::ALL.iter().copied();
            return all.find(|known| known.as_str() == code);
        }
        match (status, error.as_str()) {
            (404, "proxy not found") => Some(ErrorCode::ProxyNotFound),
            (404, "toxic not found") => Some(ErrorCode::ToxicNotFound),
            (409, "proxy already exists") => Some(ErrorCode::ProxyExists),
            (409, "toxic already exists") => Some(ErrorCode::ToxicExists),
            (400, error) if error.contains("invalid toxic type") => {
                Some(ErrorCode::InvalidToxicType)
            }
            _ => None,
        }
    }

    /// The code of the error, by which programs identify it.
    pub(crate) fn code(&self) -> &str {
        match self {
            RequestError::BadUrl { .. } => "bad_url",
            RequestError::NoAnswer { .. } => "no_answer",
            RequestError::Refused { code, .. } => code.as_deref().unwrap_or("refused"),
            RequestError::Foreign { .. } => "unexpected_answer",
            RequestError::Local(_) => "invalid_command",
        }
    }

    /// The status of the answer, if there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            RequestError::Refused { status, .. } | RequestError::Foreign { status, .. } => {
                Some(*status)
            }
            _ => None,
        }
    }

    /// The error without the names of Go's packages and functions.
    pub(crate) fn plain(&self) -> String {
        match self {
            RequestError::BadUrl { url, reason } => {
                format!("{url} is not the address of an API: {reason}")
            }
            RequestError::NoAnswer { url, plain, .. } => {
                format!("no answer from {}: {plain}", url.trim_matches('"'))
            }
            RequestError::Foreign { status, body } => {
                format!("the answer (HTTP {status}) is not from a control API: {body:?}")
            }
            RequestError::Refused { .. } | RequestError::Local(_) => self.to_string(),
        }
    }

    fn hint(&self) -> Option<String> {
        use NoAnswerCause as Cause;
        let text = match self {
            RequestError::BadUrl { .. }
            | RequestError::NoAnswer {
                cause: Cause::Address,
                ..
            } => {
                "Give the address of the API with --host HOST:PORT or TOXIPROXY_URL; without both it is localhost:8474."
            }
            RequestError::NoAnswer {
                cause: Cause::NoHost,
                ..
            } => "Check --host or TOXIPROXY_URL: this machine cannot resolve the host's name.",
            RequestError::NoAnswer {
                cause: Cause::Refused {
                    is_port_named: false,
                },
                ..
            } => "A URL without a port means port 80; the API's usual port is 8474.",
            RequestError::NoAnswer { .. } => {
                "Is the server running? Start one with `aconite server`, or give its address with --host or TOXIPROXY_URL."
            }
            RequestError::Foreign { .. } => {
                "Is this the address of a control API, and not of a proxy or another server?"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl CommandError {
    /// A command that cannot be executed, which is known without sending a request.
    pub(crate) fn local(text: impl Into<String>) -> Self {
        RequestError::Local(text.into()).in_doing("")
    }

    /// Adds what only Toxiproxy's client prints, before and after `doing`.
    pub(crate) fn between(mut self, outer: &'static str, inner: &'static str) -> Self {
        (self.outer, self.inner) = (outer, inner);
        self
    }

    /// Adds the remedy.
    pub(crate) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

/// The error of Go's decoder for a body that Toxiproxy's client cannot decode.
fn go_decoder_error(status: u16, body: &str) -> String {
    let kind = match body.bytes().next() {
        None if status >= 300 => return "EOF".to_owned(),
        None => return "unexpected end of JSON input".to_owned(),
        Some(b'0'..=b'9' | b'-') => "number",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'[') => "array",
        Some(b'{') => "object",
        Some(_) => {
            let first: String = body.chars().take(1).collect();
            return format!("invalid character '{first}' looking for beginning of value");
        }
    };
    format!("json: cannot unmarshal {kind} into Go value of type toxiproxy.ApiError")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_answer_reads_as_gos_decoder_error() {
        for (status, body, expected) in [
            (
                404,
                "404 page not found\n",
                "json: cannot unmarshal number into Go value of type toxiproxy.ApiError",
            ),
            (
                200,
                "<html>",
                "invalid character '<' looking for beginning of value",
            ),
            (500, "", "EOF"),
            (
                404,
                "[]",
                "json: cannot unmarshal array into Go value of type toxiproxy.ApiError",
            ),
        ] {
            let body = body.to_owned();
            let error = RequestError::Foreign { status, body };
            assert_eq!(error.to_string(), expected);
        }
    }
}
