//! Random bytes and random messages: no panic, progress, and the same verdict under any cuts.

use aconite::protocol::http1::{
    BodyFraming, BodyReader, FieldSpace, HeadReader, Method, Parsed, request_head, response_head,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Pieces that messages are made of, right and wrong ones.
const PIECES: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "POST /a?b HTTP/1.0\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 204 \r\n",
    "PRI * HTTP/2.0\r\n\r\n",
    "SM\r\n\r\n",
    "Host: a\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 6\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "\r\n",
    "\n",
    "\r",
    " ",
    "\0",
    "A: b\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "a;x=y\r\n0123456789\r\n",
    "\u{16}\u{3}",
    "f",
    "é",
];

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What is said of the first head: its length and framing, or that there is none.
#[derive(Debug, PartialEq)]
enum Verdict {
    Complete(usize, BodyFraming),
    Partial,
    Refused,
}

fn requests(parsed: Parsed<aconite::protocol::http1::Request<'_>>) -> Verdict {
    match parsed {
        Parsed::Complete(request) => Verdict::Complete(request.len, request.framing),
        Parsed::Partial => Verdict::Partial,
        Parsed::Refused(_) => Verdict::Refused,
    }
}

fn answers(parsed: Parsed<aconite::protocol::http1::Response<'_>>) -> Verdict {
    match parsed {
        Parsed::Complete(response) => Verdict::Complete(response.len, response.framing),
        Parsed::Partial => Verdict::Partial,
        Parsed::Refused(_) => Verdict::Refused,
    }
}

/// The verdict of a reader that is shown ever more of these bytes.
fn in_pieces(bytes: &[u8], sizes: &[usize], mut read: impl FnMut(&[u8]) -> Verdict) -> Verdict {
    let (mut end, mut sizes) = (0, sizes.iter().cycle());
    loop {
        end = (end + sizes.next().unwrap()).min(bytes.len());
        let verdict = read(&bytes[..end]);
        if verdict != Verdict::Partial || end == bytes.len() {
            return verdict;
        }
    }
}

proptest! {
    #[test]
    fn head_has_the_same_verdict_under_any_cuts(bytes in stream(), sizes in vec(1_usize..40, 1..6)) {
        // With this end, every head is complete or wrong.
        let bytes = [&bytes[..], b"x\n\n"].concat();
        let whole = requests(request_head(&bytes, &mut FieldSpace::new()));
        let mut reader = HeadReader::default();
        let cut = in_pieces(&bytes, &sizes, |shown| {
            requests(reader.request(shown, &mut FieldSpace::new()))
        });
        prop_assert_eq!(cut, whole);
        let whole = answers(response_head(&bytes, Method::Other, &mut FieldSpace::new()));
        let mut reader = HeadReader::default();
        let cut = in_pieces(&bytes, &sizes, |shown| {
            answers(reader.response(shown, Method::Other, &mut FieldSpace::new()))
        });
        prop_assert_eq!(cut, whole);
    }

    #[test]
    fn body_reader_takes_exactly_the_message(
        chunks in vec(vec(any::<u8>(), 1..50), 0..6),
        trailers in proptest::sample::select(&["", "A: b\r\n", "A: b\r\nC: d\r\n"][..]),
        after in vec(any::<u8>(), 0..20),
        sizes in vec(1_usize..30, 1..6),
    ) {
        let mut wire = Vec::new();
        for chunk in &chunks {
            wire.extend_from_slice(format!("{:x};e\r\n", chunk.len()).as_bytes());
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(format!("0\r\n{trailers}\r\n").as_bytes());
        let payload = chunks.concat();
        for (framing, message) in [
            (BodyFraming::Chunked, &wire),
            (BodyFraming::Length(payload.len() as u64), &payload),
        ] {
            let stream = [&message[..], &after].concat();
            let (mut reader, mut taken) = (BodyReader::new(framing), 0);
            let mut sizes = sizes.iter().cycle();
            while !reader.is_done() {
                let end = (taken + sizes.next().unwrap()).min(stream.len());
                let span = reader.advance(&stream[taken..end]).unwrap();
                prop_assert!(span.len > 0);
                taken += span.len;
            }
            prop_assert_eq!(taken, message.len());
        }
    }

    #[test]
    fn body_reader_makes_progress_with_any_bytes(bytes in stream(), size in 1_usize..40) {
        let mut reader = BodyReader::new(BodyFraming::Chunked);
        for chunk in bytes.chunks(size) {
            match reader.advance(chunk) {
                Ok(span) => prop_assert!(span.len == chunk.len() || span.done),
                Err(_) => break,
            }
        }
    }
}
