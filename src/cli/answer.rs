//! What an answer of the API says: its body, and the headers that explain it.
//!
//! Errors keep Toxiproxy's body. What aconite has to say beyond that is in headers, in ASCII, with
//! other characters percent-encoded.

use percent_encoding::percent_decode;
use serde_json::Value;
use ureq::http::HeaderMap;

use super::failure::Failure;
use super::paint::harmless;

/// An answer without its body.
#[derive(Debug, Default)]
pub(super) struct Answer {
    status: u16,
    code: Option<String>,
    hint: Option<String>,
    /// What the server warned of.
    pub(super) warnings: Vec<String>,
}

impl Answer {
    pub(super) fn new(status: u16, headers: &HeaderMap) -> Self {
        let all = |name: &str| {
            let values = headers.get_all(name).into_iter();
            let texts = values.map(|value| {
                let text = percent_decode(value.as_bytes()).decode_utf8_lossy();
                harmless(text.trim())
            });
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        Answer {
            status,
            code: all("Aconite-Error-Code").into_iter().next(),
            hint: all("Aconite-Hint").into_iter().next(),
            warnings: all("Aconite-Warning"),
        }
    }
}

/// The answer's JSON, or `null` where it has no body. Errors: the API's, or it is none of the API.
pub(super) fn read(answer: Answer, text: &str) -> Result<Value, Failure> {
    let Answer {
        status, code, hint, ..
    } = answer;
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
            code,
            hint,
        },
        None => Failure::Foreign {
            status,
            body: text.chars().take(200).collect::<String>().trim().to_owned(),
        },
    })
}

/// What Go's decoder says of a body that is not what Toxiproxy's client decodes.
pub(super) fn decoders_words(status: u16, body: &str) -> String {
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

    fn read_plain(status: u16, text: &str) -> Result<Value, Failure> {
        let answer = Answer {
            status,
            ..Answer::default()
        };
        read(answer, text)
    }

    #[test]
    fn answers() {
        assert_eq!(read_plain(204, ""), Ok(Value::Null));
        assert_eq!(read_plain(200, "[1]"), Ok(serde_json::json!([1])));
        let error = "{\"error\":\"proxy not found\",\"status\":404}";
        let refused = read_plain(404, error).unwrap_err();
        assert_eq!(refused.to_string(), "HTTP 404: proxy not found");
        for (status, text, told) in [
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
            assert_eq!(read_plain(status, text).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn headers_explain_an_answer() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("aconite-hint", "did you mean w%C3%A9b?"),
            ("aconite-error-code", "proxy_not_found"),
            ("aconite-warning", "one%1B[2J"),
            ("aconite-warning", "two"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let answer = Answer::new(404, &headers);
        assert_eq!(answer.warnings, ["one\u{fffd}[2J", "two"]);
        let Err(Failure::Refused { code, hint, .. }) = read(answer, r#"{"error":"x"}"#) else {
            panic!("it is refused");
        };
        assert_eq!(code.as_deref(), Some("proxy_not_found"));
        assert_eq!(hint.as_deref(), Some("did you mean wéb?"));
    }
}
