//! Where bodies end, and which of their bytes are the payload.

use aconite::protocol::http1::{BodyFraming, BodyReader, PartKind, Refusal};

/// The payload and the trailers of a body, and what follows it. Panics if they depend on the cuts.
fn read(framing: BodyFraming, bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>, usize, bool), Refusal> {
    let with = |size: usize| {
        let mut reader = BodyReader::new(framing);
        let (mut payload, mut trailers, mut taken) = (Vec::new(), Vec::new(), 0);
        for chunk in bytes.chunks(size) {
            let mut rest = chunk;
            while !rest.is_empty() && !reader.is_done() {
                let part = reader.next(rest)?;
                assert!(part.len > 0, "no progress");
                let (now, later) = rest.split_at(part.len);
                match part.kind {
                    PartKind::Payload => payload.extend_from_slice(now),
                    PartKind::Trailers => trailers.extend_from_slice(now),
                    PartKind::Framing => {}
                }
                rest = later;
                taken += part.len;
            }
        }
        Ok((payload, trailers, taken, reader.is_done()))
    };
    let whole = with(bytes.len().max(1));
    for size in 1..bytes.len().min(20) {
        assert_eq!(with(size), whole, "in chunks of {size}");
    }
    whole
}

fn chunked(bytes: &str) -> Result<(String, String, usize, bool), Refusal> {
    let (payload, trailers, taken, done) = read(BodyFraming::Chunked, bytes.as_bytes())?;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ok((text(payload), text(trailers), taken, done))
}

#[test]
fn body_without_chunks_ends_at_its_length() {
    let body = read(BodyFraming::Length(5), b"helloGET");
    assert_eq!(body, Ok((b"hello".to_vec(), Vec::new(), 5, true)));
    assert_eq!(
        read(BodyFraming::None, b"GET"),
        Ok((Vec::new(), Vec::new(), 0, true))
    );
    let open = read(BodyFraming::UntilEnd, b"hello");
    assert_eq!(open, Ok((b"hello".to_vec(), Vec::new(), 5, false)));
    assert!(BodyReader::new(BodyFraming::UntilEnd).may_end());
    assert!(!BodyReader::new(BodyFraming::Length(1)).may_end());
    assert!(BodyReader::new(BodyFraming::Length(0)).is_done());
}

#[test]
fn chunked_body_ends_behind_its_trailers() {
    let plain = "5\r\nhello\r\n0\r\n\r\n";
    let read = chunked(&format!("{plain}GET"));
    assert_eq!(read, Ok(("hello".into(), "\r\n".into(), plain.len(), true)));
    let rich = "00a ; a=\"b\"\r\n0123456789\r\n2;x\r\n\r\n\r\n0;last\r\nA: b\r\nC:\r\n\r\n";
    let read = chunked(rich);
    let payload = "0123456789\r\n".to_owned();
    assert_eq!(
        read,
        Ok((payload, "A: b\r\nC:\r\n\r\n".into(), rich.len(), true))
    );
    let open = chunked("ffffffffffffffff\r\nabc");
    assert_eq!(open, Ok(("abc".into(), String::new(), 21, false)));
}

#[test]
fn wrong_chunk_is_refused() {
    for wrong in [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "0x5\r\n",
        " 5\r\n",
        "5\n",
        "5\rx",
        "5 5\r\n",
        "5;a\nb",
        "5;\0\r\n",
        "10000000000000000\r\n",
        "2\r\nabc",
        "2\r\nab\n",
        ";a\r\n",
    ] {
        assert_eq!(chunked(wrong), Err(Refusal::WrongChunk), "{wrong:?}");
    }
    for wrong in [
        "0\r\n\n",
        "0\r\nA: b\n",
        "0\r\n A: b\r\n",
        "0\r\nA\0: b\r\n",
        "0\r\n\rx",
        "0\r\nA: b\rx",
    ] {
        assert_eq!(chunked(wrong), Err(Refusal::WrongTrailers), "{wrong:?}");
    }
}

#[test]
fn lines_of_chunks_and_trailers_have_limits() {
    let line = |len: usize| format!("1;{}\r\na", "x".repeat(len - 4));
    assert_eq!(
        chunked(&line(1024)),
        Ok(("a".into(), String::new(), 1025, false))
    );
    assert_eq!(chunked(&line(1025)), Err(Refusal::WrongChunk));
    let trailers = |len: usize| format!("0\r\nA: {}\r\n\r\n", "x".repeat(len - 7));
    assert!(chunked(&trailers(16 << 10)).is_ok_and(|(_, _, _, done)| done));
    assert_eq!(
        chunked(&trailers((16 << 10) + 1)),
        Err(Refusal::WrongTrailers)
    );
}

#[test]
fn advance_stops_at_the_end_of_the_message() {
    let mut reader = BodyReader::new(BodyFraming::Chunked);
    let first = reader.advance(b"3\r\nab").unwrap();
    assert_eq!((first.len, first.done), (5, false));
    let last = reader.advance(b"c\r\n0\r\n\r\nHTTP/1.1").unwrap();
    assert_eq!((last.len, last.done), (8, true));
    assert_eq!(reader.advance(b"HTTP/1.1").unwrap().len, 0);
}
