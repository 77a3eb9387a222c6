//! Paths, read as gorilla/mux reads them for the reference.
//!
//! May know: `http`'s URIs. Must not know: which routes there are.
//!
//! That router works on the decoded path: an encoded slash separates like a plain one, and dots
//! may hide behind escapes. axum's matches before it decodes. So a path is decoded here, cleaned,
//! and encoded anew, every segment in one way only, before axum sees it.

use axum::http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// What nobody ever escapes (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What Go's `net/url` leaves as it is in a path besides.
const GO_PATH: &AsciiSet = &SEGMENT
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// What to do about the path of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Match this path. The query is as it came.
    Route(Uri),
    /// Send the client there: the path was not clean.
    Redirect(String),
    /// A percent sign without two hexadecimal digits.
    Malformed,
    /// Encoded anew, the path is longer than a URI may be.
    TooLong,
}

/// Reads the path of a request.
pub(super) fn read(uri: &Uri) -> Reading {
    let Some(path) = decode(uri.path()) else {
        return Reading::Malformed;
    };
    let clean = clean(&path);
    if clean != path {
        return Reading::Redirect(location(uri, &clean));
    }
    let text = String::from_utf8_lossy(&clean);
    let segments = text
        .split('/')
        .map(|part| percent_encode(part.as_bytes(), SEGMENT).to_string());
    let mut target = segments.collect::<Vec<_>>().join("/");
    if let Some(query) = uri.query() {
        target = format!("{target}?{query}");
    }
    match target.parse() {
        Ok(uri) => Reading::Route(uri),
        Err(_) => Reading::TooLong,
    }
}

fn decode(path: &str) -> Option<Vec<u8>> {
    let complete = path.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    complete.then(|| percent_decode_str(path).collect())
}

/// Drops empty and `.` segments, and `..` with what is before it. A trailing slash stays.
fn clean(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut clean = Vec::with_capacity(path.len() + 1);
    for segment in &kept {
        clean.push(b'/');
        clean.extend_from_slice(segment);
    }
    if kept.is_empty() || path.ends_with(b"/") {
        clean.push(b'/');
    }
    clean
}

fn location(uri: &Uri, path: &[u8]) -> String {
    let mut location = match (uri.scheme(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    };
    location.extend(percent_encode(path, GO_PATH));
    if let Some(query) = uri.query() {
        location.push('?');
        location.push_str(query);
    }
    location
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(target: &str) -> Reading {
        read(&target.parse().unwrap())
    }

    fn route(path: &str) -> Reading {
        Reading::Route(path.parse().unwrap())
    }

    fn redirect(to: &str) -> Reading {
        Reading::Redirect(to.into())
    }

    #[test]
    fn unclean_paths_are_redirected() {
        let cases = [
            ("//proxies", "/proxies"),
            ("/proxies//web", "/proxies/web"),
            ("/proxies/./web", "/proxies/web"),
            ("/proxies/../version", "/version"),
            ("/proxies/%2e%2E/version", "/version"),
            ("/..", "/"),
            ("/../..//a/", "/a/"),
            ("//proxies?a=b", "/proxies?a=b"),
            ("//proxies?", "/proxies?"),
            ("//", "/"),
            ("/proxies/web//", "/proxies/web/"),
            ("/a/.", "/a"),
            (
                "//a%21!%25b;,:@&=+$(?q=&%zz",
                "/a%21%21%25b;,:@&=+$%28?q=&%zz",
            ),
            ("//%ff%C3%A9", "/%FF%C3%A9"),
            ("/a%2F%2Fb", "/a/b"),
            ("http://localhost//proxies", "http://localhost/proxies"),
            ("*", "/%2A"),
        ];
        for (target, to) in cases {
            assert_eq!(reading(target), redirect(to), "{target}");
        }
    }

    #[test]
    fn clean_paths_are_encoded_in_one_way() {
        let cases = [
            ("/", "/"),
            ("/proxies/a+b", "/proxies/a%2Bb"),
            ("/proxies/a%2bb?x=%2b", "/proxies/a%2Bb?x=%2b"),
            ("/proxies%2Fweb", "/proxies/web"),
            ("/proxies/50%25", "/proxies/50%25"),
            ("/proxies/a%3Fb%23c", "/proxies/a%3Fb%23c"),
            ("/proxies/a%00%0A", "/proxies/a%00%0A"),
            ("/prox%69es/", "/proxies/"),
            ("/proxies/{proxy}", "/proxies/%7Bproxy%7D"),
            ("/proxies/%ff", "/proxies/%EF%BF%BD"),
            ("http://localhost/proxies", "/proxies"),
        ];
        for (target, to) in cases {
            assert_eq!(reading(target), route(to), "{target}");
        }
    }

    #[test]
    fn the_query_stays() {
        assert_eq!(reading("/a%41?b=c%20d"), route("/aA?b=c%20d"));
    }

    #[test]
    fn broken_escapes_are_malformed() {
        for target in ["/%", "/%4", "/a%zzb", "/%%41", "//%4x"] {
            assert_eq!(reading(target), Reading::Malformed, "{target}");
        }
    }

    #[test]
    fn a_path_that_grows_too_long_is_said_to_be() {
        let target = format!("/{}", "+".repeat(60_000));
        assert_eq!(reading(&target), Reading::TooLong);
    }
}
