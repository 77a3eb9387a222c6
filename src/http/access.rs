//! Who may use the API: clients with the token, and no page of another site.
//!
//! May know: `http`'s heads. Must not know: routes, `control`.
//!
//! The API can connect its host to any address, so web pages must not reach it. Apart from the user agent,
//! three signs reveal a web page: the `Host` of the request (see `host`), the browser's `Sec-Fetch-Site`, and
//! an `Origin` that is not this server. A GET with an `Origin` is allowed, as in Toxiproxy: without CORS
//! headers no page can read the answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use subtle::ConstantTimeEq;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the request carries `token` as its bearer token (RFC 6750). The comparison takes the same time
/// however much of the token is right.
pub(super) fn holds_token(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes());
    let given = given.and_then(|value| {
        let (scheme, rest) = value.split_at_checked("Bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"Bearer ").then_some(rest)
    });
    given.is_some_and(|given| given.ct_eq(token.as_bytes()).into())
}

/// Whether a web page may have sent this request. Browsers send `Origin`, or a `Sec-Fetch-Site` that compares
/// the page's site with this server's. Other programs send neither.
pub(super) fn may_be_of_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key(FETCH_SITE)
}

/// Whether a page of another site caused this request. If a header occurs several times, every value counts:
/// no browser sends contradicting values.
pub(super) fn is_of_other_site(method: &Method, headers: &HeaderMap) -> bool {
    if headers.get_all(FETCH_SITE).iter().any(is_other_site) {
        return true;
    }
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    origins.any(|origin| !is_own_origin(origin.as_bytes(), headers))
}

/// Whether a `Sec-Fetch-Site` value is anything but this server's own origin or no page at all. An unknown
/// value counts as another site, because its meaning is not known.
fn is_other_site(value: &HeaderValue) -> bool {
    let mut words = value.as_bytes().split(|byte| *byte == b',');
    words.any(|word| {
        let word = word.trim_ascii();
        !word.eq_ignore_ascii_case(b"same-origin") && !word.eq_ignore_ascii_case(b"none")
    })
}

/// Whether an `Origin` is the host and port that the request was sent to.
fn is_own_origin(origin: &[u8], headers: &HeaderMap) -> bool {
    let origin = std::str::from_utf8(origin).ok();
    let uri: Option<Uri> = origin.and_then(|origin| origin.parse().ok());
    let authority = uri.as_ref().and_then(Uri::authority);
    let host = headers.get(header::HOST).map(|host| host.as_bytes());
    match (authority, host) {
        (Some(authority), Some(host)) => authority.as_str().as_bytes().eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_token_has_to_be_whole() {
        for (value, holds) in [
            ("Bearer secret", true),
            ("bearer secret", true),
            ("Bearer secre", false),
            ("Bearer secrets", false),
            ("Bearer ", false),
            ("Basic secret", false),
            ("secret", false),
        ] {
            let given = headers(&[("authorization", value)]);
            assert_eq!(holds_token(&given, "secret"), holds, "{value}");
        }
        assert!(!holds_token(&HeaderMap::new(), ""));
    }

    #[test]
    fn a_page_of_another_site_is_known_by_what_the_browser_says() {
        let own = ("host", "localhost:8474");
        for (method, given, other) in [
            (Method::POST, vec![own], false),
            (
                Method::POST,
                vec![own, ("origin", "http://localhost:8474")],
                false,
            ),
            (
                Method::POST,
                vec![own, ("origin", "http://localhost:3000")],
                true,
            ),
            (
                Method::POST,
                vec![own, ("origin", "http://evil.example")],
                true,
            ),
            (Method::DELETE, vec![own, ("origin", "null")], true),
            (
                Method::GET,
                vec![own, ("origin", "http://evil.example")],
                false,
            ),
            (
                Method::GET,
                vec![own, ("sec-fetch-site", "cross-site")],
                true,
            ),
            (
                Method::POST,
                vec![own, ("sec-fetch-site", "same-site")],
                true,
            ),
            (
                Method::POST,
                vec![own, ("sec-fetch-site", "same-origin")],
                false,
            ),
            (Method::GET, vec![own, ("sec-fetch-site", "none")], false),
            (Method::GET, vec![own, ("sec-fetch-site", " None ")], false),
            (
                Method::GET,
                vec![own, ("sec-fetch-site", "Cross-Site")],
                true,
            ),
            (
                Method::GET,
                vec![own, ("sec-fetch-site", "none, cross-site")],
                true,
            ),
            (
                Method::GET,
                vec![
                    own,
                    ("sec-fetch-site", "none"),
                    ("sec-fetch-site", "same-site"),
                ],
                true,
            ),
            (
                Method::POST,
                vec![
                    own,
                    ("origin", "http://localhost:8474"),
                    ("origin", "http://evil.example"),
                ],
                true,
            ),
            (
                Method::POST,
                vec![own, ("origin", "http://localhost:8474"), ("origin", "null")],
                true,
            ),
        ] {
            assert_eq!(
                is_of_other_site(&method, &headers(&given)),
                other,
                "{given:?}"
            );
        }
    }
}
