//! Upstreams as they are written, and what they mean.

use super::*;

#[test]
fn a_url_is_an_address_to_dial_and_a_host() {
    for (written, address, host) in [
        ("http://api.internal", "api.internal:80", "api.internal"),
        ("http://api.internal/", "api.internal:80", "api.internal"),
        ("HTTP://Api:8080", "Api:8080", "Api:8080"),
        ("http://api:", "api:80", "api"),
        ("http://api:0080", "api:80", "api:80"),
        ("http://127.0.0.1:9", "127.0.0.1:9", "127.0.0.1:9"),
        ("http://[::1]", "[::1]:80", "[::1]"),
        ("http://[::1]:9", "[::1]:9", "[::1]:9"),
        ("http://[fe80::1%eth0]:9", "[fe80::1%eth0]:9", "[fe80::1]:9"),
        ("http://[fe80::1%25eth0]", "[fe80::1%eth0]:80", "[fe80::1]"),
    ] {
        let read = Upstream::read(written).unwrap();
        let seen = (&*read.address, read.host.as_deref());
        assert_eq!(seen, (address, Some(host)), "{written}");
    }
}

#[test]
fn any_other_text_is_dialled_as_it_is() {
    for written in [
        "redis:6379",
        ":80",
        "echo:",
        "redis",
        "ftp://a/b",
        "http:/a",
        "http:a",
        "//a",
        "xhttp://a",
        "",
    ] {
        assert_eq!(Upstream::read(written), Ok(Upstream::plain(written)));
    }
}

#[test]
fn a_url_that_cannot_be_used_is_refused_with_what_to_write() {
    let long = format!("http://{}", "a".repeat(254));
    for (written, part) in [
        (
            "http://a/v1",
            "leave the path to the client: OPENAI_BASE_URL=",
        ),
        ("http://a//", "leave the path to the client"),
        ("http://a?q", "no query"),
        ("http://a#f", "no query and no fragment"),
        ("http://me:secret@a", "no user name"),
        ("https://a", "TLS to the upstream is not there yet"),
        ("HTTPS://a/v1", "TLS to the upstream is not there yet"),
        ("http://", "http://localhost:8080"),
        ("http:///v1", "leave the path"),
        ("http://:80", "http://localhost:8080"),
        ("http://::1:80", "http://[::1]:8080"),
        ("http://[::1", "http://[::1]:8080"),
        ("http://[::1]x", "http://[::1]:8080"),
        ("http://[a]", "http://[::1]:8080"),
        ("http://a b", "http://localhost:8080"),
        ("http://a\r\nX: y", "http://HOST:PORT"),
        ("http://a:0", "from 1 to 65535"),
        ("http://a:65536", "from 1 to 65535"),
        ("http://a:+1", "from 1 to 65535"),
        ("http://a:http", "from 1 to 65535"),
        (&long, "host of 254 bytes"),
    ] {
        let refused = Upstream::read(written).unwrap_err().to_string();
        assert!(refused.contains(part), "{written}: {refused}");
    }
    let masked = Upstream::read("http://me:secret@a")
        .unwrap_err()
        .to_string();
    assert!(
        masked.starts_with("upstream is \"http://…@a\": "),
        "{masked}"
    );
    let quoted = Upstream::read("http://a/v1").unwrap_err().to_string();
    assert!(
        quoted.starts_with("upstream is \"http://a/v1\": "),
        "{quoted}"
    );
}

#[test]
fn the_option_decides_over_what_the_url_asks_for() {
    let options = |host: Option<&str>, locations| HttpOptions {
        host: host.map(str::to_owned),
        locations,
    };
    let origin = |written, http: Option<HttpOptions>| {
        let upstream = Upstream::read(written).unwrap();
        let origin = upstream.origin(http.as_ref());
        let is_on = upstream.speaks_http(http.as_ref());
        (is_on, origin.map(|origin| (origin.host, origin.locations)))
    };
    let both = Locations::of(["a", "a:80"]);
    assert_eq!(origin("a:1", None), (false, None));
    assert_eq!(origin("a:1", Some(options(None, None))), (true, None));
    assert_eq!(
        origin("http://a", None),
        (true, Some((Some("a".into()), Some(both))))
    );
    assert_eq!(
        origin("http://a", Some(options(Some("b"), Some(false)))),
        (true, Some((Some("b".into()), None)))
    );
    assert_eq!(
        origin("a:1", Some(options(None, Some(true)))),
        (true, Some((None, Some(Locations::of(["a:1"])))))
    );
    assert_eq!(
        origin("a:1", Some(options(Some("b:2"), None))),
        (true, Some((Some("b:2".into()), None)))
    );
}

#[test]
fn an_option_that_contradicts_or_names_no_host_is_refused() {
    let host = |host: &str| {
        HttpSetting::On(HttpOptions {
            host: Some(host.to_owned()),
            locations: None,
        })
    };
    let refused = |written, http| {
        let upstream = Upstream::read(written).unwrap();
        admit_http(&upstream, Some(&http))
            .err()
            .map(|error| error.to_string())
    };
    let off = refused("http://a", HttpSetting::Off).unwrap();
    assert!(
        off.starts_with("http is false: the upstream is a URL"),
        "{off}"
    );
    assert_eq!(refused("a:1", HttpSetting::Off), None);
    for bad in [
        "", " ", "a/b", "a b", "a:b", "a\r\nb", "http://a", ":1", "[::1",
    ] {
        let refused = refused("a:1", host(bad)).unwrap();
        assert!(refused.starts_with("http.host is "), "{refused}");
    }
    let long = refused("a:1", host(&"a".repeat(254))).unwrap();
    assert!(long.contains("254"), "{long}");
    for good in ["a", "a:1", "[::1]", "[::1]:9", "127.0.0.1"] {
        assert_eq!(refused("a:1", host(good)), None, "{good}");
    }
}
