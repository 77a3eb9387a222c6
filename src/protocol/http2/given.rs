//! Answers that are given in place of the upstream, as fields and a body.

use std::fmt::Write;

use bytes::Bytes;

use super::head;
use super::hpack::Field;
use crate::protocol::http::Answer;

/// The request that is answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Its method is `HEAD`: the answer has no body.
    pub is_head: bool,
    /// It asks for gRPC.
    pub is_grpc: bool,
}

/// The longest `grpc-message`, in bytes of the answer's body: clients refuse large fields.
const MOST_MESSAGE: usize = 1024;

/// The fields and the body of an answer. `None`: it can only be written in HTTP/1.1, as raw bytes.
pub fn given(answer: &Answer, asked: Asked) -> Option<(Vec<Field>, Bytes)> {
    if answer.raw.is_some() {
        return None;
    }
    let edits = answer.headers.iter();
    let edits = edits.map(|(name, value)| (name.clone(), Some(value.clone())));
    let edits: Vec<(String, Option<String>)> = edits.collect();
    if let Some(status) = answer.grpc_status.filter(|_| asked.is_grpc) {
        let mut fields = trailers_only(answer, status);
        let edits = edits.into_iter().filter(|(name, _)| {
            // A trailers-only answer has no body for these to describe.
            !["content-type", "content-length", "content-encoding"]
                .contains(&name.to_ascii_lowercase().as_str())
        });
        append(&mut fields, edits);
        return Some((fields, Bytes::new()));
    }
    let mut fields = vec![Field::new(":status", answer.status.to_string())];
    append(&mut fields, edits);
    if let Some(after) = answer.retry_after {
        head::set(&mut fields, "retry-after", &after.seconds().to_string());
        if after.in_millis {
            let millis = after.time.as_millis().to_string();
            head::set(&mut fields, "retry-after-ms", &millis);
        }
    }
    // RFC 9110, section 8.6: none in answers that never have a body.
    let has_body = has_body(answer.status);
    if has_body {
        let length = answer.body.len().to_string();
        head::set(&mut fields, "content-length", &length);
    }
    let body = match has_body && !asked.is_head {
        true => answer.body.clone(),
        false => Bytes::new(),
    };
    Some((fields, body))
}

/// Whether an answer with this status can have a body.
pub fn has_body(status: u16) -> bool {
    !matches!(status, 204 | 304)
}

/// Fields in order, of which several may have one name. `Host` is none of an answer.
fn append(fields: &mut Vec<Field>, edits: impl IntoIterator<Item = (String, Option<String>)>) {
    for (name, value) in edits {
        let mut one = Vec::new();
        head::edit(&mut one, &[(name, value)]);
        fields.extend(
            one.into_iter()
                .filter(|field| !field.name.starts_with(b":")),
        );
    }
}

/// An answer of gRPC that is all trailers. Its message is the body of the answer.
fn trailers_only(answer: &Answer, status: u8) -> Vec<Field> {
    let mut fields = vec![
        Field::new(":status", "200"),
        Field::new("content-type", "application/grpc"),
        Field::new("grpc-status", status.to_string()),
    ];
    if !answer.body.is_empty() {
        let message = answer.body.slice(..answer.body.len().min(MOST_MESSAGE));
        fields.push(Field::new("grpc-message", percent_encoded(&message)));
    }
    if let Some(after) = answer.retry_after {
        let millis = after.time.as_millis().to_string();
        fields.push(Field::new("grpc-retry-pushback-ms", millis));
    }
    fields
}

/// The encoding of `grpc-message`: all bytes but printable ASCII and `%` become escapes.
fn percent_encoded(text: &[u8]) -> String {
    text.iter().fold(String::new(), |mut out, byte| {
        match byte {
            b' '..=b'~' if *byte != b'%' => out.push(char::from(*byte)),
            // Writing into a string cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::http::RetryAfter;

    fn answer(grpc_status: Option<u8>) -> Answer {
        Answer {
            status: 429,
            headers: vec![
                ("X-A".to_owned(), "1".to_owned()),
                ("Set-Cookie".to_owned(), "a".to_owned()),
                ("Set-Cookie".to_owned(), "b".to_owned()),
                ("Connection".to_owned(), "close".to_owned()),
                ("Content-Type".to_owned(), "text/plain".to_owned()),
            ],
            body: "slow down: 50 %\n".into(),
            raw: None,
            retry_after: Some(RetryAfter {
                time: Duration::from_millis(1500),
                in_millis: true,
            }),
            close: false,
            grpc_status,
        }
    }

    fn lines(fields: &[Field]) -> String {
        let lines = fields.iter().map(|field| {
            let text = [&field.name[..], b": ", &field.value].concat();
            String::from_utf8(text).unwrap()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    const HTTP: &str = ":status: 429\nx-a: 1\nset-cookie: a\nset-cookie: b\ncontent-type: text/plain\n\
        retry-after: 2\nretry-after-ms: 1500\ncontent-length: 16";

    #[test]
    fn an_answer_of_http_has_its_length_and_the_time_to_wait() {
        let asked = Asked::default();
        let (fields, body) = given(&answer(None), asked).unwrap();
        assert_eq!(lines(&fields), HTTP);
        assert_eq!(body, "slow down: 50 %\n");
        let is_head = true;
        let (fields, body) = given(&answer(Some(8)), Asked { is_head, ..asked }).unwrap();
        assert_eq!((lines(&fields).as_str(), body.len()), (HTTP, 0));
    }

    #[test]
    fn an_answer_of_grpc_is_all_trailers() {
        let asked = Asked {
            is_grpc: true,
            ..Asked::default()
        };
        let (fields, body) = given(&answer(Some(8)), asked).unwrap();
        let expected = ":status: 200\ncontent-type: application/grpc\ngrpc-status: 8\n\
            grpc-message: slow down: 50 %25%0A\ngrpc-retry-pushback-ms: 1500\nx-a: 1\nset-cookie: a\nset-cookie: b";
        assert_eq!((lines(&fields).as_str(), body.len()), (expected, 0));
    }

    #[test]
    fn raw_bytes_are_no_answer_of_http_2() {
        let raw = Some("x".into());
        let answer = Answer {
            raw,
            ..answer(None)
        };
        assert!(given(&answer, Asked::default()).is_none());
    }
}
