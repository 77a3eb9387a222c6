//! What is known of a message from its head, and what is refused.

use aconite::protocol::http1::{
    BodyFraming, FieldSpace, HeadReader, Method, Parsed, Refusal, Request, Response, Version,
    request_head, response_head,
};

fn with_request<T>(head: &str, look: impl FnOnce(&Request<'_>) -> T) -> T {
    match request_head(head.as_bytes(), &mut FieldSpace::new()) {
        Parsed::Complete(request) => look(&request),
        other => panic!("{head:?}: {other:?}"),
    }
}

fn with_response<T>(head: &str, method: Method, look: impl FnOnce(&Response<'_>) -> T) -> T {
    match response_head(head.as_bytes(), method, &mut FieldSpace::new()) {
        Parsed::Complete(response) => look(&response),
        other => panic!("{head:?}: {other:?}"),
    }
}

/// Why these bytes of a client are refused: at once, in single bytes, and in pieces of seven.
fn refused(bytes: &[u8]) -> Refusal {
    let whole = match request_head(bytes, &mut FieldSpace::new()) {
        Parsed::Refused(refusal) => refusal,
        other => panic!("{:?}: {other:?}", bytes.escape_ascii().to_string()),
    };
    for step in [1, 7] {
        let mut reader = HeadReader::default();
        let shown = (step..bytes.len()).step_by(step).chain([bytes.len()]);
        let refused = shown.into_iter().any(|end| {
            let mut space = FieldSpace::new();
            let parsed = reader.request(&bytes[..end], &mut space);
            matches!(parsed, Parsed::Refused(_))
        });
        assert!(refused, "{:?}", bytes.escape_ascii().to_string());
    }
    whole
}

fn refused_answer(head: &str) -> Refusal {
    match response_head(head.as_bytes(), Method::Other, &mut FieldSpace::new()) {
        Parsed::Refused(refusal) => refusal,
        other => panic!("{head:?}: {other:?}"),
    }
}

#[test]
fn request_is_described_by_its_head() {
    let head = "POST /v1/chat?x=1?y HTTP/1.1\r\nhOST:  api.test:80 \r\nContent-Length: 5\r\n\r\n";
    with_request(&format!("{head}hello"), |request| {
        let seen = request.head;
        assert_eq!(
            (seen.method, seen.path, seen.query),
            ("POST", "/v1/chat", Some("x=1?y"))
        );
        assert_eq!((seen.host, seen.fields.len()), ("api.test:80", 2));
        assert_eq!(seen.field("HOST"), Some(&b"api.test:80"[..]));
        assert_eq!(
            (request.len, request.version),
            (head.len(), Version::Http11)
        );
        assert_eq!(request.framing, BodyFraming::Length(5));
        assert!(request.keeps_alive && !request.expects_continue && !request.upgrade);
    });
}

#[test]
fn target_in_any_form_gives_host_path_and_query() {
    let seen = |line: &str| {
        with_request(
            &format!("{line} HTTP/1.1\r\nHost: field\r\n\r\n"),
            |request| {
                let head = request.head;
                (
                    head.host.to_owned(),
                    head.path.to_owned(),
                    head.query.map(str::to_owned),
                )
            },
        )
    };
    let expected = |host: &str, path: &str, query: Option<&str>| {
        (host.to_owned(), path.to_owned(), query.map(str::to_owned))
    };
    assert_eq!(seen("GET /a"), expected("field", "/a", None));
    assert_eq!(
        seen("GET /u/http://b/c?"),
        expected("field", "/u/http://b/c", Some(""))
    );
    assert_eq!(
        seen("GET http://u:p@b:8/c?d"),
        expected("b:8", "/c", Some("d"))
    );
    assert_eq!(seen("GET http://b?d/e"), expected("b", "/", Some("d/e")));
    assert_eq!(seen("OPTIONS *"), expected("field", "*", None));
    assert_eq!(seen("CONNECT b:443"), expected("b:443", "b:443", None));
}

#[test]
fn empty_lines_before_a_request_belong_to_its_head() {
    let head = "\r\n\nGET / HTTP/1.1\n\r\n";
    assert_eq!(with_request(head, |request| request.len), head.len());
    assert_eq!(
        refused_answer("\r\nHTTP/1.1 200 OK\r\n\r\n"),
        Refusal::NoStatusLine
    );
}

#[test]
fn connection_options_and_version_decide_what_may_follow() {
    let keeps = |version: &str, fields: &str| {
        let head = format!("GET / HTTP/{version}\r\n{fields}\r\n");
        with_request(&head, |request| request.keeps_alive)
    };
    assert!(keeps("1.1", "") && keeps("1.0", "Connection: Keep-Alive\r\n"));
    assert!(!keeps("1.0", "") && !keeps("1.1", "Connection: te, Close\r\n"));
    assert!(!keeps("1.0", "Connection: keep-alive, close\r\n"));
    let head = "GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert!(with_request(head, |request| request.upgrade));
    let head = "PUT / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n";
    assert!(with_request(head, |request| request.expects_continue));
}

#[test]
fn request_body_is_framed_by_its_fields() {
    let framing = |fields: &str| {
        with_request(&format!("POST / HTTP/1.1\r\n{fields}\r\n"), |request| {
            request.framing
        })
    };
    assert_eq!(framing(""), BodyFraming::None);
    assert_eq!(framing("Content-Length: 0\r\n"), BodyFraming::Length(0));
    assert_eq!(
        framing("Content-Length: 5\r\ncontent-length: 05\r\n"),
        BodyFraming::Length(5)
    );
    assert_eq!(
        framing("Content-Length: 18446744073709551615\r\n"),
        BodyFraming::Length(u64::MAX)
    );
    assert_eq!(
        framing("Transfer-Encoding: Chunked\r\n"),
        BodyFraming::Chunked
    );
    assert_eq!(
        framing("Transfer-Encoding: gzip, chunked\r\n"),
        BodyFraming::Chunked
    );
    assert_eq!(
        framing("TE: trailers\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        BodyFraming::Chunked
    );
}

#[test]
fn contradictory_framing_is_refused() {
    let why = |fields: &str| refused(format!("POST / HTTP/1.1\r\n{fields}\r\n").as_bytes());
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    assert_eq!(why(both), Refusal::LengthAndEncoding);
    assert_eq!(
        why("Content-Length: 5\r\nContent-Length: 6\r\n"),
        Refusal::LengthsDiffer
    );
    for wrong in [
        "",
        "+5",
        "-1",
        "5,",
        "5, 5",
        "5, 6",
        "0x5",
        "5 5",
        "5.0",
        "18446744073709551616",
    ] {
        assert_eq!(
            why(&format!("Content-Length: {wrong}\r\n")),
            Refusal::NoLength,
            "{wrong:?}"
        );
    }
    for unclear in [
        "gzip",
        "chunked, gzip",
        "chunked, chunked",
        "chunked;a=b",
        "",
        "xchunked",
        "\"chunked\"",
        "chunked,",
    ] {
        let fields = format!("Transfer-Encoding: {unclear}\r\n");
        assert_eq!(why(&fields), Refusal::UnclearEncoding, "{unclear:?}");
    }
    let old = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(refused(old), Refusal::UnclearEncoding);
}

#[test]
fn response_without_a_body_has_none_whatever_its_fields_say() {
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    for (method, status) in [
        (Method::Head, 200),
        (Method::Head, 503),
        (Method::Other, 204),
        (Method::Other, 304),
        (Method::Other, 100),
        (Method::Other, 103),
        (Method::Other, 101),
        (Method::Connect, 200),
    ] {
        let head = format!("HTTP/1.1 {status} X\r\n{both}\r\n");
        with_response(&head, method, |response| {
            assert_eq!(response.framing, BodyFraming::None, "{method:?} {status}");
            assert_eq!(response.interim, matches!(status, 100 | 103), "{status}");
            let tunnel = status == 101 || method == Method::Connect;
            assert_eq!(response.tunnel, tunnel, "{method:?} {status}");
        });
    }
    assert_eq!(
        refused_answer(&format!("HTTP/1.1 200 OK\r\n{both}\r\n")),
        Refusal::LengthAndEncoding
    );
}

#[test]
fn response_body_is_framed_by_its_fields_or_ends_with_the_connection() {
    let seen = |line: &str, fields: &str, method| {
        let head = format!("{line}\r\n{fields}\r\n");
        with_response(&head, method, |response| {
            (response.framing, response.keeps_alive)
        })
    };
    let ok = "HTTP/1.1 200 OK";
    let chunked = "Transfer-Encoding: chunked\r\n";
    assert_eq!(
        seen(ok, chunked, Method::Other),
        (BodyFraming::Chunked, true)
    );
    assert_eq!(seen(ok, "", Method::Other), (BodyFraming::UntilEnd, false));
    assert_eq!(
        seen(ok, "Transfer-Encoding: gzip\r\n", Method::Other),
        (BodyFraming::UntilEnd, false)
    );
    let failed = seen("HTTP/1.1 407 X", "Content-Length: 2\r\n", Method::Connect);
    assert_eq!(failed, (BodyFraming::Length(2), true));
    let old = "Connection: keep-alive\r\nContent-Length: 2\r\n";
    assert_eq!(
        seen("HTTP/1.0 200 OK", old, Method::Other),
        (BodyFraming::Length(2), true)
    );
    let nameless = seen("HTTP/1.1 299", "Content-Length: 2\r\n", Method::Other);
    assert_eq!(nameless, (BodyFraming::Length(2), true));
}

#[test]
fn head_that_is_not_well_formed_is_refused() {
    let why = |fields: &str| refused(format!("GET / HTTP/1.1\r\n{fields}\r\n").as_bytes());
    assert_eq!(why("A: b\r\n c\r\n"), Refusal::Folded);
    assert_eq!(why(" A: b\r\n"), Refusal::Folded);
    for wrong in [
        "A: b\0\r\n",
        "A: b\rc\r\n",
        "A : b\r\n",
        "A\r\n",
        "A\x01: b\r\n",
        "A: \x7f\r\n",
    ] {
        assert_eq!(why(wrong), Refusal::Malformed, "{wrong:?}");
    }
    let folded = "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n";
    assert_eq!(refused_answer(folded), Refusal::Folded);
}

#[test]
fn other_protocols_are_refused_at_their_first_bytes() {
    for (bytes, why) in [
        (&b"\x16\x03\x01\x02\x00\x01"[..], Refusal::Tls),
        (b"\x16", Refusal::Tls),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04",
            Refusal::Http2,
        ),
        (b"\0\0\0\x08\x04\xd2\x16\x2f", Refusal::NoRequestLine),
        (b"*1\r\n", Refusal::NoRequestLine),
        (b"PING\r\n", Refusal::NoRequestLine),
        (b"EHLO localhost\r\n", Refusal::NoRequestLine),
        (b"get key\r\n", Refusal::NoRequestLine),
        (b"GET / HTTP/1.2\r\n", Refusal::NoRequestLine),
        (b"GET / HTTP/2.0\r\n", Refusal::NoRequestLine),
        (b"PRI * HTTP/2.0\r\n\r\nSN", Refusal::NoRequestLine),
    ] {
        assert_eq!(refused(bytes), why, "{}", bytes.escape_ascii());
    }
    for (text, why) in [
        ("220 mail.test ESMTP\r\n", Refusal::NoStatusLine),
        ("ICY 200 OK\r\n", Refusal::NoStatusLine),
        ("HTTP/2 200\r\n", Refusal::NoStatusLine),
        ("HTTP/1.1 099 X\r\n\r\n", Refusal::NoStatusLine),
        ("\x15\x03", Refusal::Tls),
    ] {
        assert_eq!(refused_answer(text), why, "{text:?}");
    }
}

#[test]
fn reasons_of_refusals_are_counted_apart_for_http2() {
    use aconite::protocol::http::Skip;
    assert_eq!(Refusal::Http2.skip(), Skip::Http2);
    assert_eq!(Refusal::Tls.skip(), Skip::NotHttp);
}

#[test]
fn head_beyond_a_limit_is_refused() {
    let long = |bytes: usize| {
        let mut head = b"GET / HTTP/1.1\r\nA: ".to_vec();
        head.resize(bytes - 4, b'a');
        head.extend_from_slice(b"\r\n\r\n");
        head
    };
    let fits = long(64 << 10);
    assert_eq!(
        with_request(std::str::from_utf8(&fits).unwrap(), |request| request.len),
        64 << 10
    );
    assert_eq!(refused(&long((64 << 10) + 1)), Refusal::HeadTooLong);
    assert_eq!(refused(&long(100_000)[..70_000]), Refusal::HeadTooLong);
    let many = |fields: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "a:b\r\n".repeat(fields));
    assert_eq!(
        with_request(&many(256), |request| request.head.fields.len()),
        256
    );
    assert_eq!(refused(many(257).as_bytes()), Refusal::TooManyFields);
    let line = format!("GET /{}", "a".repeat(8 << 10));
    assert_eq!(refused(line.as_bytes()), Refusal::NoRequestLine);
}

#[test]
fn head_of_single_bytes_is_parsed_in_linear_time() {
    // 64 KiB in single bytes. Parsing all of it again for each would look at two billion bytes.
    let mut head = b"GET / HTTP/1.1\r\n".to_vec();
    while head.len() < (64 << 10) - 300 {
        head.extend_from_slice(format!("a: {}\r\n", "b".repeat(250)).as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    let mut reader = HeadReader::default();
    for end in 1..head.len() {
        let mut space = FieldSpace::new();
        let parsed = reader.request(&head[..end], &mut space);
        assert!(matches!(parsed, Parsed::Partial), "{end}: {parsed:?}");
        assert!(reader.is_within_head());
    }
    let mut space = FieldSpace::new();
    match reader.request(&head, &mut space) {
        Parsed::Complete(request) => assert_eq!(request.len, head.len()),
        other => panic!("{other:?}"),
    }
    assert!(!reader.is_within_head(), "ready for the next head");
}
