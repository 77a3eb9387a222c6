//! Paths, read as gorilla/mux reads them for Toxiproxy.
//!
//! May know: `http`'s URIs. Must not know: which routes there are.
//!
//! gorilla/mux compares decoded segments, and redirects a path with empty or dot segments to the clean one.
//! axum's router matches before it decodes. So this module decodes a path, cleans it and encodes it again in
//! one canonical form, before axum sees it.
//!
//! There is one deliberate difference. Toxiproxy decodes first, and so cannot reach proxies that are named
//! `a/b` or `..`. Here an encoded character belongs to a name: `%2F` does not separate segments, and `%2E%2E`
//! does not go up.

use axum::http::Uri;
use percent_encoding::{percent_decode_str, percent_encode};

use crate::wire::uri::{GO_SEGMENT, SEGMENT, has_complete_escapes};

/// What to do with a request, given its path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Match this path. The query is unchanged.
    Route(Uri),
    /// Redirect the client to this path: the one it sent was not clean.
    Redirect(String),
    /// The path has a percent sign without two hexadecimal digits.
    Malformed,
    /// The re-encoded path is longer than a URI may be.
    TooLong,
}

/// Reads the path of a request.
pub(super) fn read(uri: &Uri) -> Reading {
    let path = uri.path();
    let segments = clean(path);
    let Some(segments) = segments.into_iter().map(decode).collect::<Option<Vec<_>>>() else {
        return Reading::Malformed;
    };
    if !is_clean(path) {
        return Reading::Redirect(location(uri, &segments));
    }
    let encoded = segments.iter().map(|segment| {
        let text = String::from_utf8_lossy(segment);
        percent_encode(text.as_bytes(), SEGMENT).to_string()
    });
    let mut target = format!("/{}", encoded.collect::<Vec<_>>().join("/"));
    if let Some(query) = uri.query() {
        target = format!("{target}?{query}");
    }
    match target.parse() {
        Ok(uri) => Reading::Route(uri),
        Err(_) => Reading::TooLong,
    }
}

fn decode(segment: &str) -> Option<Vec<u8>> {
    has_complete_escapes(segment).then(|| percent_decode_str(segment).collect())
}

/// Whether the path begins with a slash and has no empty and no dot segments. A slash at the end is allowed.
fn is_clean(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let is_plain = |segment: &str| !["", ".", ".."].contains(&segment);
    path == "/" || rest.split('/').all(is_plain)
}

/// The segments without empty ones and `.`, and without `..` and the segment before it. The last one is empty
/// if the path ends in a slash.
fn clean(path: &str) -> Vec<&str> {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    if kept.is_empty() || path.ends_with('/') {
        kept.push("");
    }
    kept
}

fn location(uri: &Uri, segments: &[Vec<u8>]) -> String {
    let mut location = match (uri.scheme(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    };
    for segment in segments {
        location.push('/');
        match segment.as_slice() {
            // Encode dot segments, because a client that follows the redirect would remove them.
            b"." => location.push_str("%2E"),
            b".." => location.push_str("%2E%2E"),
            other => location.extend(percent_encode(other, GO_SEGMENT)),
        }
    }
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
            ("/proxies/%2e%2E//toxics", "/proxies/%2E%2E/toxics"),
            ("//proxies/a%2Fb/%2e", "/proxies/a%2Fb/%2E"),
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
            ("/proxies/a%2fb", "/proxies/a%2Fb"),
            ("/proxies/%2F%2F/toxics", "/proxies/%2F%2F/toxics"),
            ("/proxies/%2e/toxics", "/proxies/./toxics"),
            ("/proxies/%2E%2E", "/proxies/.."),
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
