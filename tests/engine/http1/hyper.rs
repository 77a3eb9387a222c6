//! hyper as the oracle, over pipes in memory: traffic that both accept is framed alike, and what hyper
//! reads in another way is refused here.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use aconite::protocol::http1::{
    BodyReader, FieldSpace, Method, Parsed, PartKind, request_head, response_head,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What a stream of requests came to: each whole one with its method, target and content.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    requests: Vec<(String, String, Vec<u8>)>,
    refused: bool,
    /// The last request was the last of the connection.
    closed: bool,
}

fn ours(stream: &[u8]) -> Seen {
    let (mut seen, mut rest) = (Seen::default(), stream);
    loop {
        let mut space = FieldSpace::new();
        let request = match request_head(rest, &mut space) {
            Parsed::Complete(request) => request,
            Parsed::Partial => return seen,
            Parsed::Refused(_) => {
                seen.refused = true;
                return seen;
            }
        };
        let Ok((content, done, len)) = body(BodyReader::new(request.framing), &rest[request.len..])
        else {
            seen.refused = true;
            return seen;
        };
        if !done {
            return seen;
        }
        let head = request.head;
        let query = head
            .query
            .map_or(String::new(), |query| format!("?{query}"));
        let target = format!("{}{query}", head.path);
        seen.requests.push((head.method.into(), target, content));
        if !request.keeps_alive {
            seen.closed = true;
            return seen;
        }
        rest = &rest[request.len + len..];
    }
}

/// The content, whether it ends within these bytes, and how many of them belong to the message.
fn body(mut reader: BodyReader, bytes: &[u8]) -> Result<(Vec<u8>, bool, usize), ()> {
    let (mut content, mut taken) = (Vec::new(), 0);
    while !reader.is_done() && taken < bytes.len() {
        let part = reader.next(&bytes[taken..]).map_err(drop)?;
        if part.kind == PartKind::Payload {
            content.extend_from_slice(&bytes[taken..taken + part.len]);
        }
        taken += part.len;
    }
    Ok((content, reader.is_done(), taken))
}

fn wait<T>(something: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    runtime.block_on(something)
}

/// The requests that a server of hyper's read whole.
fn hypers(stream: &[u8]) -> Vec<(String, String, Vec<u8>)> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let keep = Rc::clone(&seen);
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let keep = Rc::clone(&keep);
        async move {
            let (head, body) = request.into_parts();
            if let Ok(body) = body.collect().await {
                let target = head
                    .uri
                    .path_and_query()
                    .map_or("*", |target| target.as_str());
                let content = body.to_bytes().to_vec();
                let method = head.method.to_string();
                keep.borrow_mut().push((method, target.to_owned(), content));
            }
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    wait(async {
        let mut builder = hyper::server::conn::http1::Builder::new();
        let serving = builder
            .half_close(true)
            .serve_connection(TokioIo::new(server), service);
        let sending = async {
            // A server that has closed does not take the rest.
            let _ = client.write_all(stream).await;
            let _ = client.shutdown().await;
            let _ = client.read_to_end(&mut Vec::new()).await;
        };
        let _ = tokio::join!(serving, sending);
    });
    seen.take()
}

/// The answer that a client of hyper's got to its request: its status, its content, and whether that is
/// whole.
fn hypers_answer(stream: &[u8], method: &str) -> Option<(u16, Vec<u8>, bool)> {
    let (client, mut server) = tokio::io::duplex(1 << 16);
    let request = Request::builder()
        .method(method)
        .uri("/")
        .body(Empty::<Bytes>::new());
    wait(async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(client))
            .await
            .unwrap();
        let answering = async {
            let mut head = [0; 256];
            // Not before the request: what comes earlier is no answer to it.
            let _ = server.read(&mut head).await;
            let _ = server.write_all(stream).await;
            let _ = server.shutdown().await;
            drop(server);
        };
        let asking = async {
            let response = sender.send_request(request.unwrap()).await.ok()?;
            let status = response.status().as_u16();
            let (mut content, mut body) = (Vec::new(), response.into_body());
            while let Some(frame) = body.frame().await {
                match frame.map(hyper::body::Frame::into_data) {
                    Ok(Ok(bytes)) => content.extend_from_slice(&bytes),
                    Ok(Err(_trailers)) => {}
                    Err(_) => return Some((status, content, false)),
                }
            }
            drop(sender);
            Some((status, content, true))
        };
        let (_, _, answer) = tokio::join!(connection, answering, asking);
        answer
    })
}

/// What ours makes of the same bytes: the answer, or whether they are refused.
fn our_answer(stream: &[u8], method: Method) -> Result<Option<(u16, Vec<u8>, bool)>, ()> {
    let mut rest = stream;
    loop {
        let mut space = FieldSpace::new();
        let response = match response_head(rest, method, &mut space) {
            Parsed::Complete(response) => response,
            Parsed::Partial => return Ok(None),
            Parsed::Refused(_) => return Err(()),
        };
        rest = &rest[response.len..];
        if response.interim {
            continue;
        }
        let reader = BodyReader::new(response.framing);
        let (content, done, _) = body(reader, rest)?;
        let open = BodyReader::new(response.framing).may_end();
        return Ok(Some((response.head.status, content, done || open)));
    }
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let http = Just(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n0\r\n\r\n".to_vec());
    prop_oneof![3 => vec(any::<u8>(), 0..60), 1 => http]
}

fn chunks(content: &[u8], size: usize) -> Vec<u8> {
    let mut wire = Vec::new();
    for chunk in content.chunks(size) {
        wire.extend_from_slice(format!("{:X}; a=b\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

/// A message that is right: this first line, fields, and the content in one of three framings.
fn message(line: &str, content: &[u8], kind: u8, size: usize) -> Vec<u8> {
    let other = "Host: a\r\nx-y:  z \r\n";
    let (field, body) = match kind {
        0 => (String::new(), Vec::new()),
        1 => (
            format!("content-LENGTH: {}\r\n", content.len()),
            content.to_vec(),
        ),
        2 => {
            let body = [&chunks(content, size)[..], b"0\r\nA: b\r\n\r\n"].concat();
            ("Transfer-Encoding: chunked\r\n".to_owned(), body)
        }
        _ => (String::new(), content.to_vec()),
    };
    [format!("{line}\r\n{other}{field}\r\n").as_bytes(), &body].concat()
}

/// Fields that frame a message, right and wrong ones.
const FIELDS: &[&str] = &[
    "",
    "Content-Length: 5\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 6\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: 18446744073709551616\r\n",
    "Content-Length:\t5 \n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, Chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "transfer-encoding : chunked\r\n",
    " Content-Length: 5\r\n",
    "Transfer-Encoding: chunked;a=b\r\n",
    "Connection: close\r\n",
    "A: b\rContent-Length: 5\r\n",
];

/// What follows a head: bodies, right and wrong ones.
const BODIES: &[&str] = &[
    "",
    "hello",
    "5\r\nhello\r\n0\r\n\r\n",
    "005 ;a=\"b\"\r\nhello\r\n0;c\r\nA: b\r\n\r\n",
    "5\nhello\n0\n\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    "5;a\nb\r\nhello\r\n0\r\n\r\n",
    "10000000000000005\r\nhello\r\n0\r\n\r\n",
    "4\r\nhello\r\n0\r\n\r\n",
];

/// Every head with two of the fields before every body, and what follows it.
fn every_message(line: &str, next: &str) -> impl Iterator<Item = Vec<u8>> {
    let pairs = FIELDS
        .iter()
        .flat_map(|one| FIELDS.iter().map(move |other| (one, other)));
    pairs.flat_map(move |(one, other)| {
        BODIES
            .iter()
            .map(move |body| format!("{line}\r\n{one}{other}\r\n{body}{next}").into_bytes())
    })
}

#[test]
fn requests_that_hyper_reads_in_another_way_are_refused() {
    let mut read = 0;
    for line in ["POST /a?b HTTP/1.1", "POST / HTTP/1.0"] {
        for stream in every_message(line, "GET /next HTTP/1.1\r\n\r\n") {
            let (ours, hypers) = (ours(&stream), hypers(&stream));
            let text = stream.escape_ascii();
            match ours.refused {
                true => assert!(
                    hypers.starts_with(&ours.requests),
                    "{text}: {ours:?} {hypers:?}"
                ),
                false => assert_eq!(ours.requests, hypers, "{text}"),
            }
            read += ours.requests.len();
        }
    }
    assert!(read > 200, "{read} requests were read");
}

#[test]
fn answers_that_hyper_reads_in_another_way_are_refused() {
    let mut read = 0;
    for (line, method) in [
        ("HTTP/1.1 200 OK", "GET"),
        ("HTTP/1.0 200 OK", "GET"),
        ("HTTP/1.1 200", "HEAD"),
    ] {
        for stream in every_message(line, "") {
            let hypers = hypers_answer(&stream, method);
            let hypers = hypers.filter(|(_, _, whole)| *whole);
            let text = stream.escape_ascii();
            if let Ok(ours) = our_answer(&stream, Method::of(method)) {
                let ours = ours.filter(|(_, _, whole)| *whole);
                read += usize::from(ours.is_some());
                assert_eq!(ours, hypers, "{method} {text}");
            }
        }
    }
    assert!(read > 200, "{read} answers were read");
}

proptest! {
    #[test]
    fn right_requests_are_framed_as_hyper_frames_them(
        messages in vec((content(), 0_u8..3, 1_usize..20), 1..5),
    ) {
        let stream = messages.iter().map(|(content, kind, size)| {
            message("POST /a/b?c HTTP/1.1", content, *kind, *size)
        });
        let stream = stream.collect::<Vec<_>>().concat();
        let seen = ours(&stream);
        prop_assert!(!seen.refused);
        prop_assert_eq!(seen.requests.len(), messages.len());
        prop_assert_eq!(seen.requests, hypers(&stream));
    }

    #[test]
    fn right_answers_are_framed_as_hyper_frames_them(
        content in content(), kind in 0_u8..4, size in 1_usize..20, status in 0_usize..5, head in any::<bool>(),
    ) {
        let status = [200, 204, 304, 404, 503][status];
        let line = format!("HTTP/1.1 {status} X");
        let mut stream = message(&line, &content, kind, size);
        let method = if head { "HEAD" } else { "GET" };
        if head || matches!(status, 204 | 304) {
            stream = message(&line, b"", kind.min(1), size);
        }
        let stream = [b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\n", &stream[..]].concat();
        let ours = our_answer(&stream, Method::of(method));
        prop_assert!(matches!(ours, Ok(Some(_))), "{ours:?}");
        prop_assert_eq!(ours.unwrap(), hypers_answer(&stream, method));
    }
}
