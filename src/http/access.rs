//! Who may use the API: holders of the token, and no page of another site.
//!
//! May know: `http`'s heads. Must not know: routes, `control`.
//!
//! The API can point connections of its host anywhere, so a web page must not reach it. Three signs
//! give a page away besides its user agent: the `Host` it came by (see `host`), the browser's own
//! word in `Sec-Fetch-Site`, and an `Origin` that is not this server. A GET that names an `Origin`
//! passes, as in the reference: without CORS headers no page can read the answer.

use axum::http::{HeaderMap, Method, Uri, header};
use subtle::ConstantTimeEq;

/// Whether the request carries `token` as its bearer token (RFC 6750). The time that takes says
/// nothing of how much of it was right.
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

/// Whether a page of another site makes the browser send this request.
pub(super) fn is_of_other_site(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.as_bytes());
    if matches!(text("sec-fetch-site"), Some(b"cross-site" | b"same-site")) {
        return true;
    }
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return false;
    }
    headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !is_own_origin(origin.as_bytes(), headers))
}

/// Whether an `Origin` names the host and port that the request went to.
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
    use axum::http::HeaderName;

    fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
        given
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
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
        ] {
            assert_eq!(
                is_of_other_site(&method, &headers(&given)),
                other,
                "{given:?}"
            );
        }
    }
}
