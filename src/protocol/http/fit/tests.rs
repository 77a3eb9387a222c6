//! Which requests and answers fit.

use super::*;
use crate::protocol::http::Pattern;

fn pattern(text: &str) -> Option<Pattern> {
    Some(Pattern::new(text).unwrap())
}

fn get(target: &'static str) -> RequestHead<'static> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    RequestHead {
        method: "GET",
        host: "Api.Example.com:8080",
        path,
        query,
        fields: &[],
    }
}

#[test]
fn escapes_of_unreserved_characters_are_decoded_and_others_are_not() {
    for (sent, seen) in [
        ("/a%7Eb", "/a~b"),
        ("/%61%2Fb", "/a%2Fb"),
        ("/%", "/%"),
        ("/%4", "/%4"),
        ("/%zz%41", "/%zzA"),
        ("/%25%34%31", "/%2541"),
    ] {
        assert_eq!(decoded(sent.as_bytes()).as_ref(), seen.as_bytes(), "{sent}");
    }
}

#[test]
fn a_host_is_matched_in_any_case_with_or_without_its_port() {
    for (host, text, fits) in [
        ("Api.Example.com:8080", "api.example.com", true),
        ("Api.Example.com:8080", "API.example.com:8080", true),
        ("Api.Example.com:8080", "api.example.com:80", false),
        ("api.example.com", "*.example.com", true),
        ("[::1]:8080", "[::1]", true),
        ("[::1]", "[::1]", true),
        ("", "*", true),
        ("", "?*", false),
        ("Api.Example.com", "~^api\\.", true),
    ] {
        let matching = HttpMatch {
            host: pattern(text),
            ..HttpMatch::default()
        };
        let request = RequestHead { host, ..get("/") };
        assert_eq!(
            matching.fits_request(&request),
            fits,
            "{host} against {text}"
        );
    }
}

#[test]
fn path_query_and_method_must_all_fit() {
    let matching = HttpMatch {
        methods: vec!["GET".to_owned(), "HEAD".to_owned()],
        path: pattern("/v1/*"),
        query: pattern("*stream=true*"),
        ..HttpMatch::default()
    };
    assert!(matching.fits_request(&get("/v1/chat?stream=true")));
    assert!(!matching.fits_request(&get("/v1/chat")));
    assert!(!matching.fits_request(&get("/v2/chat?stream=true")));
    let post = RequestHead {
        method: "get",
        ..get("/v1/chat?stream=true")
    };
    assert!(!matching.fits_request(&post));
}

#[test]
fn fields_can_be_required_present_absent_or_with_a_value() {
    let fields = [
        httparse::Header {
            name: "X-Try",
            value: b"0",
        },
        httparse::Header {
            name: "accept",
            value: b"text/html",
        },
        httparse::Header {
            name: "Accept",
            value: b"text/event-stream",
        },
    ];
    let request = RequestHead {
        fields: &fields,
        ..get("/")
    };
    let value = |text: &str| HeaderTest::Value(Pattern::new(text).unwrap());
    for (name, test, fits) in [
        ("x-try", HeaderTest::Present, true),
        ("x-try", HeaderTest::Absent, false),
        ("x-other", HeaderTest::Absent, true),
        ("X-TRY", value("0"), true),
        ("X-TRY", value("1"), false),
        ("ACCEPT", value("*event*"), true),
        ("x-other", value("*"), false),
    ] {
        let matching = HttpMatch {
            headers: vec![(name.to_owned(), test.clone())],
            ..HttpMatch::default()
        };
        assert_eq!(matching.fits_request(&request), fits, "{name} {test:?}");
    }
}

#[test]
fn numbers_must_be_in_a_range_and_a_multiple_of_nth() {
    let matching = HttpMatch {
        requests: vec![1..=4, 8..=u64::MAX],
        nth: std::num::NonZero::new(2),
        ..HttpMatch::default()
    };
    let acted: Vec<u64> = (1..=12).filter(|one| matching.fits_number(*one)).collect();
    assert_eq!(acted, [2, 4, 8, 10, 12]);
}

#[test]
fn an_answer_fits_by_status_and_media_type_without_parameters() {
    let head = |status, value: &'static str| {
        let fields = vec![httparse::Header {
            name: "Content-Type",
            value: value.as_bytes(),
        }];
        (status, fields)
    };
    let matching = HttpMatch {
        status: vec![200..=200, 500..=599],
        content_type: pattern("text/*"),
        ..HttpMatch::default()
    };
    for (status, value, fits) in [
        (200, "Text/HTML; charset=utf-8", true),
        (503, "text/plain", true),
        (404, "text/plain", false),
        (200, "application/json", false),
    ] {
        let (status, fields) = head(status, value);
        let answer = ResponseHead {
            status,
            fields: &fields,
        };
        assert_eq!(matching.fits_answer(&answer), fits, "{status} {value}");
    }
}

#[test]
fn events_are_counted_only_in_event_streams_unless_a_type_is_given() {
    let after = Some(AfterPart::Events(5));
    let plain = HttpMatch {
        after,
        ..HttpMatch::default()
    };
    let typed = HttpMatch {
        content_type: pattern("*/x-ndjson"),
        ..plain.clone()
    };
    for (value, by_plain, by_typed) in [
        ("text/event-stream; charset=utf-8", true, false),
        ("application/x-ndjson", false, true),
        ("application/json", false, false),
    ] {
        let fields = [httparse::Header {
            name: "content-type",
            value: value.as_bytes(),
        }];
        let answer = ResponseHead {
            status: 200,
            fields: &fields,
        };
        assert_eq!(plain.fits_answer(&answer), by_plain, "{value}");
        assert_eq!(typed.fits_answer(&answer), by_typed, "{value}");
    }
}

#[test]
fn a_body_is_encoded_if_any_field_names_a_coding() {
    let encoded = |fields: &[(&'static str, &'static str)]| {
        let fields = fields.iter().map(|(name, value)| Field {
            name,
            value: value.as_bytes(),
        });
        let fields: Vec<Field<'_>> = fields.collect();
        let status = 200;
        is_encoded(&ResponseHead {
            status,
            fields: &fields,
        })
    };
    let (content, transfer) = ("Content-Encoding", "transfer-encoding");
    for fields in [
        &[(content, "gzip")][..],
        &[(content, "identity, BR")],
        &[(content, "identity"), (content, "zstd")],
        &[(transfer, "gzip, chunked")],
        &[(transfer, "gzip"), (transfer, "chunked")],
    ] {
        assert!(encoded(fields), "{fields:?}");
    }
    for fields in [
        &[][..],
        &[(content, " "), (content, "Identity")],
        &[(transfer, "Chunked"), ("Accept-Encoding", "gzip")],
    ] {
        assert!(!encoded(fields), "{fields:?}");
    }
}
